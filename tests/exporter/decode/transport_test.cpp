// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the transport layer: which header makes which label, what too short a header is, and the shard of a packet.
#include "decode/transport.hpp"

#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

PacketBuilder eth() { return PacketBuilder().eth(); }

Packet payload_v4(std::uint8_t protocol, std::size_t bytes) {
  return decoded(eth().ipv4({.protocol = protocol}).payload(bytes).build());
}

Packet payload_v6(std::uint8_t protocol, std::size_t bytes) {
  return decoded(eth().ipv6({.next_header = protocol}).payload(bytes).build());
}

}  // namespace

TEST_CASE("TCP gives ports, flags, numbers and the payload behind its options") {
  const Tcp fields{.source = 443,
                   .destination = 22,
                   .flags = tcp_flag::kSyn | tcp_flag::kAck,
                   .sequence = 0xfffffffe,
                   .acknowledgment = 7,
                   .window = 512,
                   .options = Bytes(12, 1)};
  const Packet packet = decoded(eth().ipv4().tcp(fields).payload(33).build());
  CHECK(packet.transport == Transport::kTcp);
  CHECK(packet.source_port == 443);
  CHECK(packet.destination_port == 22);
  CHECK(packet.tcp_flags == 0x12);
  CHECK(packet.tcp_sequence == 0xfffffffe);
  CHECK(packet.tcp_acknowledgment == 7);
  CHECK(packet.tcp_window == 512);
  CHECK(packet.transport_header_bytes == 32);
  CHECK(packet.payload_bytes == 33);
  CHECK(packet.has_tcp_header);
}

TEST_CASE("A TCP data offset that lies is not judged") {
  for (const std::uint8_t words : {std::uint8_t{0}, std::uint8_t{4}, std::uint8_t{15}}) {
    const Packet packet = decoded(eth().ipv4().tcp({.offset_words = words}).payload(10).build());
    CHECK(packet.malformed == Malformed::kNo);
    CHECK(packet.has_ports);
    CHECK(packet.transport_header_bytes == 20);
    CHECK(packet.payload_bytes == 10);
  }
}

TEST_CASE("A UDP length that lies is not judged") {
  for (const std::uint16_t length : {std::uint16_t{0}, std::uint16_t{7}, std::uint16_t{65535}}) {
    const Packet packet = decoded(eth().ipv4().udp({.length = length}).payload(10).build());
    CHECK(packet.malformed == Malformed::kNo);
    CHECK(packet.payload_bytes == 10);
    CHECK(packet.has_ports);
  }
}

TEST_CASE("ICMP belongs to IPv4 and ICMPv6 to IPv6; the other way round they are other") {
  const Packet v4 = decoded(eth().ipv4().icmp(3, 1).payload(28).build());
  CHECK(v4.transport == Transport::kIcmp);
  CHECK(v4.message_type == 3);
  CHECK(v4.message_code == 1);
  CHECK(v4.has_message);
  CHECK(decoded(eth().ipv6().icmpv6(135).payload(20).build()).transport == Transport::kIcmp);
  CHECK(decoded(eth().ipv6().icmp(8).build()).transport == Transport::kOther);
  CHECK(decoded(eth().ipv4().icmpv6(128).build()).transport == Transport::kOther);
  CHECK(payload_v6(1, 1).malformed == Malformed::kNo);
  CHECK(payload_v4(58, 1).malformed == Malformed::kNo);
}

TEST_CASE("OSPF tells version and type and counts as other") {
  const Packet packet = decoded(eth().ipv4().ospf(2, 4).build());
  CHECK(packet.transport == Transport::kOther);
  CHECK(packet.protocol == 89);
  CHECK(packet.message_code == 2);
  CHECK(packet.message_type == 4);
}

TEST_CASE("A tunnel is not unwrapped: its outer header counts") {
  const Packet gre = payload_v4(47, 30);
  CHECK(gre.transport == Transport::kOther);
  CHECK(gre.ip_bytes == 50);
  const Packet six_in_four = decoded(eth().ipv4().ipv6().udp().payload(32).build());
  CHECK(six_in_four.transport == Transport::kOther);
  CHECK(six_in_four.ip_bytes == 100);
  CHECK(six_in_four.network == Network::kIpv4);
  CHECK_FALSE(six_in_four.has_ports);
  CHECK(decoded(eth().ipv4().ipv4().tcp().build()).protocol == 4);
}

