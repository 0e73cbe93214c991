// SPDX-License-Identifier: GPL-2.0-or-later
// The link layer: from the first byte of a frame to the network header that it carries.
#include "decode/link.hpp"

#include <algorithm>
#include <cstring>

namespace iptraf::decode {
namespace {

constexpr std::uint16_t kIpv4Type = 0x0800;
constexpr std::uint16_t kArpType = 0x0806;
constexpr std::uint16_t kRarpType = 0x8035;
constexpr std::uint16_t kVlanType = 0x8100;
constexpr std::uint16_t kIpv6Type = 0x86dd;
constexpr std::uint16_t kMplsUnicastType = 0x8847;
constexpr std::uint16_t kMplsMulticastType = 0x8848;
constexpr std::uint16_t kPppoeSessionType = 0x8864;
constexpr std::uint16_t kServiceVlanType = 0x88a8;
constexpr std::uint16_t kMaxLlcLength = 1500;

/// Tags and labels that are walked in one frame: more than any network stacks, few enough that a frame made of
/// tags alone costs no more than a few packets.
constexpr int kMaxTags = 32;

/// The walk itself: what was passed so far and where it stands.
struct LinkWalk {
  Cursor& cursor;
  Packet& packet;
  std::uint32_t header_bytes = 0;
  int tags = 0;

  /// True when the next `bytes` can be read. Not whole on the wire is malformed; cut by the snapshot is not.
  bool can_read(std::uint32_t bytes) noexcept {
    if (!cursor.is_on_wire(bytes)) packet.malformed = Malformed::kTruncatedOnWire;
    return cursor.has(bytes);
  }

