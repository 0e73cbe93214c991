// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the rows of collector `ip_traffic`: what a line shows of each kind of packet, which lines, in which order.
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "collectors/reference_frames.hpp"
#include "collectors/traffic_page.hpp"
#include "config/forms.hpp"
#include "output/json.hpp"
#include "support/catch.hpp"
#include "support/dns_message.hpp"
#include "support/dns_server.hpp"
#include "support/run_offline.hpp"

using namespace iptraf;
using namespace iptraf::test;
using namespace iptraf::test::traffic;

namespace {

using Json = nlohmann::json;

Json rows(Chain& chain, const RowQuery& query = {}) {
  const auto snapshot = chain.pipeline().snapshot(true);
  output::JsonRows array(ip_traffic().open_rows(*snapshot, query));
  std::string text;
  while (array.append_to(text, 4096)) {
  }
  return Json::parse(text);
}

RowQuery of_protocol(const std::string& word) {
  const RowParameter& parameter = ip_traffic().parameters.front();
  const auto found = std::find(parameter.words.begin(), parameter.words.end(), word);
  REQUIRE(found != parameter.words.end());
  RowQuery query;
  query.choices.push_back({"protocol", static_cast<std::size_t>(found - parameter.words.begin())});
  return query;
}

RowQuery limited(std::size_t limit, RowQuery query = {}) {
  query.limit = limit;
  return query;
}

/// The one row that a packet makes.
Json row_of(const Packet& packet) {
  LiveChain chain;
  std::vector<Packet> packets{packet};
  packets[0].time = 1'700'000'000'250'000'000;
  chain.feed(packets);
  const Json all = rows(chain.chain());
  REQUIRE(all.size() == 1);
  return all.at(0);
}
Json row_of(const PacketBuilder& frame) { return row_of(decoded(frame.build())); }

/// UDP packets whose source port is their number, a second after each other.
std::vector<Packet> numbered(std::uint16_t first, std::uint16_t last) {
  std::vector<Packet> packets;
  for (std::uint16_t number = first; number <= last; ++number) {
    packets.push_back(decoded(eth().ipv4().udp({.source = number}).build()));
    packets.back().time = number * kNanosecondsPerSecond;
  }
  return packets;
}

std::vector<int> numbers(const Json& all) {
  std::vector<int> ports;
  for (const Json& row : all) ports.push_back(row.at("from_port").get<int>());
  return ports;
}

std::vector<int> range(int first, int last) {
  std::vector<int> all;
  for (int number = first; number <= last; ++number) all.push_back(number);
  return all;
}

}  // namespace

TEST_CASE("A UDP packet is a row of addresses, ports and the IP bytes") {
  CHECK(row_of(eth().ipv4().udp({.source = 5353, .destination = 53}).payload(72)) == Json{{"time", 1700000000.25},
                                                                                          {"device", "vB"},
                                                                                          {"protocol", "udp"},
                                                                                          {"type", ""},
                                                                                          {"detail", ""},
                                                                                          {"size", 100},
                                                                                          {"from", "10.0.0.1"},
                                                                                          {"from_port", 5353},
                                                                                          {"from_name", ""},
                                                                                          {"to", "10.0.0.2"},
                                                                                          {"to_port", 53},
                                                                                          {"to_name", ""},
                                                                                          {"mac", kMacA}});
}

TEST_CASE("An ARP request is a row of MAC addresses and of whom it looks for") {
  CHECK(row_of(PacketBuilder().eth({.destination = "ff:ff:ff:ff:ff:ff"}).arp(1).pad_to(60)) ==
        Json{{"time", 1700000000.25},
             {"device", "vB"},
             {"protocol", "arp"},
             {"type", "request"},
             {"detail", "10.0.0.2"},
             {"size", 60},
             {"from", kMacA},
             {"from_name", ""},
             {"to", "ff:ff:ff:ff:ff:ff"},
             {"to_name", ""},
             {"mac", kMacA}});
}

TEST_CASE("Replies tell who replies, and RARP tells of MAC addresses") {
  const auto detail = [](const PacketBuilder& frame) { return row_of(frame).at("detail"); };
  CHECK(detail(eth().arp(2)) == "10.0.0.1");
  CHECK(detail(eth().rarp(3)) == "00:00:00:00:00:00");
  CHECK(detail(eth().rarp(4)) == kMacA);
  CHECK(detail(eth().arp(9)) == "");
  CHECK(row_of(eth().arp(9)).at("type") == "other");
  CHECK(row_of(eth().rarp(3)).at("protocol") == "rarp");
  CHECK(row_of(eth().rarp(3)).at("type") == "rarp_request");
}

