// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: decode(), every link type, and what offload makes of its packets.
// Input: link type, EtherType (2 bytes), how much the snapshot length cut (16 bytes each), options; then the frame.
#include <cstring>

#include "../target.hpp"
#include "decode/decoder.hpp"
#include "decode/offload.hpp"

namespace iptraf::fuzz {
namespace {

constexpr std::size_t kHeaderBytes = 5;
constexpr std::uint32_t kTagBytes = 4;
constexpr auto kLinkTypes = static_cast<std::uint8_t>(LinkType::kMpls) + 1;

void check(const RawPacket& raw, const Packet& packet) {
  require(packet.frame_bytes == raw.wire_bytes + raw.stripped_tag_bytes, "frame bytes are those on the wire");
  require(packet.network_bytes <= packet.frame_bytes, "the network size is within the frame");
  require(packet.segments == 1, "decode() makes one packet");
  const bool is_trusted = packet.transport != Transport::kNone;
  require(packet.ip_bytes == 0 || is_trusted, "IP bytes count with a trusted header alone");
  require(packet.ip_bytes <= packet.network_bytes, "the IP length is within the network size");
  require(packet.payload_bytes <= packet.ip_bytes, "the payload is within the IP length");
  require(!packet.has_tcp_header || packet.transport == Transport::kTcp, "only TCP has a TCP header");
  require(!packet.has_ports || is_trusted, "ports need a trusted header");
}

}  // namespace

void try_decode(Bytes input) {
  if (input.size() < kHeaderBytes) return;
  RawPacket raw;
  raw.link_type = static_cast<LinkType>(input[0] % kLinkTypes);
  raw.ethertype = static_cast<std::uint16_t>(input[1] << 8 | input[2]);
  raw.bytes = input.subspan(kHeaderBytes);
  raw.wire_bytes = static_cast<std::uint32_t>(raw.bytes.size()) + input[3] * 16U;
  raw.stripped_tag_bytes = (input[4] & 1) != 0 ? kTagBytes : 0;
  Packet packet;
  decode::decode(raw, packet);
  check(raw, packet);
  Packet again;
  decode::decode(raw, again);
  require(std::memcmp(&packet.source, &again.source, sizeof packet.source) == 0 && packet.protocol == again.protocol &&
              packet.ip_bytes == again.ip_bytes && packet.address_fold == again.address_fold,
          "decode() keeps no state");
  decode::split_segments(packet, decode::segment_payload_by_mtu(packet, 576 + input[4] * 8U));
  require(packet.segments >= 1 && packet.ip_bytes >= again.ip_bytes, "segments bring headers of their own");
}

}  // namespace iptraf::fuzz