TEST_CASE("A transport header that the IP length is too short for is malformed and its protocol counts") {
  struct Case {
    std::uint8_t protocol;
    std::size_t smallest;
    Transport transport;
    bool is_v6;
  };
  const Case cases[] = {{6, 20, Transport::kTcp, false},   {6, 20, Transport::kTcp, true},
                        {17, 8, Transport::kUdp, false},   {17, 8, Transport::kUdp, true},
                        {1, 4, Transport::kIcmp, false},   {58, 4, Transport::kIcmp, true},
                        {89, 2, Transport::kOther, false}, {89, 2, Transport::kOther, true}};
  for (const Case& c : cases) {
    INFO(int{c.protocol} << (c.is_v6 ? " in IPv6" : " in IPv4"));
    for (std::size_t bytes = 1; bytes < c.smallest; ++bytes) {
      const Packet packet = c.is_v6 ? payload_v6(c.protocol, bytes) : payload_v4(c.protocol, bytes);
      CHECK(packet.malformed == Malformed::kTransportHeader);
      CHECK(packet.transport == c.transport);
      CHECK(packet.ip_bytes == (c.is_v6 ? 40 : 20) + bytes);
      CHECK_FALSE(packet.has_ports);
      CHECK_FALSE(packet.has_tcp_header);
      CHECK_FALSE(packet.has_message);
    }
    const Packet whole = c.is_v6 ? payload_v6(c.protocol, c.smallest) : payload_v4(c.protocol, c.smallest);
    CHECK(whole.malformed == Malformed::kNo);
  }
}

TEST_CASE("An IPv4 packet that is all header has a transport header too short") {
  for (const std::uint8_t protocol : {std::uint8_t{6}, std::uint8_t{17}, std::uint8_t{1}, std::uint8_t{89}}) {
    CHECK(payload_v4(protocol, 0).malformed == Malformed::kTransportHeader);
  }
  CHECK(payload_v4(47, 0).malformed == Malformed::kNo);
}

TEST_CASE("Padding does not complete a transport header") {
  const Packet packet = decoded(eth().ipv4({.protocol = 6}).payload(19).pad_to(60).build());
  CHECK(packet.malformed == Malformed::kTransportHeader);
  CHECK_FALSE(packet.has_ports);
}

TEST_CASE("Ports count when their four bytes were captured, a connection needs fourteen of TCP") {
  const Bytes tcp = eth().ipv4().tcp({.flags = tcp_flag::kSyn, .window = 99}).payload(10).build();
  for (std::size_t captured = 34; captured <= tcp.size(); ++captured) {
    INFO(captured);
    const Packet packet = decoded_cut(tcp, LinkType::kEthernet, captured, tcp.size());
    CHECK(packet.transport == Transport::kTcp);
    CHECK(packet.has_ports == (captured >= 38));
    CHECK(packet.has_tcp_header == (captured >= 48));
    CHECK(packet.tcp_window == (captured >= 50 ? 99 : 0));
    CHECK(packet.malformed == Malformed::kNo);
    CHECK(packet.ip_bytes == 50);
  }
}

TEST_CASE("Both directions of a conversation and all its fragments go to one shard") {
  for (std::uint32_t host = 1; host < 200; ++host) {
    const std::string a = "10.1." + std::to_string(host) + ".9";
    const std::string b = "2001:db8::" + std::to_string(host);
    const Packet out = decoded(eth().ipv4({.source = a}).udp().build());
    const Packet back = decoded(eth().ipv4({.source = "10.0.0.2", .destination = a}).tcp().build());
    const Packet later = decoded(eth().ipv4({.source = a, .protocol = 17, .offset_bytes = 80}).payload(9).build());
    const Packet out6 = decoded(eth().ipv6({.source = b}).udp().build());
    const Packet back6 = decoded(eth().ipv6({.source = "2001:db8::2", .destination = b}).icmpv6(128).build());
    for (std::uint32_t shards = 1; shards <= 8; ++shards) {
      CHECK(shard_of(out, shards) < shards);
      CHECK(shard_of(out, shards) == shard_of(back, shards));
      CHECK(shard_of(out, shards) == shard_of(later, shards));
      CHECK(shard_of(out6, shards) == shard_of(back6, shards));
    }
  }
}

TEST_CASE("An ICMP error goes to the shard of the packet that it quotes") {
  const Bytes quoted = PacketBuilder().ipv4({.source = "10.0.0.1", .destination = "192.0.2.77"}).udp().build();
  const Packet cause = decoded(eth().payload(Bytes{}).build());
  CHECK(shard_of(cause, 4) == 0);
  const Packet own = decoded(quoted, LinkType::kRaw);
  const Bytes quoted6 = PacketBuilder().ipv6({.destination = "2001:db8:9::5"}).udp().build();
  for (const int type : {3, 4, 5, 11, 12}) {
    const Ipv4 router{.source = "198.51.100.1", .destination = "10.0.0.1"};
    const auto error = eth().ipv4(router).icmp(static_cast<std::uint8_t>(type)).payload(quoted);
    CHECK(decoded(error.build()).address_fold == own.address_fold);
  }
  for (const int type : {1, 2, 3, 4}) {
    const auto error = eth().ipv6({.source = "2001:db8::99"}).icmpv6(static_cast<std::uint8_t>(type)).payload(quoted6);
    CHECK(decoded(error.build()).address_fold == decoded(quoted6, LinkType::kRaw).address_fold);
  }
  const Packet echo = decoded(eth().ipv4().icmp(8).payload(quoted).build());
  CHECK(echo.address_fold == decoded(eth().ipv4().udp().build()).address_fold);
}