TEST_CASE("ICMP rows have the type, and unreachable its code") {
  const Json echo = row_of(eth().ipv4().icmp(8).payload(20));
  CHECK(echo.at("protocol") == "icmp");
  CHECK(echo.at("type") == "echo_request");
  CHECK(echo.at("detail") == "");
  CHECK(echo.at("size") == 48);
  CHECK_FALSE(echo.contains("from_port"));
  const Json port = row_of(eth().ipv4().icmp(3, 3).payload(PacketBuilder().ipv4().tcp().build()));
  CHECK(port.at("type") == "dest_unreach");
  CHECK(port.at("detail") == "port");
  const Json route = row_of(eth().ipv6({.source = "fe80::1", .destination = "2001:db8:0:0:1::2"}).icmpv6(1, 0));
  CHECK(route.at("protocol") == "icmpv6");
  CHECK(route.at("type") == "dest_unreach");
  CHECK(route.at("detail") == "no_route");
  CHECK(route.at("from") == "fe80::1");
  CHECK(route.at("to") == "2001:db8::1:0:0:2");
  CHECK(row_of(eth().ipv4().icmp(200)).at("type") == "unknown");
  CHECK(row_of(eth().ipv4().icmp(3, 99)).at("detail") == "unknown");
}

TEST_CASE("OSPF rows have the type, the area and the router") {
  const Bytes router_and_area{1, 2, 3, 4, 0, 0, 0, 10, 0, 0, 0, 0};
  const Json hello = row_of(eth().ipv4().ospf(2, 1).payload(router_and_area));
  CHECK(hello.at("protocol") == "ospf");
  CHECK(hello.at("type") == "hello");
  CHECK(hello.at("detail") == "area 0.0.0.10 router 1.2.3.4");
  const Json cut = row_of(eth().ipv6().ospf(3, 5));
  CHECK(cut.at("type") == "ls_ack");
  CHECK(cut.at("detail") == "");
}

TEST_CASE("What is not IP is a row of its EtherType") {
  const Json lldp = row_of(PacketBuilder().eth({.type = 0x88cc}).payload(46));
  CHECK(lldp.at("protocol") == "non_ip");
  CHECK(lldp.at("type") == "lldp");
  CHECK(lldp.at("size") == 60);
  CHECK(lldp.at("from") == kMacA);
  CHECK(lldp.at("to") == kMacB);
  CHECK(row_of(PacketBuilder().eth({.type = 0x1234}).payload(46)).at("type") == "0x1234");
  CHECK(row_of(eth().llc(0x42, 0x42).payload(43)).at("type") == "llc");
}

TEST_CASE("A MAC address that was not captured is left empty") {
  const Json ppp = row_of(decoded(PacketBuilder().ppp(0xc021).payload(10).build(), LinkType::kPpp));
  CHECK(ppp.at("type") == "link");
  CHECK(ppp.at("from") == "");
  CHECK(ppp.at("to") == "");
  CHECK(ppp.at("mac") == "");
  const Json cooked = row_of(decoded(PacketBuilder().sll(0, 0x88cc).payload(46).build(), LinkType::kLinuxSll));
  CHECK(cooked.at("from") == kMacA);
  CHECK(cooked.at("to") == "");
  CHECK(cooked.at("mac") == kMacA);
}

TEST_CASE("Other protocols have their number as detail") {
  const Json other = row_of(eth().ipv4({.protocol = 253}).payload(40));
  CHECK(other.at("protocol") == "other");
  CHECK(other.at("type") == "");
  CHECK(other.at("detail") == "protocol 253");
  CHECK(row_of(eth().ipv6({.next_header = 1}).payload(40)).at("detail") == "protocol 1");
  CHECK(row_of(eth().ipv4({.protocol = 47}).payload(40)).at("detail") == "");
}

TEST_CASE("A message that was not captured leaves type and detail empty") {
  for (const PacketBuilder& frame : {eth().ipv4().icmp(3, 3), eth().ipv4().ospf(2, 1), eth().arp(1)}) {
    const Bytes bytes = frame.build();
    const std::size_t captured = bytes[12] == 8 && bytes[13] == 0 ? 35 : 20;
    const Json row = row_of(decoded_cut(bytes, LinkType::kEthernet, captured, bytes.size()));
    CHECK(row.at("type") == "");
    CHECK(row.at("detail") == "");
  }
}

