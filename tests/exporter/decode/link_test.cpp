// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the link layer: every link type, tags and labels, LLC, casts, and where the network size begins.
#include "decode/link.hpp"

#include "decode/decoder.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

/// 100 bytes of IPv4 with UDP, 140 of IPv6 with TCP.
PacketBuilder udp4(PacketBuilder frame) { return frame.ipv4().udp().payload(72); }
PacketBuilder tcp6(PacketBuilder frame) { return frame.ipv6().tcp().payload(80); }

void check_udp4(const Packet& packet, std::uint32_t link_bytes) {
  CHECK(packet.network == Network::kIpv4);
  CHECK(packet.transport == Transport::kUdp);
  CHECK(packet.malformed == Malformed::kNo);
  CHECK_FALSE(packet.has_checksum_error);
  CHECK(packet.frame_bytes == 100 + link_bytes);
  CHECK(packet.network_bytes == 100);
  CHECK(packet.ip_bytes == 100);
  CHECK(packet.source_port == 40000);
  CHECK(packet.destination_port == 53);
  CHECK(packet.source == ip("10.0.0.1"));
  CHECK(packet.destination == ip("10.0.0.2"));
  CHECK(packet.segments == 1);
  CHECK(packet.segment_network_bytes == 100);
  CHECK(packet.last_network_bytes == 100);
}

void check_tcp6(const Packet& packet, std::uint32_t link_bytes) {
  CHECK(packet.network == Network::kIpv6);
  CHECK(packet.transport == Transport::kTcp);
  CHECK(packet.malformed == Malformed::kNo);
  CHECK(packet.frame_bytes == 140 + link_bytes);
  CHECK(packet.network_bytes == 140);
  CHECK(packet.ip_bytes == 140);
  CHECK(packet.destination_port == 80);
  CHECK(packet.destination == ip("2001:db8::2"));
}

void check_other(const Packet& packet, std::uint32_t frame_bytes, std::uint32_t network_bytes) {
  CHECK(packet.network == Network::kOther);
  CHECK(packet.transport == Transport::kNone);
  CHECK(packet.malformed == Malformed::kNo);
  CHECK(packet.frame_bytes == frame_bytes);
  CHECK(packet.network_bytes == network_bytes);
  CHECK(packet.ip_bytes == 0);
}

}  // namespace

TEST_CASE("Ethernet carries IPv4 and IPv6 behind 14 bytes") {
  const Packet packet = decoded(udp4(PacketBuilder().eth()).build());
  check_udp4(packet, 14);
  CHECK(packet.has_macs);
  CHECK(packet.source_mac == mac(kMacA));
  CHECK(packet.destination_mac == mac(kMacB));
  CHECK(packet.cast == Cast::kUnicast);
  CHECK(packet.ethertype == 0x0800);
  check_tcp6(decoded(tcp6(PacketBuilder().eth()).build()), 14);
}

TEST_CASE("ARP and RARP are networks of their own without a transport") {
  const Packet arp = decoded(PacketBuilder().eth({.destination = "ff:ff:ff:ff:ff:ff"}).arp(1).pad_to(60).build());
  CHECK(arp.network == Network::kArp);
  CHECK(arp.transport == Transport::kNone);
  CHECK(arp.cast == Cast::kBroadcast);
  CHECK(arp.frame_bytes == 60);
  CHECK(arp.network_bytes == 46);
  CHECK(arp.ip_bytes == 0);
  CHECK(arp.message_type == 1);
  CHECK(arp.has_message);
  const Packet rarp = decoded(PacketBuilder().eth().rarp(3).pad_to(60).build());
  CHECK(rarp.network == Network::kRarp);
  CHECK(rarp.message_type == 3);
}

TEST_CASE("An ARP operation over 255 is told as 0") {
  const Packet packet = decoded(PacketBuilder().eth().arp(0x0102).build());
  CHECK(packet.network == Network::kArp);
  CHECK(packet.has_message);
  CHECK(packet.message_type == 0);
}

