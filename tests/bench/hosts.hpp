// SPDX-License-Identifier: GPL-2.0-or-later
// The address plan of the generated traffic: clients on a LAN behind one gateway, servers beyond it.
#pragma once

#include <cstdint>

#include "core/packet.hpp"

namespace iptraf::bench {

/// Fewer than the LAN station table has room for.
inline constexpr std::uint32_t kClients = 500;

inline constexpr MacAddress kGatewayMac{0x02, 0, 0, 0xff, 0, 1};
inline constexpr MacAddress kBroadcastMac{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/// An IPv4 address as Packet writes it.
constexpr IpAddress ipv4_address(std::uint32_t address) noexcept {
  const auto byte = [address](int shift) { return static_cast<std::uint8_t>(address >> shift); };
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, byte(24), byte(16), byte(8), byte(0)};
}

/// In 2001:db8:`network`::/48 (RFC 3849 keeps 2001:db8::/32 for documentation).
constexpr IpAddress ipv6_address(std::uint32_t network, std::uint32_t host) noexcept {
  const auto byte = [](std::uint32_t value, int shift) { return static_cast<std::uint8_t>(value >> shift); };
  return {0x20, 0x01, 0x0d,           0xb8,           byte(network, 8), byte(network, 0), 0, 0, 0, 0,
          0,    0,    byte(host, 24), byte(host, 16), byte(host, 8),    byte(host, 0)};
}

constexpr MacAddress client_mac(std::uint32_t client) noexcept {
  return {0x02, 0, 0, 0, static_cast<std::uint8_t>(client >> 8), static_cast<std::uint8_t>(client)};
}

/// 10.1.0.0/16 or 2001:db8:1::/48.
constexpr IpAddress client_address(std::uint32_t client, bool is_ipv6) noexcept {
  return is_ipv6 ? ipv6_address(1, client + 1) : ipv4_address(0x0a010001 + client);
}

/// 198.18.0.0/15, which RFC 2544 section 12 keeps for benchmarks, or 2001:db8:2::/48.
constexpr IpAddress server_address(std::uint32_t server, bool is_ipv6) noexcept {
  constexpr std::uint32_t kHostBits = 0x1ffff;
  return is_ipv6 ? ipv6_address(2, server & kHostBits) : ipv4_address(0xc6120000 + (server & kHostBits));
}

}  // namespace iptraf::bench