TEST_CASE("A later fragment has its datagram's ports where they are known and is called fragment where not") {
  const Bytes first =
      eth().ipv4({.id = 9, .has_more = true}).udp({.source = 4000, .destination = 69}).payload(392).build();
  const Bytes later = eth().ipv4({.protocol = 17, .id = 9, .offset_bytes = 400}).payload(100).build();
  LiveChain chain;
  chain.feed({decoded(later), decoded(first), decoded(later)});
  const Json all = rows(chain.chain());
  REQUIRE(all.size() == 3);
  CHECK(all.at(0).at("type") == "fragment");
  CHECK_FALSE(all.at(0).contains("to_port"));
  CHECK(all.at(1).at("type") == "");
  CHECK(all.at(1).at("size") == 420);
  CHECK(all.at(2).at("type") == "");
  CHECK(all.at(2).at("from_port") == 4000);
  CHECK(all.at(2).at("to_port") == 69);
  CHECK(all.at(2).at("size") == 120);
  CHECK(row_of(eth().ipv4({.protocol = 1, .offset_bytes = 64}).payload(16)).at("type") == "fragment");
}

TEST_CASE("A super-packet is one row with all its bytes") {
  Packet packet = decoded(eth().ipv4().udp().payload(3000).build());
  packet.segments = 3;
  packet.ip_bytes = 3084;
  CHECK(row_of(packet).at("size") == 3084);
}

TEST_CASE("TCP, untrusted headers and what the settings leave out have no rows") {
  ChainSettings settings;
  settings.config.collectors.ip_traffic.arp = false;
  settings.config.collectors.ip_traffic.protocols = {"tcp", "icmp"};
  LiveChain chain(settings);
  chain.feed({decoded(eth().ipv4().tcp().build()), decoded(eth().ipv4().udp().build()), decoded(eth().arp().build()),
              decoded(eth().ipv4({.checksum = Checksum::kWrong}).icmp(8).build()),
              decoded(eth().ipv4().icmp(8).build())});
  const Json all = rows(chain.chain());
  REQUIRE(all.size() == 1);
  CHECK(all.at(0).at("protocol") == "icmp");
}

TEST_CASE("The newest 512 packets are rows, the newest last") {
  LiveChain chain;
  CHECK(rows(chain.chain()).empty());
  chain.feed(numbered(1, 512));
  CHECK(numbers(rows(chain.chain())) == range(1, 512));
  chain.feed(numbered(513, 514));
  CHECK(numbers(rows(chain.chain())) == range(3, 514));
  chain.feed(numbered(515, 2000));
  CHECK(numbers(rows(chain.chain())) == range(1489, 2000));
}

TEST_CASE("A limit keeps the newest") {
  LiveChain chain;
  chain.feed(numbered(1, 600));
  CHECK(numbers(rows(chain.chain(), limited(3))) == range(598, 600));
  CHECK(rows(chain.chain(), limited(0)).empty());
  CHECK(rows(chain.chain(), limited(100000)).size() == 512);
}

TEST_CASE("A protocol chooses among the newest 512, and the limit among the chosen") {
  LiveChain chain;
  std::vector<Packet> packets = numbered(1, 510);
  for (const Bytes& frame : {eth().arp(1).build(), eth().rarp(3).build(),
                             PacketBuilder().eth({.type = 0x88cc}).payload(46).build(), eth().ipv4().icmp(8).build()}) {
    packets.insert(packets.begin() + 500, decoded(frame));
    packets[500].time = 500 * kNanosecondsPerSecond;
  }
  chain.feed(packets);
  CHECK(numbers(rows(chain.chain(), of_protocol("udp"))) == range(3, 510));
  CHECK(numbers(rows(chain.chain(), limited(2, of_protocol("udp")))) == range(509, 510));
  for (const char* word : {"arp", "rarp", "non_ip", "icmp"}) {
    const Json chosen = rows(chain.chain(), limited(5, of_protocol(word)));
    REQUIRE(chosen.size() == 1);
    CHECK(chosen.at(0).at("protocol") == word);
  }
  CHECK(rows(chain.chain(), of_protocol("tcp")).empty());
}