TEST_CASE("The destination MAC tells unicast, multicast and broadcast") {
  const auto cast_of = [](const char* destination) {
    return decoded(PacketBuilder().eth({.destination = destination}).ipv4().udp().build()).cast;
  };
  CHECK(cast_of("02:00:00:00:00:0b") == Cast::kUnicast);
  CHECK(cast_of("01:00:5e:00:00:01") == Cast::kMulticast);
  CHECK(cast_of("33:33:00:00:00:01") == Cast::kMulticast);
  CHECK(cast_of("ff:ff:ff:ff:ff:fe") == Cast::kMulticast);
  CHECK(cast_of("ff:ff:ff:ff:ff:ff") == Cast::kBroadcast);
}

TEST_CASE("VLAN tags belong to the link header") {
  check_udp4(decoded(udp4(PacketBuilder().eth().vlan(7)).build()), 18);
  check_udp4(decoded(udp4(PacketBuilder().eth().qinq(7, 8)).build()), 22);
  for (const int tag_protocol : {0x8100, 0x88a8, 0x9100, 0x9200, 0x9300}) {
    INFO(tag_protocol);
    check_tcp6(decoded(tcp6(PacketBuilder().eth().vlan(7, static_cast<std::uint16_t>(tag_protocol))).build()), 18);
  }
}

TEST_CASE("A tag that the kernel took off counts for the frame alone") {
  const Bytes frame = udp4(PacketBuilder().eth()).build();
  RawPacket raw;
  raw.bytes = frame;
  raw.wire_bytes = 114;
  raw.stripped_tag_bytes = 8;
  Packet packet;
  decode::decode(raw, packet);
  check_udp4(packet, 22);
}

TEST_CASE("Thirty-two tags are walked, a thirty-third makes the frame other") {
  PacketBuilder walked;
  walked.eth();
  for (int i = 0; i < 32; ++i) walked.vlan(static_cast<std::uint16_t>(i));
  check_udp4(decoded(udp4(walked).build()), 14 + 32 * 4);

  PacketBuilder too_many;
  too_many.eth();
  for (int i = 0; i < 33; ++i) too_many.vlan(static_cast<std::uint16_t>(i));
  check_other(decoded(udp4(too_many).build()), 14 + 33 * 4 + 100, 104);
}

TEST_CASE("A tag that the kernel took off is one of the thirty-two") {
  const auto with_tags = [](int tags) {
    PacketBuilder builder;
    builder.eth();
    for (int i = 0; i < tags; ++i) builder.vlan(static_cast<std::uint16_t>(i));
    const Bytes frame = udp4(builder).build();
    RawPacket raw;
    raw.bytes = frame;
    raw.wire_bytes = static_cast<std::uint32_t>(frame.size());
    raw.stripped_tag_bytes = 4;
    Packet packet;
    decode::decode(raw, packet);
    return packet;
  };
  check_udp4(with_tags(31), 14 + 32 * 4);
  check_other(with_tags(32), 14 + 33 * 4 + 100, 104);
}

TEST_CASE("Thirty-two MPLS labels are walked, a thirty-third makes the frame other") {
  PacketBuilder walked;
  walked.eth();
  for (std::uint32_t i = 0; i < 32; ++i) walked.mpls(i);
  check_udp4(decoded(udp4(walked).build()), 14 + 32 * 4);

  PacketBuilder too_many;
  too_many.eth();
  for (std::uint32_t i = 0; i < 33; ++i) too_many.mpls(i);
  check_other(decoded(udp4(too_many).build()), 14 + 33 * 4 + 100, 104);
}

TEST_CASE("The nibble behind the last MPLS label tells what it carries") {
  check_udp4(decoded(udp4(PacketBuilder().eth().mpls(16)).build()), 18);
  check_tcp6(decoded(tcp6(PacketBuilder().eth().mpls(16).mpls(17)).build()), 22);
  check_other(decoded(PacketBuilder().eth().mpls(16).payload(Bytes{0x00, 1, 2, 3}).build()), 22, 4);
  check_other(decoded(PacketBuilder().eth().mpls(16).build()), 18, 0);
  check_udp4(decoded(udp4(PacketBuilder().mpls(16)).build(), LinkType::kMpls), 4);
}