  void pass(std::uint32_t bytes) noexcept {
    cursor.skip(bytes);
    header_bytes += bytes;
  }
};

Carries decode_ethertype(LinkWalk& walk, std::uint16_t type) noexcept;

Cast cast_of(const std::uint8_t* destination) noexcept {
  if ((destination[0] & 1) == 0) return Cast::kUnicast;
  const bool is_broadcast = std::all_of(destination, destination + 6, [](std::uint8_t byte) { return byte == 0xff; });
  return is_broadcast ? Cast::kBroadcast : Cast::kMulticast;
}

void read_macs(LinkWalk& walk, std::uint32_t destination_offset) noexcept {
  const std::uint8_t* destination = walk.cursor.at + destination_offset;
  std::memcpy(walk.packet.destination_mac.data(), destination, 6);
  std::memcpy(walk.packet.source_mac.data(), destination + 6, 6);
  walk.packet.cast = cast_of(destination);
  walk.packet.has_macs = true;
  walk.packet.has_source_mac = true;
}

/// A cooked capture has the source's address alone, when it is a MAC address.
void read_source_mac(LinkWalk& walk, std::uint32_t length, std::uint32_t offset) noexcept {
  if (length != 6) return;
  std::memcpy(walk.packet.source_mac.data(), walk.cursor.at + offset, 6);
  walk.packet.has_source_mac = true;
}

/// MPLS label stack, RFC 3032 section 2.1. It has no type field: the nibble behind the last label tells
/// (RFC 4928 section 3 names the guess).
Carries decode_mpls(LinkWalk& walk) noexcept {
  for (bool is_bottom = false; !is_bottom;) {
    if (++walk.tags > kMaxTags || !walk.can_read(4)) return Carries::kNothing;
    is_bottom = (walk.cursor.u8(2) & 1) != 0;
    walk.pass(4);
  }
  if (!walk.cursor.has(1)) return Carries::kNothing;
  const int version = walk.cursor.u8(0) >> 4;
  return version == 4 ? Carries::kIpv4 : version == 6 ? Carries::kIpv6 : Carries::kNothing;
}

/// PPP protocol field, RFC 1661 section 2; one byte when compressed (section 6.5). Numbers: IANA "PPP Numbers".
Carries decode_ppp_protocol(LinkWalk& walk) noexcept {
  if (!walk.can_read(1)) return Carries::kNothing;
  std::uint16_t protocol = walk.cursor.u8(0);
  if ((protocol & 1) != 0) {
    walk.pass(1);
  } else {
    if (!walk.can_read(2)) return Carries::kNothing;
    protocol = walk.cursor.u16(0);
    walk.pass(2);
  }
  switch (protocol) {
    case 0x0021:
      return Carries::kIpv4;
    case 0x0057:
      return Carries::kIpv6;
    case 0x0281:
    case 0x0283:
      return decode_mpls(walk);
    default:
      return Carries::kNothing;
  }
}

/// PPPoE session header, RFC 2516 section 4.
Carries decode_pppoe(LinkWalk& walk) noexcept {
  if (!walk.can_read(6)) return Carries::kNothing;
  walk.pass(6);
  return decode_ppp_protocol(walk);
}

/// IEEE 802.2 LLC, with SNAP as RFC 1042 uses it and 802.1H's bridge tunnel. LLC that leads to neither an
/// EtherType nor to IP belongs to what the frame carries, not to its link header.
Carries decode_llc(LinkWalk& walk) noexcept {
  constexpr std::uint16_t kSnapSaps = 0xaaaa;
  constexpr std::uint16_t kIpSaps = 0x0606;
  constexpr std::uint8_t kUnnumberedInformation = 0x03;
  walk.packet.ethertype = kEthertypeLlc;
  const Cursor& cursor = walk.cursor;
  if (!cursor.has(3) || cursor.u8(2) != kUnnumberedInformation) return Carries::kNothing;
  if (cursor.u16(0) == kIpSaps) {
    walk.pass(3);
    walk.packet.ethertype = kIpv4Type;
    return Carries::kIpv4;
  }
  if (cursor.u16(0) != kSnapSaps || !cursor.has(8)) return Carries::kNothing;
  const std::uint32_t organization = cursor.u32(2) & 0xffffff;
  if (organization != 0x000000 && organization != 0x0000f8) return Carries::kNothing;
  const std::uint16_t type = cursor.u16(6);
  if (type <= kMaxLlcLength) return Carries::kNothing;
  walk.pass(8);
  return decode_ethertype(walk, type);
}

constexpr bool is_vlan_type(std::uint16_t type) noexcept {
  return type == kVlanType || type == kServiceVlanType || type == 0x9100 || type == 0x9200 || type == 0x9300;
}

/// EtherTypes (IANA "IEEE 802 Numbers"); VLAN tags IEEE 802.1Q section 9.6, with the three older tag types of QinQ.
Carries decode_ethertype(LinkWalk& walk, std::uint16_t type) noexcept {
  while (is_vlan_type(type)) {
    walk.packet.ethertype = type;
    if (++walk.tags > kMaxTags || !walk.can_read(4)) return Carries::kNothing;
    type = walk.cursor.u16(2);
    walk.pass(4);
  }
  if (type <= kMaxLlcLength) return decode_llc(walk);
  walk.packet.ethertype = type;
  switch (type) {
    case kIpv4Type:
      return Carries::kIpv4;
    case kIpv6Type:
      return Carries::kIpv6;
    case kArpType:
      return Carries::kArp;
    case kRarpType:
      return Carries::kRarp;
    case kMplsUnicastType:
    case kMplsMulticastType:
      return decode_mpls(walk);
    case kPppoeSessionType:
      return decode_pppoe(walk);
    default:
      return Carries::kNothing;
  }
}

/// Ethernet II and IEEE 802.3, RFC 894 and RFC 1042.
Carries decode_ethernet(LinkWalk& walk) noexcept {
  if (walk.cursor.has(12)) read_macs(walk, 0);
  if (!walk.can_read(14)) return Carries::kNothing;
  const std::uint16_t type = walk.cursor.u16(12);
  walk.pass(14);
  return decode_ethertype(walk, type);
}

/// The protocol field of a cooked capture: an EtherType, or one of Linux's small numbers of which 4 is LLC.
Carries decode_cooked_protocol(LinkWalk& walk, std::uint16_t protocol) noexcept {
  constexpr std::uint16_t kLinux8022 = 0x0004;
  if (protocol == kLinux8022) return decode_llc(walk);
  return protocol <= kMaxLlcLength ? Carries::kNothing : decode_ethertype(walk, protocol);
}

/// Packet types of <linux/if_packet.h>; a cooked capture has no destination MAC.
Cast cast_of_packet_type(unsigned type) noexcept {
  return type == 1 ? Cast::kBroadcast : type == 2 ? Cast::kMulticast : Cast::kUnicast;
}

/// LINKTYPE_LINUX_SLL (113) of libpcap's list of link types.
Carries decode_sll(LinkWalk& walk) noexcept {
  if (!walk.can_read(16)) return Carries::kNothing;
  walk.packet.cast = cast_of_packet_type(walk.cursor.u16(0));
  read_source_mac(walk, walk.cursor.u16(4), 6);
  const std::uint16_t protocol = walk.cursor.u16(14);
  walk.pass(16);
  return decode_cooked_protocol(walk, protocol);
}

/// LINKTYPE_LINUX_SLL2 (276).
Carries decode_sll2(LinkWalk& walk) noexcept {
  if (!walk.can_read(20)) return Carries::kNothing;
  walk.packet.cast = cast_of_packet_type(walk.cursor.u8(10));
  read_source_mac(walk, walk.cursor.u8(11), 12);
  const std::uint16_t protocol = walk.cursor.u16(0);
  walk.pass(20);
  return decode_cooked_protocol(walk, protocol);
}

/// LINKTYPE_NULL (0) and LINKTYPE_LOOP (108): an address family, of the capturing machine's byte order in the
/// former. BSDs disagree on IPv6's number.
Carries decode_loopback(LinkWalk& walk, bool is_network_order) noexcept {
  if (!walk.can_read(4)) return Carries::kNothing;
  std::uint32_t family = walk.cursor.u32(0);
  if (!is_network_order && family > 0xffff) family = __builtin_bswap32(family);
  walk.pass(4);
  switch (family) {
    case 2:
      return Carries::kIpv4;
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
      return Carries::kIpv6;
    default:
      return Carries::kNothing;
  }
}

/// Cisco HDLC: address, control, then an EtherType but for 0x8035, which is SLARP here.
Carries decode_cisco_hdlc(LinkWalk& walk) noexcept {
  if (!walk.can_read(4)) return Carries::kNothing;
  const std::uint16_t type = walk.cursor.u16(2);
  walk.pass(4);
  if (type == kRarpType || type <= kMaxLlcLength) return Carries::kNothing;
  return decode_ethertype(walk, type);
}

/// PPP with or without the address and control bytes of HDLC-like framing, RFC 1662 section 3.1.
Carries decode_ppp(LinkWalk& walk) noexcept {
  constexpr std::uint16_t kAddressAndControl = 0xff03;
  if (walk.cursor.has(2) && walk.cursor.u16(0) == kAddressAndControl) walk.pass(2);
  return decode_ppp_protocol(walk);
}

/// LINKTYPE_PPP_HDLC (50): PPP, or Cisco HDLC when the address is one of Cisco's two.
Carries decode_ppp_hdlc(LinkWalk& walk) noexcept {
  if (!walk.can_read(2)) return Carries::kNothing;
  const std::uint8_t address = walk.cursor.u8(0);
  if (address == 0x0f || address == 0x8f) return decode_cisco_hdlc(walk);
  walk.pass(2);
  return decode_ppp_protocol(walk);
}

/// FDDI, RFC 1188: frame control, MACs, and LLC where the frame control says so.
Carries decode_fddi(LinkWalk& walk) noexcept {
  if (!walk.can_read(13)) return Carries::kNothing;
  const bool is_llc = (walk.cursor.u8(0) & 0xf0) == 0x50;
  read_macs(walk, 1);
  walk.pass(13);
  return is_llc ? decode_llc(walk) : Carries::kNothing;
}

/// IP over InfiniBand, RFC 4391 section 6, behind the 40-byte pseudo header that libpcap's captures carry.
Carries decode_ipoib(LinkWalk& walk) noexcept {
  if (!walk.can_read(44)) return Carries::kNothing;
  const std::uint16_t type = walk.cursor.u16(40);
  walk.pass(44);
  return type <= kMaxLlcLength ? Carries::kNothing : decode_ethertype(walk, type);
}

/// LINKTYPE_SLIP (8) and SLIP_BSDOS: libpcap's own header, then the IP packet (RFC 1055 has no type field).
Carries decode_slip(LinkWalk& walk, std::uint32_t header_bytes) noexcept {
  if (!walk.can_read(header_bytes)) return Carries::kNothing;
  walk.pass(header_bytes);
  return Carries::kIpByVersion;
}

Carries decode_link_type(const RawPacket& raw, LinkWalk& walk) noexcept {
  switch (raw.link_type) {
    case LinkType::kEthernet:
      return decode_ethernet(walk);
    case LinkType::kNetwork:
      return decode_cooked_protocol(walk, raw.ethertype);
    case LinkType::kLinuxSll:
      return decode_sll(walk);
    case LinkType::kLinuxSll2:
      return decode_sll2(walk);
    case LinkType::kRaw:
      return Carries::kIpByVersion;
    case LinkType::kRawIpv4:
      return Carries::kIpv4;
    case LinkType::kRawIpv6:
      return Carries::kIpv6;
    case LinkType::kNull:
      return decode_loopback(walk, false);
    case LinkType::kLoop:
      return decode_loopback(walk, true);
    case LinkType::kPpp:
      return decode_ppp(walk);
    case LinkType::kPppHdlc:
      return decode_ppp_hdlc(walk);
    case LinkType::kPppEther:
      return decode_pppoe(walk);
    case LinkType::kSlip:
      return decode_slip(walk, 16);
    case LinkType::kSlipBsdos:
      return decode_slip(walk, 24);
    case LinkType::kCiscoHdlc:
      return decode_cisco_hdlc(walk);
    case LinkType::kFddi:
      return decode_fddi(walk);
    case LinkType::kIpoib:
      return decode_ipoib(walk);
    case LinkType::kMpls:
      return decode_mpls(walk);
  }
  return Carries::kNothing;
}

}  // namespace

Carries decode_link(const RawPacket& raw, Cursor& cursor, Packet& packet) noexcept {
  constexpr int kTagBytes = 4;
  LinkWalk walk{cursor, packet};
  walk.tags = static_cast<int>(raw.stripped_tag_bytes) / kTagBytes;
  const Carries carries = decode_link_type(raw, walk);
  packet.network_bytes = raw.wire_bytes - walk.header_bytes;
  return carries;
}

}  // namespace iptraf::decode
