// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of decode() as a whole: every kind of frame cut at every byte, by the snapshot and on the wire, and noise.
#include "decode/decoder.hpp"

#include <random>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

struct Kind {
  std::string name;
  LinkType link;
  Bytes frame;
};

std::vector<Kind> kinds() {
  const auto eth = [] { return PacketBuilder().eth(); };
  std::vector<Kind> all;
  const auto add = [&all](std::string name, LinkType link, const PacketBuilder& frame) {
    all.push_back({std::move(name), link, frame.build()});
  };
  const LinkType e = LinkType::kEthernet;
  add("udp4", e, eth().ipv4().udp().payload(20));
  add("tcp4", e, eth().ipv4({.options = Bytes(8, 1)}).tcp({.options = Bytes(12, 1)}).payload(20));
  add("icmp4", e, eth().ipv4().icmp(3, 3).payload(PacketBuilder().ipv4().tcp().build()));
  add("bad checksum", e, eth().ipv4({.checksum = Checksum::kWrong}).udp().payload(9));
  add("ospf", e, eth().ipv4().ospf(2, 1));
  add("first fragment", e, eth().ipv4({.has_more = true}).udp().payload(40));
  add("later fragment", e, eth().ipv4({.protocol = 17, .offset_bytes = 48}).payload(40));
  add("udp6", e, eth().ipv6().udp().payload(20));
  add("extensions", e, eth().ipv6().extension(0, 16).extension(43, 24).extension(60).fragment(0, true, 5).tcp());
  add("ah6", e, eth().ipv6().authentication().udp());
  add("icmp6", e, eth().ipv6().icmpv6(1).payload(PacketBuilder().ipv6().udp().build()));
  add("jumbo", e, eth().ipv6({.payload_bytes = 0}).jumbo(80).udp().payload(64));
  add("offload", e, eth().ipv4({.total_bytes = 0}).tcp().payload(64));
  add("vlan", e, eth().vlan(1).ipv4().udp());
  add("qinq", e, eth().qinq(1, 2).ipv6().tcp());
  add("mpls", e, eth().mpls(1).mpls(2).ipv4().udp());
  add("pppoe", e, eth().pppoe().ppp_protocol().ipv4().udp());
  add("snap", e, eth().snap().ipv4().udp());
  add("llc", e, eth().llc(6, 6).ipv4().udp());
  add("arp", e, eth().arp().pad_to(60));
  add("rarp", e, eth().rarp());
  add("lldp", e, eth().payload(46));
  add("sll", LinkType::kLinuxSll, PacketBuilder().sll().ipv4().udp());
  add("sll2", LinkType::kLinuxSll2, PacketBuilder().sll2().ipv6().udp());
  add("raw", LinkType::kRaw, PacketBuilder().ipv4().tcp());
  add("null", LinkType::kNull, PacketBuilder().family(30, false).ipv6().udp());
  add("loop", LinkType::kLoop, PacketBuilder().family(2, true).ipv4().udp());
  add("ppp", LinkType::kPpp, PacketBuilder().ppp().ipv4().udp());
  add("ppp hdlc", LinkType::kPppHdlc, PacketBuilder().ppp().ipv6().udp());
  add("ppp ether", LinkType::kPppEther, PacketBuilder().pppoe().ppp_protocol().ipv4().udp());
  add("hdlc", LinkType::kCiscoHdlc, PacketBuilder().cisco_hdlc().ipv4().udp());
  add("fddi", LinkType::kFddi, PacketBuilder().fddi().snap().ipv4().udp());
  add("ipoib", LinkType::kIpoib, PacketBuilder().ipoib().ipv4().udp());
  add("slip", LinkType::kSlip, PacketBuilder().slip().ipv4().udp());
  add("slip bsdos", LinkType::kSlipBsdos, PacketBuilder().slip(24).ipv4().udp());
  add("mpls link", LinkType::kMpls, PacketBuilder().mpls(1).ipv4().udp());
  return all;
}

