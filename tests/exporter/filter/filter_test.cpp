// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of judging: which rule decides about which packet.
#include "filter/filter.hpp"

#include "exporter/filter/filter_rules.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;
using filter::Filter;
using filter::Verdict;

namespace {

using FilterPointer = std::shared_ptr<const Filter>;

constexpr std::uint16_t kHttp = 80;
constexpr std::uint16_t kClient = 40000;

Packet tcp(const std::string& source, std::uint16_t source_port, const std::string& destination,
           std::uint16_t destination_port) {
  return decoded(PacketBuilder()
                     .eth()
                     .ipv4({.source = source, .destination = destination})
                     .tcp({.source = source_port, .destination = destination_port})
                     .build());
}

Packet udp(const std::string& source, std::uint16_t source_port, const std::string& destination,
           std::uint16_t destination_port) {
  return decoded(PacketBuilder()
                     .eth()
                     .ipv4({.source = source, .destination = destination})
                     .udp({.source = source_port, .destination = destination_port})
                     .build());
}

Packet ipv4(const std::string& source, const std::string& destination, std::uint8_t protocol = 253) {
  return decoded(PacketBuilder()
                     .eth()
                     .ipv4({.source = source, .destination = destination, .protocol = protocol})
                     .payload(64)
                     .build());
}

Packet ipv6(const std::string& source, const std::string& destination, std::uint8_t protocol = 253) {
  return decoded(PacketBuilder()
                     .eth()
                     .ipv6({.source = source, .destination = destination, .next_header = protocol})
                     .payload(64)
                     .build());
}

Packet arp() { return decoded(PacketBuilder().eth().arp().build()); }

bool passes(const FilterPointer& filter, const Packet& packet) { return filter->judge(packet, false).include; }

/// The traffic of the worked examples: requests come in, replies go out.
const std::vector<std::pair<std::string, Packet>>& traffic() {
  static const std::vector<std::pair<std::string, Packet>> kTraffic{
      {"tcp", tcp("10.0.0.1", kClient, "10.0.0.2", kHttp)},
      {"udp", udp("10.0.0.1", kClient, "10.0.0.2", 53)},
      {"icmp", decoded(PacketBuilder().eth().ipv4().icmp(8).payload(72).build())},
      {"udp6", decoded(PacketBuilder().eth().ipv6().udp({.source = 9, .destination = 53}).build())},
      {"arp", arp()},
      {"tcp9", tcp("10.0.0.9", kClient, "10.0.0.2", kHttp)},
      {"tcp reply", tcp("10.0.0.2", kHttp, "10.0.0.1", kClient)},
      {"udp reply", udp("10.0.0.2", 53, "10.0.0.1", kClient)},
  };
  return kTraffic;
}

/// The names of what passes, with ", " between them.
std::string passing(const FilterPointer& filter, bool is_tcp_both_ways = false) {
  std::string names;
  for (const auto& [name, packet] : traffic()) {
    if (filter->judge(packet, is_tcp_both_ways).include) names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

const std::string kEverything = "tcp, udp, icmp, udp6, arp, tcp9, tcp reply, udp reply";

}  // namespace

// The worked examples. IPTraf lets all IPv6 pass and has switches of its own for ARP; here a filter judges every
// packet.

TEST_CASE("A one-way rule for a port passes what goes to the port") {
  const auto filter = filter_of({"{protocol: [tcp], b: {port: 80}, action: include, both_ways: false}"});
  CHECK(passing(filter) == "tcp, tcp9");  // IPTraf: udp6 and arp too; and no TCP in the detailed statistics
}

TEST_CASE("A rule that matches both ways passes the reply") {
  const auto filter = filter_of({"{protocol: [tcp], b: {port: 80}, action: include, both_ways: true}"});
  CHECK(passing(filter) == "tcp, tcp9, tcp reply");  // IPTraf: udp6 and arp too
}

TEST_CASE("Both ways is the default") {
  CHECK(passing(filter_of({"{protocol: [tcp], b: {port: 80}, action: include}"})) == "tcp, tcp9, tcp reply");
}

TEST_CASE("The traffic monitor matches TCP both ways whatever the rule says") {
  const auto filter = filter_of({"{protocol: [tcp, udp], b: {port: [80, 53]}, action: include, both_ways: false}"});
  CHECK(passing(filter, true) == "tcp, udp, udp6, tcp9, tcp reply");  // not the UDP reply
  CHECK(passing(filter, false) == "tcp, udp, udp6, tcp9");
}

TEST_CASE("An exclude before an include of all takes its packets away") {
  const auto filter = filter_of({"{a: {address: 10.0.0.9/32}, action: exclude}", "{action: include}"});
  CHECK(passing(filter) == "tcp, udp, icmp, udp6, arp, tcp reply, udp reply");
}

TEST_CASE("The first matching rule decides") {
  const auto filter = filter_of({"{action: include}", "{a: {address: 10.0.0.9/32}, action: exclude}"});
  CHECK(passing(filter) == kEverything);
}

TEST_CASE("What no rule matches is excluded, so that excludes alone pass nothing") {
  const auto filter = filter_of({"{a: {address: 10.0.0.9/32}, action: exclude}"});
  CHECK(passing(filter).empty());  // IPTraf: IPv6 and ARP pass
  CHECK(filter->judge(traffic()[5].second, false) == Verdict{0, false});
  CHECK(filter->judge(traffic()[0].second, false) == Verdict{1, false});
  CHECK(filter->rule_count() == 1);
}

TEST_CASE("A rule whose protocols lack the packet's is skipped and decides nothing") {
  const auto filter = filter_of({"{protocol: [udp], a: {address: 10.0.0.9/32}, action: exclude}", "{action: include}"});
  CHECK(passing(filter) == kEverything);
  CHECK(filter->judge(traffic()[5].second, false) == Verdict{1, true});
}

TEST_CASE("A port range holds both its ends") {
  const auto range = filter_of({"{protocol: [udp], b: {port: 50-60}, action: include, both_ways: false}"});
  CHECK(passing(range) == "udp, udp6");  // IPTraf: arp too
  for (const std::uint16_t port : std::vector<std::uint16_t>{49, 50, 55, 60, 61}) {
    CAPTURE(port);
    CHECK(passes(range, udp("10.0.0.1", kClient, "10.0.0.2", port)) == (port >= 50 && port <= 60));
  }
}

TEST_CASE("Any of several ports and ranges matches") {
  const auto filter = filter_of({"{b: {port: [80, 8000-8080, 443, 1, 65535]}, action: include, both_ways: false}"});
  for (const std::uint16_t port : std::vector<std::uint16_t>{80, 8000, 8040, 8080, 443, 1, 65535}) {
    CAPTURE(port);
    CHECK(passes(filter, tcp("10.0.0.1", kClient, "10.0.0.2", port)));
    CHECK_FALSE(passes(filter, tcp("10.0.0.2", port, "10.0.0.1", kClient)));
  }
  for (const std::uint16_t port : std::vector<std::uint16_t>{2, 79, 81, 442, 444, 7999, 8081, 65534}) {
    CAPTURE(port);
    CHECK_FALSE(passes(filter, tcp("10.0.0.1", kClient, "10.0.0.2", port)));
  }
}

TEST_CASE("Exchanging source and destination exchanges addresses and ports together") {
  const auto filter =
      filter_of({"{a: {address: 10.0.0.1, port: 1000}, b: {address: 10.0.0.2, port: 2000}, action: include}"});
  CHECK(passes(filter, tcp("10.0.0.1", 1000, "10.0.0.2", 2000)));
  CHECK(passes(filter, tcp("10.0.0.2", 2000, "10.0.0.1", 1000)));
  CHECK_FALSE(passes(filter, tcp("10.0.0.1", 2000, "10.0.0.2", 1000)));
  CHECK_FALSE(passes(filter, tcp("10.0.0.2", 1000, "10.0.0.1", 2000)));
}

TEST_CASE("One way, the source is a and the destination is b") {
  const auto filter =
      filter_of({"{a: {address: 10.0.0.1}, b: {address: 10.0.0.2}, action: include, both_ways: false}"});
  CHECK(passes(filter, ipv4("10.0.0.1", "10.0.0.2")));
  CHECK_FALSE(passes(filter, ipv4("10.0.0.2", "10.0.0.1")));
}

TEST_CASE("A mask compares the bits that are set in it and need not be contiguous") {
  const auto low_bits = filter_of({"{a: {address: 0.0.0.1, mask: 0.0.0.3}, action: include, both_ways: false}"});
  CHECK(passes(low_bits, ipv4("10.0.0.1", "10.0.0.2")));
  CHECK(passes(low_bits, ipv4("10.0.0.9", "10.0.0.2")));
  CHECK(passes(low_bits, ipv4("192.168.7.5", "10.0.0.2")));
  CHECK_FALSE(passes(low_bits, ipv4("10.0.0.2", "10.0.0.1")));
  CHECK_FALSE(passes(low_bits, ipv4("10.0.0.3", "10.0.0.1")));

  const auto gap = filter_of({"{a: {address: 192.168.55.7, mask: 255.255.0.255}, action: include}"});
  CHECK(passes(gap, ipv4("192.168.0.7", "10.0.0.2")));
  CHECK(passes(gap, ipv4("10.0.0.2", "192.168.255.7")));
  CHECK_FALSE(passes(gap, ipv4("192.168.0.8", "10.0.0.2")));
  CHECK_FALSE(passes(gap, ipv4("192.169.0.7", "10.0.0.2")));
}

TEST_CASE("A mask of zeros stands for every IPv4 address, and for no IPv6 address") {
  const auto filter = filter_of({"{a: {address: 10.0.0.1, mask: 0.0.0.0}, action: include}"});
  CHECK(passing(filter) == "tcp, udp, icmp, tcp9, tcp reply, udp reply");
}

TEST_CASE("An IPv4 prefix compares its first bits") {
  const auto filter = filter_of({"{a: {address: 10.1.2.200/25}, action: include, both_ways: false}"});
  CHECK(passes(filter, ipv4("10.1.2.128", "10.0.0.2")));
  CHECK(passes(filter, ipv4("10.1.2.255", "10.0.0.2")));
  CHECK_FALSE(passes(filter, ipv4("10.1.2.127", "10.0.0.2")));
  CHECK_FALSE(passes(filter, ipv4("10.1.3.200", "10.0.0.2")));
}

TEST_CASE("An IPv6 prefix compares its first bits") {
  const auto filter = filter_of({"{a: {address: 2001:db8:8000::/33}, action: include, both_ways: false}"});
  CHECK(passes(filter, ipv6("2001:db8:8000::1", "fe80::1")));
  CHECK(passes(filter, ipv6("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::1")));
  CHECK_FALSE(passes(filter, ipv6("2001:db8:7fff::1", "fe80::1")));
  CHECK_FALSE(passes(filter, ipv6("2001:db9:8000::1", "fe80::1")));
  const auto beyond_a_word = filter_of({"{a: {address: 2001:db8::a:0:0:0/66}, action: include, both_ways: false}"});
  CHECK(passes(beyond_a_word, ipv6("2001:db8:0:0:a::1", "fe80::1")));
  CHECK_FALSE(passes(beyond_a_word, ipv6("2001:db8:0:0:400a::1", "fe80::1")));
}

TEST_CASE("A whole address is every bit of it") {
  const auto filter = filter_of({"{a: {address: 2001:db8::1}, action: include}"});
  CHECK(passes(filter, ipv6("2001:db8::1", "fe80::1")));
  CHECK(passes(filter, ipv6("fe80::1", "2001:db8::1")));
  CHECK_FALSE(passes(filter, ipv6("2001:db8::2", "fe80::1")));
  CHECK_FALSE(passes(filter, ipv6("a001:db8::1", "fe80::1")));
}

TEST_CASE("Addresses of one family never match the other") {
  const auto all_ipv4 = filter_of({"{a: {address: 0.0.0.0/0}, action: include}"});
  const auto all_ipv6 = filter_of({"{a: {address: \"::/0\"}, action: include}"});
  const Packet mapped = ipv6("::ffff:10.0.0.1", "::ffff:10.0.0.2");
  CHECK(passes(all_ipv4, ipv4("10.0.0.1", "10.0.0.2")));
  CHECK_FALSE(passes(all_ipv4, ipv6("2001:db8::1", "2001:db8::2")));
  CHECK_FALSE(passes(all_ipv4, mapped));
  CHECK_FALSE(passes(all_ipv6, ipv4("10.0.0.1", "10.0.0.2")));
  CHECK(passes(all_ipv6, ipv6("2001:db8::1", "2001:db8::2")));
  CHECK(passes(all_ipv6, mapped));
  CHECK_FALSE(passes(filter_of({"{a: {address: 10.0.0.1}, action: include}"}), mapped));
}

TEST_CASE("A rule with an address of each family matches nothing") {
  const auto filter = filter_of({"{a: {address: 0.0.0.0/0}, b: {address: \"::/0\"}, action: include}"});
  CHECK(passing(filter).empty());
}

TEST_CASE("A host name stands for all its addresses of both families") {
  const auto resolver = [](const std::string& host) {
    CHECK(host == "printer.example");
    return std::vector<IpAddress>{ip("10.0.0.1"), ip("10.0.0.9"), ip("2001:db8::2")};
  };
  const auto filter = filter_of({"{b: {address: printer.example}, action: include, both_ways: false}"}, resolver);
  CHECK(passes(filter, ipv4("10.0.0.5", "10.0.0.1")));
  CHECK(passes(filter, ipv4("10.0.0.5", "10.0.0.9")));
  CHECK(passes(filter, ipv6("2001:db8::1", "2001:db8::2")));
  CHECK_FALSE(passes(filter, ipv4("10.0.0.1", "10.0.0.5")));
  CHECK_FALSE(passes(filter, ipv6("2001:db8::2", "2001:db8::1")));
  CHECK_FALSE(passes(filter, ipv6("2001:db8::1", "::ffff:10.0.0.9")));
}

TEST_CASE("Ports of a rule are ignored for protocols other than TCP and UDP") {
  const auto filter = filter_of({"{a: {address: 10.0.0.1}, b: {port: 80}, action: include, both_ways: false}"});
  CHECK(passes(filter, ipv4("10.0.0.1", "10.0.0.2", 132)));
  CHECK(passes(filter, ipv4("10.0.0.1", "10.0.0.2", 1)));
  CHECK_FALSE(passes(filter, ipv4("10.0.0.2", "10.0.0.1", 132)));
}

TEST_CASE("A TCP or UDP packet without readable ports matches rules without ports only") {
  const auto filter = filter_of({"{b: {port: 1-65535}, action: exclude}", "{a: {port: 1-65535}, action: exclude}",
                                 "{protocol: [tcp, udp], action: include}"});
  const Packet later = decoded(PacketBuilder().eth().ipv4({.protocol = 17, .offset_bytes = 1480}).payload(100).build());
  REQUIRE(later.fragment == Fragment::kLater);
  CHECK(filter->judge(later, false) == Verdict{2, true});
  const Packet too_short = decoded(PacketBuilder().eth().ipv4({.protocol = 6}).payload(3).build());
  REQUIRE(too_short.malformed == Malformed::kTransportHeader);
  CHECK(filter->judge(too_short, true) == Verdict{2, true});
  CHECK(filter->judge(tcp("10.0.0.1", kClient, "10.0.0.2", kHttp), false) == Verdict{0, false});
}

TEST_CASE("A later fragment whose first was seen matches by the ports of its datagram") {
  const auto filter = filter_of({"{b: {port: 53}, action: include, both_ways: false}"});
  Packet later = decoded(PacketBuilder().eth().ipv4({.protocol = 17, .offset_bytes = 1480}).payload(100).build());
  CHECK_FALSE(passes(filter, later));
  later.has_ports = true;
  later.source_port = kClient;
  later.destination_port = 53;
  later.detail_kind = DetailKind::kDatagram;
  later.detail.datagram = {0, 0, Transport::kUdp};
  CHECK(passes(filter, later));
  later.destination_port = 54;
  CHECK_FALSE(passes(filter, later));
}

TEST_CASE("Ports of a datagram are judged although an IPv6 fragment hides its transport") {
  const auto filter = filter_of({"{b: {port: 80}, action: include, both_ways: false}"});
  Packet later = decoded(PacketBuilder().eth().ipv6().fragment(1480, false, 7).payload(Bytes(64), 60).build());
  REQUIRE(later.transport == Transport::kOther);
  REQUIRE(later.protocol == 60);
  CHECK(passes(filter, later));
  later.has_ports = true;
  later.source_port = kHttp;
  later.destination_port = kClient;
  later.detail_kind = DetailKind::kDatagram;
  later.detail.datagram = {0, 0, Transport::kTcp};
  CHECK_FALSE(filter->judge(later, false).include);
  CHECK(filter->judge(later, true).include);
}

TEST_CASE("The protocol of an IPv6 packet is the one behind its extension headers") {
  const Packet packet = decoded(PacketBuilder().eth().ipv6().extension(0).extension(60).tcp().build());
  CHECK(passes(filter_of({"{protocol: [tcp], action: include}"}), packet));
  CHECK_FALSE(passes(filter_of({"{protocol: [0, 60], action: include}"}), packet));
}

TEST_CASE("Protocols are names, numbers and ranges") {
  const auto filter = filter_of({"{protocol: [ospf, 46, 101-104, 0, 255], action: include}"});
  for (unsigned protocol = 0; protocol < 256; ++protocol) {
    const bool is_listed =
        protocol == 89 || protocol == 46 || (protocol >= 101 && protocol <= 104) || protocol == 0 || protocol == 255;
    CAPTURE(protocol);
    CHECK(passes(filter, ipv4("10.0.0.1", "10.0.0.2", static_cast<std::uint8_t>(protocol))) == is_listed);
  }
}

TEST_CASE("What is not IP matches a rule without any condition only") {
  CHECK(passes(filter_of({"{action: include}"}), arp()));
  CHECK(passes(filter_of({"{a: {address: any}, b: {address: any}, protocol: all, action: include}"}), arp()));
  CHECK(passes(filter_of({"{action: include, both_ways: false}"}), arp()));
  for (const std::string rule : {"{a: {address: 0.0.0.0/0}, action: include}",
                                 "{b: {address: \"::/0\"}, action: include}", "{a: {port: 1-65535}, action: include}",
                                 "{protocol: 0-255, action: include}", "{a: {address: 10.0.0.1}, action: include}"}) {
    CAPTURE(rule);
    CHECK(filter_of({rule})->judge(arp(), false) == Verdict{1, false});
  }
}

TEST_CASE("The first rule without any condition decides about what is not IP") {
  const auto filter = filter_of({"{protocol: [tcp], action: include}", "{action: exclude}", "{action: include}"});
  CHECK(filter->judge(arp(), false) == Verdict{1, false});
  CHECK(filter->judge(arp(), true) == Verdict{1, false});
  CHECK(filter->judge(decoded(PacketBuilder().eth().llc(0x42, 0x42).payload(40).build()), false) == Verdict{1, false});
}

TEST_CASE("A packet whose IP header cannot be trusted is judged as if it were not IP") {
  const Packet wrong_checksum = decoded(PacketBuilder().eth().ipv4({.checksum = Checksum::kWrong}).tcp().build());
  const Packet wrong_version = decoded(PacketBuilder().eth().ipv6({.version = 7}).tcp().build());
  REQUIRE_FALSE(has_trusted_ip(wrong_checksum));
  REQUIRE_FALSE(has_trusted_ip(wrong_version));
  const auto filter = filter_of({"{a: {address: 10.0.0.1}, action: include}", "{protocol: [tcp], action: include}",
                                 "{b: {port: 80}, action: include}", "{action: exclude}"});
  CHECK(filter->judge(wrong_checksum, false) == Verdict{3, false});
  CHECK(filter->judge(wrong_version, true) == Verdict{3, false});
}

TEST_CASE("A filter tells its name and the actions of its rules") {
  const auto filter = filter_of({"{protocol: [tcp], action: include}", "{action: exclude}"});
  CHECK(filter->name() == "web");
  CHECK(filter->rule_count() == 2);
  CHECK(filter->includes(0));
  CHECK_FALSE(filter->includes(1));
  CHECK_FALSE(filter->includes(2));
}

TEST_CASE("The names icmp and icmpv6 mean the protocol in its own version of IP, numbers mean both") {
  Packet v4 = decoded(PacketBuilder().eth().ipv4({.protocol = 58}).payload(8).build());
  Packet v6 = decoded(PacketBuilder().eth().ipv6({.next_header = 1}).payload(8).build());
  const auto includes = [](const std::string& word, const Packet& packet) {
    config::FilterRule rule;
    rule.protocols = {word};
    return filter::Filter::compile("f", {rule}, filter::system_resolver())->judge(packet, false).include;
  };
  CHECK_FALSE(includes("icmpv6", v4));
  CHECK_FALSE(includes("icmp", v6));
  CHECK(includes("58", v4));
  CHECK(includes("1", v6));
  CHECK(includes("icmp", decoded(PacketBuilder().eth().ipv4().icmp(8).payload(8).build())));
  CHECK(includes("icmpv6", decoded(PacketBuilder().eth().ipv6().icmpv6(128).payload(8).build())));
}