TEST_CASE("PPPoE sessions are walked to the IP packet") {
  check_udp4(decoded(udp4(PacketBuilder().eth().pppoe().ppp_protocol()).build()), 22);
  check_tcp6(decoded(tcp6(PacketBuilder().eth().vlan(7).pppoe().ppp_protocol()).build()), 26);
  check_udp4(decoded(udp4(PacketBuilder().eth().pppoe().ppp_protocol(true)).build()), 21);
  check_udp4(decoded(udp4(PacketBuilder().eth().pppoe().ppp_protocol().mpls(3)).build()), 26);
  check_udp4(decoded(udp4(PacketBuilder().pppoe().ppp_protocol()).build(), LinkType::kPppEther), 8);
  check_other(decoded(PacketBuilder().eth().pppoe().ppp_protocol(false, 0xc021).payload(10).build()), 32, 10);
}

TEST_CASE("LLC and SNAP are link header where they lead to an EtherType or to IP") {
  check_udp4(decoded(udp4(PacketBuilder().eth().snap()).build()), 22);
  check_udp4(decoded(udp4(PacketBuilder().eth().snap(0x0000f8)).build()), 22);
  check_udp4(decoded(udp4(PacketBuilder().eth().llc(6, 6)).build()), 17);
  check_udp4(decoded(udp4(PacketBuilder().eth().snap().vlan(9)).build()), 26);
  const Packet unknown = decoded(PacketBuilder().eth().snap(0, 0x1234).payload(20).build());
  check_other(unknown, 42, 20);
  CHECK(unknown.ethertype == 0x1234);
}

TEST_CASE("LLC that leads nowhere belongs to the network size") {
  const Packet spanning_tree = decoded(PacketBuilder().eth().llc(0x42, 0x42).payload(35).pad_to(60).build());
  check_other(spanning_tree, 60, 46);
  CHECK(spanning_tree.ethertype == kEthertypeLlc);
  check_other(decoded(PacketBuilder().eth().snap(0x00000c, 0x2000).payload(20).build()), 42, 28);
  check_other(decoded(PacketBuilder().eth().snap(0, 0x0100).payload(20).build()), 42, 28);
  check_other(decoded(PacketBuilder().eth().llc(6, 6, 0x13).payload(20).build()), 37, 23);
}

TEST_CASE("A type between the lengths and the EtherTypes is other") {
  const Packet packet = decoded(PacketBuilder().eth({.type = 1501}).payload(46).build());
  check_other(packet, 60, 46);
  CHECK(packet.ethertype == 1501);
  check_other(decoded(PacketBuilder().eth({.type = 0x88cc}).payload(46).build()), 60, 46);
}

TEST_CASE("Linux cooked captures know their cast by the packet type and have no MAC addresses") {
  const LinkType sll = LinkType::kLinuxSll;
  check_udp4(decoded(udp4(PacketBuilder().sll()).build(), sll), 16);
  CHECK(decoded(udp4(PacketBuilder().sll()).build(), sll).has_source_mac);
  CHECK(decoded(udp4(PacketBuilder().sll()).build(), sll).source_mac == MacAddress{2, 0, 0, 0, 0, 0x0a});
  CHECK(decoded(udp4(PacketBuilder().sll2()).build(), LinkType::kLinuxSll2).source_mac ==
        MacAddress{2, 0, 0, 0, 0, 0x0a});
  CHECK_FALSE(decoded(udp4(PacketBuilder().sll()).build(), sll).has_macs);
  check_udp4(decoded(udp4(PacketBuilder().sll().vlan(4)).build(), sll), 20);
  check_tcp6(decoded(tcp6(PacketBuilder().sll2()).build(), LinkType::kLinuxSll2), 20);
  const Cast casts[] = {Cast::kUnicast, Cast::kBroadcast, Cast::kMulticast, Cast::kUnicast, Cast::kUnicast};
  for (std::uint8_t type = 0; type < 5; ++type) {
    INFO(int{type});
    const Packet v1 = decoded(udp4(PacketBuilder().sll(type)).build(), sll);
    CHECK(v1.cast == casts[type]);
    CHECK_FALSE(v1.has_macs);
    CHECK(decoded(udp4(PacketBuilder().sll2(type)).build(), LinkType::kLinuxSll2).cast == casts[type]);
  }
}

