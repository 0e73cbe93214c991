// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of a filter's use on a shard: counts, taking over counts, remembered verdicts.
#include "filter/shard_filter.hpp"

#include "exporter/filter/filter_rules.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;
using filter::Filter;
using filter::ShardFilter;
using filter::Verdict;

namespace {

Packet tcp_to(std::uint16_t port) { return decoded(PacketBuilder().eth().ipv4().tcp({.destination = port}).build()); }

/// More rules than are judged without remembering. They match ports 1 to 9, then 80.
std::shared_ptr<const Filter> long_filter() {
  std::vector<config::FilterRule> rules;
  for (const std::uint16_t port : std::vector<std::uint16_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 80}) {
    config::FilterRule rule;
    rule.b.ports = {{port, port}};
    rule.include = port == 80;
    rules.push_back(rule);
  }
  return Filter::compile("long", rules, refuse_host_names);
}

/// The rule that counted one packet more, and whether it passed.
Verdict verdict_of_passes(ShardFilter& filter, const Packet& packet) {
  const std::size_t rules = filter.filter().rule_count();
  std::vector<std::uint64_t> before;
  for (std::size_t rule = 0; rule <= rules; ++rule) before.push_back(filter.packets(rule));
  Verdict verdict;
  verdict.include = filter.passes(packet);
  int changed = 0;
  for (std::size_t rule = 0; rule <= rules; ++rule) {
    if (filter.packets(rule) == before[rule]) continue;
    ++changed;
    CHECK(filter.packets(rule) == before[rule] + packet.segments);
    verdict.rule = static_cast<std::uint16_t>(rule);
  }
  CHECK(changed == 1);
  return verdict;
}

}  // namespace

TEST_CASE("Each packet counts for the rule that decided, or for the implied exclude") {
  ShardFilter filter(filter_of({"{b: {port: 22}, action: exclude}", "{b: {port: 80}, action: include}"}), false);
  CHECK(filter.passes(tcp_to(80)));
  CHECK(filter.passes(tcp_to(80)));
  CHECK_FALSE(filter.passes(tcp_to(22)));
  CHECK_FALSE(filter.passes(tcp_to(443)));
  CHECK_FALSE(filter.passes(tcp_to(443)));
  CHECK_FALSE(filter.passes(tcp_to(443)));
  CHECK(filter.packets(0) == 1);
  CHECK(filter.packets(1) == 2);
  CHECK(filter.packets(2) == 3);
}

TEST_CASE("A super-packet counts as its packets on the wire, remembered or not") {
  ShardFilter filter(long_filter(), false);
  Packet packet = tcp_to(80);
  packet.segments = 44;
  CHECK(filter.passes(packet));
  packet.segments = 3;
  CHECK(filter.passes(packet));
  CHECK(filter.packets(9) == 47);
  CHECK(filter.packets(10) == 0);
}

TEST_CASE("A new filter goes on with the counts of the one that it replaces") {
  ShardFilter before(filter_of({"{b: {port: 22}, action: exclude}", "{b: {port: 80}, action: include}"}), false);
  for (int i = 0; i < 5; ++i) before.passes(tcp_to(22));
  for (int i = 0; i < 7; ++i) before.passes(tcp_to(80));
  before.passes(tcp_to(443));

  ShardFilter longer(
      filter_of({"{b: {port: 23}, action: exclude}", "{b: {port: 80}, action: include}", "{action: include}"}), false);
  longer.adopt_counts(before);
  longer.passes(tcp_to(443));
  CHECK(longer.packets(0) == 5);
  CHECK(longer.packets(1) == 7);
  CHECK(longer.packets(2) == 1);
  CHECK(longer.packets(3) == 1);
}

TEST_CASE("A rule that goes and comes back goes on where it was") {
  ShardFilter before(filter_of({"{b: {port: 22}, action: exclude}", "{action: include}"}), false);
  for (int i = 0; i < 4; ++i) before.passes(tcp_to(80));
  ShardFilter shorter(filter_of({"{b: {port: 22}, action: exclude}"}), false);
  shorter.adopt_counts(before);
  shorter.passes(tcp_to(80));
  CHECK(shorter.packets(0) == 0);
  CHECK(shorter.packets(1) == 1);
  ShardFilter again(filter_of({"{b: {port: 22}, action: exclude}", "{action: include}"}), false);
  again.adopt_counts(shorter);
  CHECK(again.packets(1) == 4);
  CHECK(again.packets(2) == 1);
}

TEST_CASE("What a verdict depends on is remembered apart") {
  const auto judged = Filter::compile("all",
                                      rules_of({"{protocol: [udp], b: {port: 80}, action: exclude, both_ways: false}",
                                                "{a: {address: 10.0.0.0/8}, b: {port: 80}, action: include, "
                                                "both_ways: false}",
                                                "{b: {port: 1}, action: exclude}", "{b: {port: 2}, action: exclude}",
                                                "{b: {port: 3}, action: exclude}", "{b: {port: 4}, action: exclude}"}),
                                      refuse_host_names);
  ShardFilter filter(judged, false);
  const Packet tcp = tcp_to(80);
  Packet udp = tcp;
  udp.transport = Transport::kUdp;
  udp.protocol = 17;
  Packet mapped = tcp;
  mapped.network = Network::kIpv6;
  Packet reply = tcp;
  std::swap(reply.source, reply.destination);
  std::swap(reply.source_port, reply.destination_port);
  for (int round = 0; round < 3; ++round) {
    CHECK(verdict_of_passes(filter, tcp) == Verdict{1, true});
    CHECK(verdict_of_passes(filter, udp) == Verdict{0, false});
    CHECK(verdict_of_passes(filter, mapped) == Verdict{6, false});
    CHECK(verdict_of_passes(filter, reply) == Verdict{6, false});
  }
}

TEST_CASE("More flows than verdicts can be remembered are judged right") {
  ShardFilter filter(long_filter(), false);
  std::uint64_t expected = 0;
  for (int round = 0; round < 3; ++round) {
    for (std::uint32_t port = 1; port < 20'000; ++port) {
      Packet packet = tcp_to(80);
      packet.source_port = static_cast<std::uint16_t>(port);
      if (port % 2 == 0) packet.destination_port = 81;
      const bool is_included = port > 9 && (port % 2 != 0 || port == 80);
      CHECK(filter.passes(packet) == is_included);
      expected += is_included ? 1 : 0;
    }
  }
  CHECK(filter.packets(9) == expected);
}
