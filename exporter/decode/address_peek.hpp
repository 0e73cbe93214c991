// SPDX-License-Identifier: GPL-2.0-or-later
// peek_address_fold(): whose packet a frame is, told from the addresses alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/packet.hpp"
#include "decode/cursor.hpp"

namespace iptraf::decode {

/// Packet::address_fold of an Ethernet frame that is plainly TCP or UDP, without decoding the rest; nothing for every
/// other frame, which has to be decoded. Lets a shard pass over the packets of others cheaply.
inline std::optional<std::uint32_t> peek_address_fold(std::span<const std::uint8_t> frame) noexcept {
  constexpr std::uint32_t kEthernetBytes = 14;
  constexpr std::uint32_t kIpv4Bytes = 20;
  constexpr std::uint32_t kIpv6Bytes = 40;
  if (frame.size() < kEthernetBytes + kIpv4Bytes) return std::nullopt;
  const auto captured = static_cast<std::uint32_t>(frame.size());
  Cursor ip{frame.data(), captured, captured};
  const std::uint16_t type = ip.u16(12);
  ip.skip(kEthernetBytes);
  const auto is_plain = [](std::uint8_t protocol) {
    return protocol == ip_protocol::kTcp || protocol == ip_protocol::kUdp;
  };
  if (type == 0x0800 && ip.u8(0) == 0x45 && is_plain(ip.u8(9))) return ip.u32(12) ^ ip.u32(16);
  if (type == 0x86dd && ip.has(kIpv6Bytes) && ip.u8(0) >> 4 == 6 && is_plain(ip.u8(6))) {
    std::uint32_t fold = 0;
    for (std::uint32_t offset = 8; offset < kIpv6Bytes; offset += 4) fold ^= ip.u32(offset);
    return fold;
  }
  return std::nullopt;
}

}  // namespace iptraf::decode
