// SPDX-License-Identifier: GPL-2.0-or-later
// Offloaded super-packets: one captured frame that was, or will be, many packets on the wire.
#include "decode/offload.hpp"

namespace iptraf::decode {
namespace {

/// IP and transport header: what every segment repeats above the link layer. 0 when it was not read.
std::uint32_t repeated_ip_bytes(const Packet& packet) noexcept {
  if (packet.transport_header_bytes == 0 || packet.ip_bytes <= packet.payload_bytes) return 0;
  return packet.ip_bytes - packet.payload_bytes;
}

}  // namespace

void split_segments(Packet& packet, std::uint32_t segment_payload_bytes) noexcept {
  const std::uint32_t header_bytes = repeated_ip_bytes(packet);
  const std::uint32_t payload_bytes = packet.payload_bytes;
  if (header_bytes == 0 || segment_payload_bytes == 0 || payload_bytes <= segment_payload_bytes) return;

  const std::uint32_t segments = (payload_bytes - 1) / segment_payload_bytes + 1;
  const std::uint32_t link_bytes = packet.frame_bytes - packet.network_bytes;
  packet.segments = segments;
  packet.segment_network_bytes = header_bytes + segment_payload_bytes;
  packet.last_network_bytes = header_bytes + payload_bytes - (segments - 1) * segment_payload_bytes;
  packet.ip_bytes = payload_bytes + segments * header_bytes;
  packet.network_bytes = packet.ip_bytes;
  packet.frame_bytes = packet.ip_bytes + segments * link_bytes;
}

std::uint32_t segment_payload_by_mtu(const Packet& packet, std::uint32_t mtu_bytes) noexcept {
  const std::uint32_t header_bytes = repeated_ip_bytes(packet);
  if (header_bytes == 0 || packet.network_bytes <= mtu_bytes || mtu_bytes <= header_bytes) return 0;
  return mtu_bytes - header_bytes;
}

}  // namespace iptraf::decode