TEST_CASE("A cooked capture carries LLC, ARP and what is neither") {
  const LinkType sll = LinkType::kLinuxSll;
  check_udp4(decoded(udp4(PacketBuilder().sll(0, 4).snap()).build(), sll), 24);
  CHECK(decoded(PacketBuilder().sll().arp().build(), sll).network == Network::kArp);
  check_other(decoded(PacketBuilder().sll(0, 1).payload(30).build(), sll), 46, 30);
  check_other(decoded(PacketBuilder().sll(0, 0x88cc).payload(30).build(), sll), 46, 30);
}

TEST_CASE("A raw link tells IPv4 and IPv6 by the version nibble") {
  check_udp4(decoded(udp4(PacketBuilder()).build(), LinkType::kRaw), 0);
  check_tcp6(decoded(tcp6(PacketBuilder()).build(), LinkType::kRaw), 0);
  check_udp4(decoded(udp4(PacketBuilder()).build(), LinkType::kRawIpv4), 0);
  check_tcp6(decoded(tcp6(PacketBuilder()).build(), LinkType::kRawIpv6), 0);
  CHECK(decoded(tcp6(PacketBuilder()).build(), LinkType::kRawIpv4).malformed == Malformed::kVersion);
  CHECK(decoded(udp4(PacketBuilder()).build(), LinkType::kRawIpv6).malformed == Malformed::kVersion);
  CHECK(decoded(Bytes{0x55, 0, 0, 0}, LinkType::kRaw).malformed == Malformed::kVersion);
  CHECK(decoded(Bytes{}, LinkType::kRaw).malformed == Malformed::kTruncatedOnWire);
}

TEST_CASE("Null and loop links know IP by the address families, in both byte orders for null") {
  for (const bool is_big_endian : {false, true}) {
    INFO(is_big_endian);
    check_udp4(decoded(udp4(PacketBuilder().family(2, is_big_endian)).build(), LinkType::kNull), 4);
    for (const std::uint32_t family : {10U, 23U, 24U, 28U, 30U}) {
      check_tcp6(decoded(tcp6(PacketBuilder().family(family, is_big_endian)).build(), LinkType::kNull), 4);
    }
    check_other(decoded(udp4(PacketBuilder().family(7, is_big_endian)).build(), LinkType::kNull), 104, 100);
  }
  check_udp4(decoded(udp4(PacketBuilder().family(2, true)).build(), LinkType::kLoop), 4);
  check_tcp6(decoded(tcp6(PacketBuilder().family(24, true)).build(), LinkType::kLoop), 4);
  check_other(decoded(udp4(PacketBuilder().family(2, false)).build(), LinkType::kLoop), 104, 100);
}

TEST_CASE("PPP is read with and without address and control") {
  check_udp4(decoded(udp4(PacketBuilder().ppp()).build(), LinkType::kPpp), 4);
  check_tcp6(decoded(tcp6(PacketBuilder().ppp_protocol()).build(), LinkType::kPpp), 2);
  check_udp4(decoded(udp4(PacketBuilder().ppp_protocol(true)).build(), LinkType::kPpp), 1);
  check_udp4(decoded(udp4(PacketBuilder().ppp().mpls(5)).build(), LinkType::kPpp), 8);
  check_udp4(decoded(udp4(PacketBuilder().ppp()).build(), LinkType::kPppHdlc), 4);
  check_udp4(decoded(udp4(PacketBuilder().cisco_hdlc()).build(), LinkType::kPppHdlc), 4);
  check_other(decoded(PacketBuilder().ppp(0xc021).payload(10).build(), LinkType::kPpp), 14, 10);
}