/// What holds of any packet, whatever its bytes.
void check_consistent(const Packet& packet, std::size_t wire_bytes) {
  REQUIRE(packet.frame_bytes == wire_bytes);
  REQUIRE(packet.network_bytes <= packet.frame_bytes);
  REQUIRE(packet.ip_bytes <= packet.network_bytes);
  REQUIRE(packet.payload_bytes <= packet.ip_bytes);
  REQUIRE(packet.segments == 1);
  REQUIRE(packet.last_network_bytes == packet.network_bytes);
  const bool is_ip = packet.network == Network::kIpv4 || packet.network == Network::kIpv6;
  REQUIRE((is_ip || packet.transport == Transport::kNone));
  REQUIRE((packet.ip_bytes > 0) == (packet.transport != Transport::kNone));
  const bool has_transport = packet.transport == Transport::kTcp || packet.transport == Transport::kUdp;
  REQUIRE((has_transport || !packet.has_ports));
  REQUIRE((packet.has_ports || !packet.has_tcp_header));
  REQUIRE((packet.transport == Transport::kNone || packet.malformed == Malformed::kNo ||
           packet.malformed == Malformed::kTransportHeader));
  REQUIRE((!packet.has_checksum_error || packet.transport == Transport::kNone));
}

}  // namespace

TEST_CASE("A cut by the snapshot is never malformed and only ever loses facts") {
  for (const Kind& kind : kinds()) {
    INFO(kind.name);
    const std::size_t wire = kind.frame.size();
    const Packet whole = decoded(kind.frame, kind.link);
    check_consistent(whole, wire);
    REQUIRE(whole.malformed == Malformed::kNo);
    Packet shorter;
    for (std::size_t captured = 0; captured <= wire; ++captured) {
      INFO(captured);
      const Packet packet = decoded_cut(kind.frame, kind.link, captured, wire);
      check_consistent(packet, wire);
      REQUIRE(packet.malformed == Malformed::kNo);
      REQUIRE((packet.network == whole.network || packet.network == Network::kOther));
      REQUIRE((packet.ip_bytes == whole.ip_bytes || packet.ip_bytes == 0 || kind.name == "jumbo"));
      REQUIRE((packet.transport != Transport::kNone || packet.ip_bytes == 0));
      REQUIRE((captured == 0 || packet.network_bytes <= shorter.network_bytes));
      REQUIRE((!shorter.has_ports || packet.has_ports));
      REQUIRE((!shorter.has_macs || packet.has_macs));
      REQUIRE((packet.source_port == whole.source_port || !packet.has_ports));
      shorter = packet;
    }
  }
}

TEST_CASE("A jumbogram whose option was cut off counts its network size") {
  const Bytes frame = PacketBuilder().eth().ipv6({.payload_bytes = 0}).jumbo(80).udp().payload(64).pad_to(150).build();
  CHECK(decoded(frame).ip_bytes == 120);
  CHECK(decoded_cut(frame, LinkType::kEthernet, 60, 150).ip_bytes == 136);
}

TEST_CASE("A frame cut on the wire is consistent, and malformed as soon as its IP header says more") {
  for (const Kind& kind : kinds()) {
    INFO(kind.name);
    const Packet whole = decoded(kind.frame, kind.link);
    const std::size_t network_at = whole.frame_bytes - whole.network_bytes;
    const bool is_ip = whole.network == Network::kIpv4 || whole.network == Network::kIpv6;
    for (std::size_t wire = 0; wire < kind.frame.size(); ++wire) {
      INFO(wire);
      const Packet packet = decoded_cut(kind.frame, kind.link, wire, wire);
      check_consistent(packet, wire);
      if (!is_ip || wire < network_at || kind.name == "offload" || kind.name == "jumbo") continue;
      const std::size_t header = whole.network == Network::kIpv6 ? 40 : (kind.frame[network_at] & 0x0fU) * 4;
      if (wire == network_at) continue;  // MPLS and raw links know what follows only by its first nibble
      const bool is_header_whole = wire - network_at >= header;
      REQUIRE(packet.malformed == (is_header_whole ? Malformed::kTotalLength : Malformed::kTruncatedOnWire));
      REQUIRE(packet.network == whole.network);
    }
  }
}

