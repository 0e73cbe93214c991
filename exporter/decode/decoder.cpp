// SPDX-License-Identifier: GPL-2.0-or-later
// decode(): link, network and transport layer in their order.
#include "decode/decoder.hpp"

#include <algorithm>
#include <cstring>

#include "decode/link.hpp"
#include "decode/network.hpp"
#include "decode/transport.hpp"

namespace iptraf::decode {
namespace {

/// Copied from memory: a Packet{} in the function is built on the stack first.
const Packet kBlank{};

/// A raw IP link has no type field but the version nibble.
Carries carries_by_version(const Cursor& cursor, Packet& packet) noexcept {
  if (!cursor.is_on_wire(1)) packet.malformed = Malformed::kTruncatedOnWire;
  if (!cursor.has(1)) return Carries::kNothing;
  const int version = cursor.u8(0) >> 4;
  if (version == 4) return Carries::kIpv4;
  if (version == 6) return Carries::kIpv6;
  packet.malformed = Malformed::kVersion;
  return Carries::kNothing;
}

void decode_network(Carries carries, Cursor& cursor, Packet& packet) noexcept {
  switch (carries) {
    case Carries::kIpv4:
      if (decode_ipv4(cursor, packet)) decode_transport(cursor, packet);
      break;
    case Carries::kIpv6:
      if (decode_ipv6(cursor, packet)) decode_transport(cursor, packet);
      break;
    case Carries::kArp:
      packet.network = Network::kArp;
      decode_arp(cursor, packet);
      break;
    case Carries::kRarp:
      packet.network = Network::kRarp;
      decode_arp(cursor, packet);
      break;
    case Carries::kIpByVersion:
      decode_network(carries_by_version(cursor, packet), cursor, packet);
      break;
    case Carries::kNothing:
      break;
  }
}

}  // namespace

void decode(const RawPacket& raw, Packet& packet) noexcept {
  std::memcpy(static_cast<void*>(&packet), &kBlank, kCommonPacketBytes);  // the detail has no value until it is named
  packet.frame_bytes = raw.wire_bytes + raw.stripped_tag_bytes;
  const auto captured = static_cast<std::uint32_t>(std::min<std::size_t>(raw.bytes.size(), raw.wire_bytes));
  Cursor cursor{raw.bytes.data(), captured, raw.wire_bytes};
  decode_network(decode_link(raw, cursor, packet), cursor, packet);
  packet.segment_network_bytes = packet.network_bytes;
  packet.last_network_bytes = packet.network_bytes;
}

}  // namespace iptraf::decode
