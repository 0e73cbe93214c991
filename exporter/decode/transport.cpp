// SPDX-License-Identifier: GPL-2.0-or-later
// The transport layer: TCP, UDP, ICMP, ICMPv6 and OSPF; every other protocol is its number.
#include "decode/transport.hpp"

#include "core/ipv4_mapped.hpp"

namespace iptraf::decode {
namespace {

/// False, and malformed, when the IP length has no room for the smallest header.
bool fits(const Cursor& cursor, std::uint32_t header_bytes, Packet& packet) noexcept {
  if (cursor.is_on_wire(header_bytes)) return true;
  packet.malformed = Malformed::kTransportHeader;
  return false;
}

void read_ports(const Cursor& cursor, Packet& packet) noexcept {
  if (!cursor.has(4)) return;
  packet.source_port = cursor.u16(0);
  packet.destination_port = cursor.u16(2);
  packet.has_ports = true;
}

/// RFC 9293 section 3.1. A data offset that lies is not judged; then the header is taken as the smallest.
void decode_tcp(const Cursor& cursor, Packet& packet) noexcept {
  constexpr std::uint32_t kSmallestBytes = 20;
  constexpr std::uint32_t kBytesToFlags = 14;
  if (!fits(cursor, kSmallestBytes, packet)) return;
  read_ports(cursor, packet);
  if (!cursor.has(kBytesToFlags)) return;
  packet.has_tcp_header = true;
  packet.tcp_sequence = cursor.u32(4);
  packet.tcp_acknowledgment = cursor.u32(8);
  packet.tcp_flags = cursor.u8(13);
  if (cursor.has(16)) packet.tcp_window = cursor.u16(14);
  const std::uint32_t offset_bytes = (cursor.u8(12) >> 4U) * 4U;
  const bool is_sane = offset_bytes >= kSmallestBytes && cursor.is_on_wire(offset_bytes);
  const std::uint32_t header_bytes = is_sane ? offset_bytes : kSmallestBytes;
  packet.transport_header_bytes = static_cast<std::uint16_t>(header_bytes);
  packet.payload_bytes = cursor.wire - header_bytes;
}

/// RFC 768. The length field is not judged.
void decode_udp(const Cursor& cursor, Packet& packet) noexcept {
  constexpr std::uint32_t kHeaderBytes = 8;
  if (!fits(cursor, kHeaderBytes, packet)) return;
  read_ports(cursor, packet);
  packet.transport_header_bytes = kHeaderBytes;
  packet.payload_bytes = cursor.wire - kHeaderBytes;
}

/// XOR of all 32-bit words of the address pair that begins at `offset`.
std::uint32_t fold_at(const Cursor& cursor, std::uint32_t offset, std::uint32_t words) noexcept {
  std::uint32_t fold = 0;
  for (std::uint32_t word = 0; word < words; ++word) fold ^= cursor.u32(offset + word * 4);
  return fold;
}

/// The errors of RFC 792 and the older drafts: they quote the packet that caused them, which may belong to
/// another pair of addresses than the error itself.
constexpr bool is_icmp_error(std::uint8_t type) noexcept {
  return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

void read_message(const Cursor& cursor, Packet& packet) noexcept {
  packet.message_type = cursor.u8(0);
  packet.message_code = cursor.u8(1);
  packet.has_message = true;
}

/// An ICMP error quotes the packet from its IP header on, behind so many bytes of its own.
constexpr std::uint32_t kQuoteOffset = 8;

/// The ports and the sequence number of a quoted TCP header: the eight bytes that RFC 792 promises.
void read_quoted_segment(Cursor quoted, std::uint32_t ip_header_bytes, Packet& packet) noexcept {
  constexpr std::uint32_t kBytesToSequence = 8;
  if (!quoted.has(ip_header_bytes + kBytesToSequence)) return;
  quoted.skip(ip_header_bytes);
  packet.detail_kind = DetailKind::kQuotedSegment;
  packet.detail.quoted.source_port = quoted.u16(0);
  packet.detail.quoted.destination_port = quoted.u16(2);
  packet.detail.quoted.sequence = quoted.u32(4);
}

/// A quoted later fragment has no TCP header.
void read_quoted_ipv4(const Cursor& quoted, Packet& packet) noexcept {
  constexpr std::uint16_t kOffsetMask = 0x1fff;
  const std::uint32_t header_bytes = (quoted.u8(0) & 0x0fU) * 4;
  if (quoted.u8(0) >> 4 != 4 || header_bytes < 20 || quoted.u8(9) != ip_protocol::kTcp) return;
  if ((quoted.u16(6) & kOffsetMask) != 0) return;
  read_quoted_segment(quoted, header_bytes, packet);
  if (packet.detail_kind != DetailKind::kQuotedSegment) return;
  store_ipv4(quoted.at + 12, packet.detail.quoted.source);
  store_ipv4(quoted.at + 16, packet.detail.quoted.destination);
}

/// TCP directly behind the fixed header; extension headers of a quoted packet are not walked.
void read_quoted_ipv6(const Cursor& quoted, Packet& packet) noexcept {
  if (quoted.u8(0) >> 4 != 6 || quoted.u8(6) != ip_protocol::kTcp) return;
  read_quoted_segment(quoted, 40, packet);
  if (packet.detail_kind != DetailKind::kQuotedSegment) return;
  std::memcpy(packet.detail.quoted.source.data(), quoted.at + 8, 16);
  std::memcpy(packet.detail.quoted.destination.data(), quoted.at + 24, 16);
}

/// RFC 792.
void decode_icmp(const Cursor& cursor, Packet& packet) noexcept {
  if (!fits(cursor, 4, packet) || !cursor.has(2)) return;
  read_message(cursor, packet);
  if (!is_icmp_error(packet.message_type) || !cursor.has(kQuoteOffset + 20)) return;
  packet.address_fold = fold_at(cursor, kQuoteOffset + 12, 2);
  Cursor quoted = cursor;
  quoted.skip(kQuoteOffset);
  read_quoted_ipv4(quoted, packet);
}

/// RFC 4443 section 2.1: types below 128 are errors.
void decode_icmpv6(const Cursor& cursor, Packet& packet) noexcept {
  if (!fits(cursor, 4, packet) || !cursor.has(2)) return;
  read_message(cursor, packet);
  if (packet.message_type >= 128 || !cursor.has(kQuoteOffset + 40)) return;
  packet.address_fold = fold_at(cursor, kQuoteOffset + 8, 8);
  Cursor quoted = cursor;
  quoted.skip(kQuoteOffset);
  read_quoted_ipv6(quoted, packet);
}

/// Version, type, router and area stand alike in OSPFv2 (RFC 2328 section A.3.1) and v3 (RFC 5340 section A.3.1).
void decode_ospf(const Cursor& cursor, Packet& packet) noexcept {
  if (!fits(cursor, 2, packet) || !cursor.has(2)) return;
  packet.message_code = cursor.u8(0);
  packet.message_type = cursor.u8(1);
  packet.has_message = true;
  if (!cursor.has(12)) return;
  packet.detail_kind = DetailKind::kOspf;
  packet.detail.ospf = {cursor.u32(4), cursor.u32(8)};
}

}  // namespace

void decode_transport(Cursor& cursor, Packet& packet) noexcept {
  const bool is_later_fragment = packet.fragment == Fragment::kLater;
  packet.transport = Transport::kOther;
  switch (packet.protocol) {
    case ip_protocol::kTcp:
      packet.transport = Transport::kTcp;
      if (!is_later_fragment) decode_tcp(cursor, packet);
      break;
    case ip_protocol::kUdp:
      packet.transport = Transport::kUdp;
      if (!is_later_fragment) decode_udp(cursor, packet);
      break;
    case ip_protocol::kIcmp:
      if (packet.network != Network::kIpv4) break;
      packet.transport = Transport::kIcmp;
      if (!is_later_fragment) decode_icmp(cursor, packet);
      break;
    case ip_protocol::kIcmpv6:
      if (packet.network != Network::kIpv6) break;
      packet.transport = Transport::kIcmp;
      if (!is_later_fragment) decode_icmpv6(cursor, packet);
      break;
    case ip_protocol::kOspf:
      if (!is_later_fragment) decode_ospf(cursor, packet);
      break;
    default:
      break;
  }
}

}  // namespace iptraf::decode