TEST_CASE("A link header cut on the wire is truncated wherever it is no optional one") {
  for (const Kind& kind : kinds()) {
    if (kind.name == "snap" || kind.name == "llc" || kind.name == "fddi") continue;  // LLC is carried, too
    const Packet whole = decoded(kind.frame, kind.link);
    const std::size_t network_at = whole.frame_bytes - whole.network_bytes;
    for (std::size_t wire = 0; wire < network_at; ++wire) {
      if (kind.link == LinkType::kPpp && wire == 1) continue;  // may be a compressed protocol field
      INFO(kind.name << " at " << wire);
      REQUIRE(decoded_cut(kind.frame, kind.link, wire, wire).malformed == Malformed::kTruncatedOnWire);
    }
  }
}

TEST_CASE("A jumbogram cut on the wire lacks its option first, then the bytes that the option promises") {
  const Bytes frame = PacketBuilder().eth().ipv6({.payload_bytes = 0}).jumbo(80).udp().payload(64).build();
  for (std::size_t wire = 54; wire < frame.size(); ++wire) {
    INFO(wire);
    const Malformed reason = decoded_cut(frame, LinkType::kEthernet, wire, wire).malformed;
    REQUIRE(reason == (wire < 62 ? Malformed::kExtension : Malformed::kTotalLength));
  }
}

TEST_CASE("Both cuts together are consistent") {
  for (const Kind& kind : kinds()) {
    INFO(kind.name);
    for (std::size_t wire = 0; wire <= kind.frame.size() + 30; wire += 3) {
      for (std::size_t captured = 0; captured <= wire; ++captured) {
        check_consistent(decoded_cut(kind.frame, kind.link, captured, wire), wire);
      }
    }
  }
}

TEST_CASE("More captured than was on the wire is judged by the wire") {
  const Bytes frame = PacketBuilder().eth().ipv4().udp().payload(72).build();
  const Packet packet = decoded_cut(frame, LinkType::kEthernet, frame.size(), 113);
  CHECK(packet.frame_bytes == 113);
  CHECK(packet.malformed == Malformed::kTotalLength);
  CHECK(decoded_cut(frame, LinkType::kEthernet, frame.size(), 0).malformed == Malformed::kTruncatedOnWire);
}

TEST_CASE("Nothing of the packet before is left") {
  const Bytes frame = PacketBuilder().eth().arp().build();
  RawPacket raw;
  raw.bytes = frame;
  raw.wire_bytes = static_cast<std::uint32_t>(frame.size());
  Packet packet = decoded(PacketBuilder().eth().ipv6().fragment(0, true, 5).tcp().payload(9).build());
  packet.segments = 9;
  packet.has_checksum_error = true;
  packet.malformed = Malformed::kExtension;
  decode::decode(raw, packet);
  CHECK(packet.network == Network::kArp);
  CHECK(packet.transport == Transport::kNone);
  CHECK(packet.malformed == Malformed::kNo);
  CHECK(packet.segments == 1);
  CHECK_FALSE(packet.has_checksum_error);
  CHECK_FALSE(packet.has_ports);
  CHECK_FALSE(packet.has_tcp_header);
  CHECK(packet.fragment == Fragment::kWhole);
  CHECK(packet.ip_bytes == 0);
  CHECK(packet.payload_bytes == 0);
}

TEST_CASE("Noise and damaged frames of every link type are consistent") {
  std::mt19937 random(12345);
  const std::vector<Kind> all = kinds();
  for (int round = 0; round < 40'000; ++round) {
    const Kind& kind = all[random() % all.size()];
    Bytes frame = kind.frame;
    if (round % 4 == 0) {
      for (std::uint8_t& byte : frame) byte = static_cast<std::uint8_t>(random());
    }
    for (int flips = 0; flips < 3; ++flips) frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
    const std::size_t wire = frame.size() + random() % 3;
    const std::size_t captured = random() % 2 == 0 ? frame.size() : random() % (frame.size() + 1);
    INFO(kind.name << " round " << round);
    check_consistent(decoded_cut(frame, kind.link, captured, wire), wire);
  }
}
