// SPDX-License-Identifier: GPL-2.0-or-later
// peek_address_fold(): whose packet a frame is, told from the addresses alone.
#pragma once

#include <cstdint>
#include <optional>

#include "core/packet.hpp"
#include "decode/cursor.hpp"

namespace iptraf::decode {

/// Packet::address_fold of a plain Ethernet frame with TCP or UDP, without decoding the rest; nothing for every
/// other frame, which has to be decoded. Lets a shard pass over the packets of others cheaply.
inline std::optional<std::uint32_t> peek_address_fold(const RawPacket& raw) noexcept {
  constexpr std::uint32_t kEthernetBytes = 14;
  constexpr std::uint32_t kIpv4Bytes = 20;
  constexpr std::uint32_t kIpv6Bytes = 40;
  const auto captured = static_cast<std::uint32_t>(raw.bytes.size());
  if (raw.link_type != LinkType::kEthernet || captured < kEthernetBytes + kIpv4Bytes) return std::nullopt;
  const Cursor frame{raw.bytes.data(), captured, captured};
  const std::uint16_t type = frame.u16(12);
  const auto is_plain = [](std::uint8_t protocol) {
    return protocol == ip_protocol::kTcp || protocol == ip_protocol::kUdp;
  };
  if (type == 0x0800 && frame.u8(kEthernetBytes) == 0x45 && is_plain(frame.u8(kEthernetBytes + 9))) {
    return frame.u32(kEthernetBytes + 12) ^ frame.u32(kEthernetBytes + 16);
  }
  if (type == 0x86dd && captured >= kEthernetBytes + kIpv6Bytes && frame.u8(kEthernetBytes) >> 4 == 6 &&
      is_plain(frame.u8(kEthernetBytes + 6))) {
    std::uint32_t fold = 0;
    for (std::uint32_t word = 0; word < 8; ++word) fold ^= frame.u32(kEthernetBytes + 8 + word * 4);
    return fold;
  }
  return std::nullopt;
}

}  // namespace iptraf::decode