TEST_CASE("Cisco HDLC carries EtherTypes, and 0x8035 is SLARP there") {
  check_udp4(decoded(udp4(PacketBuilder().cisco_hdlc()).build(), LinkType::kCiscoHdlc), 4);
  check_tcp6(decoded(tcp6(PacketBuilder().cisco_hdlc(0x8f)).build(), LinkType::kCiscoHdlc), 4);
  check_other(decoded(PacketBuilder().cisco_hdlc(0x8f, 0x8035).payload(18).build(), LinkType::kCiscoHdlc), 22, 18);
}

TEST_CASE("FDDI has LLC where the frame control says so") {
  const Packet packet = decoded(udp4(PacketBuilder().fddi().snap()).build(), LinkType::kFddi);
  check_udp4(packet, 21);
  CHECK(packet.has_macs);
  CHECK(packet.source_mac == mac(kMacA));
  CHECK(packet.destination_mac == mac(kMacB));
  const Bytes token = udp4(PacketBuilder().fddi(0xc2, {.destination = "ff:ff:ff:ff:ff:ff"}).snap()).build();
  check_other(decoded(token, LinkType::kFddi), 121, 108);
  CHECK(decoded(token, LinkType::kFddi).cast == Cast::kBroadcast);
}

TEST_CASE("IPoIB and SLIP begin with a pseudo header") {
  check_udp4(decoded(udp4(PacketBuilder().ipoib()).build(), LinkType::kIpoib), 44);
  check_other(decoded(PacketBuilder().ipoib(0x0100).payload(10).build(), LinkType::kIpoib), 54, 10);
  check_udp4(decoded(udp4(PacketBuilder().slip(16)).build(), LinkType::kSlip), 16);
  check_tcp6(decoded(tcp6(PacketBuilder().slip(16)).build(), LinkType::kSlip), 16);
  check_udp4(decoded(udp4(PacketBuilder().slip(24)).build(), LinkType::kSlipBsdos), 24);
}

TEST_CASE("A network link begins at the header that the EtherType names") {
  const Bytes frame = udp4(PacketBuilder()).build();
  RawPacket raw;
  raw.bytes = frame;
  raw.wire_bytes = 100;
  raw.link_type = LinkType::kNetwork;
  raw.ethertype = 0x0800;
  Packet packet;
  decode::Cursor cursor{frame.data(), 100, 100};
  CHECK(decode::decode_link(raw, cursor, packet) == decode::Carries::kIpv4);
  CHECK(packet.network_bytes == 100);
  raw.ethertype = 0x88cc;
  CHECK(decode::decode_link(raw, cursor, packet) == decode::Carries::kNothing);
}

TEST_CASE("A link header that is not whole on the wire is malformed, one that was cut is other") {
  struct Link {
    LinkType type;
    Bytes header;
  };
  const Link links[] = {
      {LinkType::kEthernet, PacketBuilder().eth().vlan(3).build()},
      {LinkType::kEthernet, PacketBuilder().eth().mpls(3).build()},
      {LinkType::kEthernet, PacketBuilder().eth().pppoe().ppp_protocol(false, 0x0021).build()},
      {LinkType::kLinuxSll, PacketBuilder().sll(0, 0x0800).build()},
      {LinkType::kLinuxSll2, PacketBuilder().sll2(0, 0x0800).build()},
      {LinkType::kNull, PacketBuilder().family(2, true).build()},
      {LinkType::kCiscoHdlc, PacketBuilder().cisco_hdlc(0x0f, 0x0800).build()},
      {LinkType::kFddi, PacketBuilder().fddi().build()},
      {LinkType::kIpoib, PacketBuilder().ipoib(0x0800).build()},
      {LinkType::kSlip, PacketBuilder().slip().build()},
      {LinkType::kMpls, PacketBuilder().mpls(3).build()},
  };
  for (const Link& link : links) {
    INFO(static_cast<int>(link.type));
    const std::size_t last = link.header.size() - 1;
    CHECK(decoded_cut(link.header, link.type, last, last).malformed == Malformed::kTruncatedOnWire);
    const Packet cut = decoded_cut(link.header, link.type, last, last + 200);
    CHECK(cut.malformed == Malformed::kNo);
    CHECK(cut.network == Network::kOther);
    CHECK(cut.transport == Transport::kNone);
    CHECK(cut.frame_bytes == last + 200);
  }
}