TEST_CASE("A device chooses its rows, and one whose slot begins a new life has none") {
  LiveChain chain;
  for (int i = 1; i < kMaxDevices; ++i) {
    chain.devices().admit("eth" + std::to_string(i), LinkKind::kEthernet, 1500, true);
  }
  std::vector<Packet> packets = numbered(1, 4);
  packets[1].device = packets[3].device = 7;
  chain.feed(packets);
  RowQuery query;
  query.device = 7;
  CHECK(numbers(rows(chain.chain(), query)) == std::vector<int>{2, 4});
  CHECK(rows(chain.chain(), query).at(0).at("device") == "eth7");
  chain.devices().set_gone(chain.device());
  chain.devices().admit("vB2", LinkKind::kEthernet, 1500, true);
  chain.feed(numbered(5, 5));
  const Json all = rows(chain.chain());
  CHECK(numbers(all) == std::vector<int>{2, 4, 5});
  CHECK(all.at(2).at("device") == "vB2");
}

TEST_CASE("The rows of all shards are merged by time, and 512 of them remain") {
  std::vector<MemorySource*> shards;
  Chain chain({}, [&](DeviceTable& devices) {
    devices.admit("vB", LinkKind::kEthernet, 1500, true);
    Sources sources;
    for (int i = 0; i < 2; ++i) {
      auto source = std::make_unique<MemorySource>();
      shards.push_back(source.get());
      sources.push_back(std::move(source));
    }
    return sources;
  });
  chain.start();
  std::vector<Packet> odd;
  std::vector<Packet> even;
  for (const Packet& packet : numbered(1, 600)) (packet.source_port % 2 == 0 ? even : odd).push_back(packet);
  shards[0]->push(odd);
  shards[1]->push(even);
  for (MemorySource* shard : shards) shard->wait_until_read();
  chain.snapshot();
  CHECK(numbers(rows(chain)) == range(89, 600));
}

TEST_CASE("A reload keeps the rows that there are") {
  LiveChain chain;
  chain.feed(numbered(1, 2));
  config::Config config;
  config.collectors.ip_traffic.protocols = {"icmp"};
  chain.chain().pipeline().change(prepare(config));
  chain.feed(numbered(3, 4));
  CHECK(numbers(rows(chain.chain())) == range(1, 2));
}

TEST_CASE("Host names stand beside addresses once they are looked up, and never beside MAC addresses") {
  const DnsRecord name{dns_name("host.example")};
  DnsServer server([&](const Bytes& query) { return std::vector<Bytes>{dns_reply(query, {name})}; });
  names::HostNamesOptions options;
  options.servers = {server.address()};
  ChainSettings settings;
  settings.names.hosts = std::make_shared<names::HostNames>(options);
  LiveChain chain(settings);
  chain.feed({decoded(eth().ipv4().udp().build()), decoded(eth().arp(1).build())});
  CHECK(rows(chain.chain()).at(0).at("from_name") == "");
  REQUIRE(settings.names.hosts->wait_for_lookups(2, std::chrono::seconds(10)));
  const Json all = rows(chain.chain());
  CHECK(all.at(0).at("from") == "10.0.0.1");
  CHECK(all.at(0).at("from_name") == "host.example");
  CHECK(all.at(0).at("to_name") == "host.example");
  CHECK(all.at(1).at("from_name") == "");
  CHECK(settings.names.hosts->counters().queries == 2);
}

TEST_CASE("The JSON document has the rows under packets") {
  const Json document = Json::parse(run_frames(vector_v()).json);
  const Json& packets = document.at("packets");
  REQUIRE(packets.size() == 3);
  CHECK(packets.at(0).at("protocol") == "udp");
  CHECK(packets.at(0).at("time") == 1700000000.003);
  CHECK(packets.at(1).at("protocol") == "arp");
  CHECK(packets.at(2).at("protocol") == "icmpv6");
}

TEST_CASE("The protocol parameter takes what the configuration takes, and arp, rarp and non_ip") {
  const auto words = ip_traffic().parameters.front().words;
  std::string expected = "a protocol (";
  for (const std::string_view word : words.first(words.size() - 3)) expected += std::string(word) + ' ';
  expected.back() = ')';
  CHECK(config::traffic_protocol_form().expected == expected);
  CHECK(words[words.size() - 3] == "arp");
  CHECK(words[words.size() - 2] == "rarp");
  CHECK(words[words.size() - 1] == "non_ip");
}
