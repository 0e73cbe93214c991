// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the lines of packets that are not TCP.
#include "output/iptraf_log/packet_text.hpp"

#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::output;
using namespace iptraf::test;

namespace {

std::string text_of(const PacketBuilder& packet) { return packet_text("vB", decoded(packet.build())); }

PacketBuilder ipv4() { return PacketBuilder().eth().ipv4(); }
PacketBuilder ipv6() { return PacketBuilder().eth().ipv6(); }

}  // namespace

TEST_CASE("A datagram has its ports, a later fragment says what it is") {
  CHECK(text_of(ipv4().udp({.source = 53, .destination = 40000}).payload(72)) ==
        "UDP; vB; 100 bytes; from 10.0.0.1:53 to 10.0.0.2:40000");
  CHECK(text_of(ipv6().udp().payload(12)) == "UDP; vB; 60 bytes; from 2001:db8::1:40000 to 2001:db8::2:53");
  Packet later = decoded(PacketBuilder().eth().ipv4({.protocol = 17, .offset_bytes = 400}).payload(400).build());
  later.has_ports = true;  // its first fragment was seen
  CHECK(packet_text("vB", later) == "UDP; vB; 420 bytes; from 10.0.0.1 to 10.0.0.2; fragment");
}

TEST_CASE("ICMP has IPTraf's words for type and code") {
  CHECK(text_of(ipv4().icmp(8)) == "ICMP; vB; 28 bytes; from 10.0.0.1 to 10.0.0.2; echo req");
  CHECK(text_of(ipv4().icmp(3, 3)) == "ICMP; vB; 28 bytes; from 10.0.0.1 to 10.0.0.2; dest unrch (port)");
  CHECK(text_of(ipv4().icmp(3, 99)) == "ICMP; vB; 28 bytes; from 10.0.0.1 to 10.0.0.2; dest unrch");
  CHECK(text_of(ipv4().icmp(99)) == "ICMP; vB; 28 bytes; from 10.0.0.1 to 10.0.0.2; bad/unkn");
  CHECK(text_of(ipv6().icmpv6(128)) == "ICMPv6; vB; 48 bytes; from 2001:db8::1 to 2001:db8::2; echo req");
  CHECK(text_of(ipv6().icmpv6(1, 4)) == "ICMPv6; vB; 48 bytes; from 2001:db8::1 to 2001:db8::2; dest unrch (no port)");
}

TEST_CASE("OSPF has its version, area and router") {
  Packet packet = decoded(ipv4().ospf(2, 1).build());
  packet.detail_kind = DetailKind::kOspf;
  packet.detail.ospf = {0x01020304, 10};
  CHECK(packet_text("vB", packet) ==
        "OSPFv2; vB; " + std::to_string(packet.ip_bytes) + " bytes; from 10.0.0.1 to 10.0.0.2; hlo (a=10 r=1.2.3.4)");
}

TEST_CASE("Other protocols have their names, and those that have none have no number") {
  const auto protocol = [](std::uint8_t number) {
    return text_of(PacketBuilder().eth().ipv4({.protocol = number}).payload(40));
  };
  CHECK(protocol(50) == "IPSEC-ESP; vB; 60 bytes; from 10.0.0.1 to 10.0.0.2");
  CHECK(protocol(47) == "GRE; vB; 60 bytes; from 10.0.0.1 to 10.0.0.2");
  CHECK(protocol(253) == "IP protocol; vB; 60 bytes; from 10.0.0.1 to 10.0.0.2");
}

TEST_CASE("What is not IP has MAC addresses, its frame's size, and a space at the end") {
  const std::string ends = "; vB; 60 bytes; from 02:00:00:00:00:0a to 02:00:00:00:00:0b ";
  Packet request = decoded(PacketBuilder().eth().arp(1).pad_to(60).build());
  request.destination = ip("10.0.0.2");
  CHECK(packet_text("vB", request) == "ARP request for 10.0.0.2" + ends);
  Packet reply = decoded(PacketBuilder().eth().arp(2).pad_to(60).build());
  reply.source = ip("10.0.0.2");
  CHECK(packet_text("vB", reply) == "ARP reply from 10.0.0.2" + ends);
  Packet rarp = decoded(PacketBuilder().eth().rarp(3).pad_to(60).build());
  rarp.detail.arp.target = mac(kMacA);
  CHECK(packet_text("vB", rarp) == "RARP request for 02:00:00:00:00:0a" + ends);
  CHECK(text_of(PacketBuilder().eth({.type = 0x88cc}).payload(46)) == "Non-IP (0x88cc)" + ends);
  CHECK(text_of(PacketBuilder().eth({.type = 0x8137}).payload(46)) == "Non-IP (IPX)" + ends);
  CHECK(packet_text("hdlc0",
                    decoded(PacketBuilder().cisco_hdlc(0x0f, 0x2000).payload(20).build(), LinkType::kCiscoHdlc)) ==
        "Non-IP (0x2000); hdlc0; 24 bytes; from 00:00:00:00:00:00 to 00:00:00:00:00:00 ");
}
