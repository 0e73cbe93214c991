// SPDX-License-Identifier: GPL-2.0-or-later
// Random rules and packets: compiled, remembered, and read as plainly as possible, a filter says the same.
#include <algorithm>
#include <map>
#include <random>

#include "config/addresses.hpp"
#include "exporter/filter/filter_rules.hpp"
#include "filter/protocols.hpp"
#include "filter/shard_filter.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;
using filter::Filter;
using filter::ShardFilter;
using filter::Verdict;

namespace {

const std::vector<std::string> kHostAddresses{"10.0.0.2", "192.168.4.7", "2001:db8::2"};

std::vector<IpAddress> resolve_host(const std::string& /*host*/) {
  std::vector<IpAddress> addresses;
  for (const std::string& text : kHostAddresses) addresses.push_back(ip(text));
  return addresses;
}

// The reference: reads the words of the rules anew for every packet. Slow, and so plain that it can be seen to be
// right.

bool is_first_bits_equal(const IpAddress& left, const IpAddress& right, std::size_t from, std::size_t bits) {
  for (std::size_t bit = from; bit < from + bits; ++bit) {
    const unsigned mask = 0x80U >> bit % 8;
    if ((left[bit / 8] & mask) != (right[bit / 8] & mask)) return false;
  }
  return true;
}

/// `text` is an address or a prefix.
bool is_in_network(const std::string& text, const IpAddress& address, Network network) {
  const std::size_t slash = text.find('/');
  const IpAddress base = ip(text.substr(0, slash));
  const bool is_ipv6 = text.find(':') != std::string::npos;
  if (is_ipv6 != (network == Network::kIpv6)) return false;
  const std::size_t whole = is_ipv6 ? 128 : 32;
  const std::size_t bits = slash == std::string::npos ? whole : std::stoul(text.substr(slash + 1));
  return is_first_bits_equal(base, address, 128 - whole, bits);
}

bool is_address(const config::FilterEndpoint& endpoint, const IpAddress& address, Network network) {
  if (endpoint.address == "any") return true;
  if (endpoint.address == "host.example") {
    return std::any_of(kHostAddresses.begin(), kHostAddresses.end(),
                       [&](const std::string& text) { return is_in_network(text, address, network); });
  }
  if (endpoint.mask.empty()) return is_in_network(endpoint.address, address, network);
  if (network != Network::kIpv4) return false;
  const IpAddress value = ip(endpoint.address);
  const IpAddress mask = ip(endpoint.mask);
  for (std::size_t i = 12; i < 16; ++i) {
    if ((value[i] & mask[i]) != (address[i] & mask[i])) return false;
  }
  return true;
}

/// The transport whose ports rules are to look at.
Transport transport_of(const Packet& packet) {
  return packet.detail_kind == DetailKind::kDatagram ? packet.detail.datagram.transport : packet.transport;
}

bool is_port(const config::FilterEndpoint& endpoint, std::uint16_t port, const Packet& packet) {
  const Transport transport = transport_of(packet);
  if (transport != Transport::kTcp && transport != Transport::kUdp) return true;
  if (endpoint.ports.empty()) return true;
  if (!packet.has_ports) return false;
  return std::any_of(endpoint.ports.begin(), endpoint.ports.end(),
                     [port](const config::PortRange& range) { return port >= range.first && port <= range.last; });
}

bool is_between(const config::FilterEndpoint& from, const config::FilterEndpoint& to, const Packet& packet) {
  return is_address(from, packet.source, packet.network) && is_port(from, packet.source_port, packet) &&
         is_address(to, packet.destination, packet.network) && is_port(to, packet.destination_port, packet);
}

bool is_protocol(const std::vector<std::string>& words, std::uint8_t protocol, bool is_ipv6) {
  if (words.empty()) return true;
  return std::any_of(words.begin(), words.end(), [protocol, is_ipv6](const std::string& word) {
    if (word == (is_ipv6 ? "icmp" : "icmpv6")) return false;
    const auto range = filter::parse_protocols(word).value();
    return protocol >= range.first && protocol <= range.last;
  });
}

bool has_no_condition(const config::FilterRule& rule) {
  return rule.protocols.empty() && rule.a == config::FilterEndpoint{} && rule.b == config::FilterEndpoint{};
}

bool is_match(const config::FilterRule& rule, const Packet& packet, bool is_tcp_both_ways) {
  if (packet.transport == Transport::kNone) return has_no_condition(rule);
  if (!is_protocol(rule.protocols, packet.protocol, packet.network == Network::kIpv6)) return false;
  const bool is_both_ways = rule.both_ways || (is_tcp_both_ways && transport_of(packet) == Transport::kTcp);
  return is_between(rule.a, rule.b, packet) || (is_both_ways && is_between(rule.b, rule.a, packet));
}

Verdict reference_verdict(const std::vector<config::FilterRule>& rules, const Packet& packet, bool is_tcp_both_ways) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (is_match(rules[i], packet, is_tcp_both_ways)) return {static_cast<std::uint16_t>(i), rules[i].include};
  }
  return {static_cast<std::uint16_t>(rules.size()), false};
}

/// Rules and packets from few addresses, ports and protocols, so that they often meet.
class RandomTraffic {
 public:
  explicit RandomTraffic(std::uint32_t seed) : engine_(seed) {}

  std::size_t below(std::size_t bound) { return engine_() % bound; }
  bool flip() { return below(2) == 0; }

  std::vector<config::FilterRule> rules() {
    std::vector<config::FilterRule> rules(below(16));
    for (config::FilterRule& rule : rules) {
      for (std::size_t i = below(4); i > 1; --i) rule.protocols.push_back(one_of(kProtocolWords));
      rule.a = endpoint();
      rule.b = endpoint();
      rule.include = flip();
      rule.both_ways = flip();
    }
    return rules;
  }

  Packet packet() {
    Packet packet;
    packet.segments = static_cast<std::uint32_t>(1 + below(3));
    if (below(12) == 0) {
      packet.network = one_of(kNetworks);  // not IP, or not to be trusted
      return packet;
    }
    packet.network = flip() ? Network::kIpv4 : Network::kIpv6;
    const bool is_ipv4 = packet.network == Network::kIpv4;
    packet.source = ip(one_of(is_ipv4 ? kIpv4Addresses : kIpv6Addresses));
    packet.destination = ip(one_of(is_ipv4 ? kIpv4Addresses : kIpv6Addresses));
    put_transport(packet);
    return packet;
  }

 private:
  inline static const std::vector<std::string> kProtocolWords{"tcp", "udp",  "icmp",  "icmpv6",
                                                              "17",  "6-17", "0-255", "60"};
  inline static const std::vector<std::string> kIpv4Addresses{"10.0.0.1",    "10.0.0.2",    "10.0.0.9",
                                                              "192.168.4.7", "192.168.5.7", "192.168.4.8"};
  inline static const std::vector<std::string> kIpv6Addresses{"2001:db8::1", "2001:db8::2", "2001:db8:1::1",
                                                              "fe80::1",     "::1",         "::ffff:10.0.0.1"};
  inline static const std::vector<std::string> kRuleAddresses{
      "any",         "any",           "any",  "10.0.0.1",    "10.0.0.0/8",    "10.0.0.0/30", "0.0.0.0/0",
      "192.168.4.7", "host.example",  "::/0", "2001:db8::1", "2001:db8::/32", "fe80::/10",   "2001:db8::/127",
      "10.0.0.8/29", "192.168.0.0/21"};
  inline static const std::vector<std::string> kMasks{"0.0.0.3", "255.255.0.255", "255.0.0.1", "0.0.0.0",
                                                      "255.255.255.255"};
  inline static const std::vector<std::uint16_t> kPorts{1, 53, 80, 8000, 8080, 65535};
  inline static const std::vector<Network> kNetworks{Network::kIpv4, Network::kIpv6, Network::kArp, Network::kOther};

  template <typename Value>
  const Value& one_of(const std::vector<Value>& values) {
    return values[below(values.size())];
  }

  config::FilterEndpoint endpoint() {
    config::FilterEndpoint endpoint;
    if (below(5) == 0) {
      endpoint.address = one_of(kIpv4Addresses);
      endpoint.mask = one_of(kMasks);
    } else {
      endpoint.address = one_of(kRuleAddresses);
    }
    for (std::size_t i = below(5); i > 2; --i) {
      const std::uint16_t first = one_of(kPorts);
      const std::uint16_t last = one_of(kPorts);
      endpoint.ports.push_back({std::min(first, last), std::max(first, last)});
    }
    return endpoint;
  }

  void put_transport(Packet& packet) {
    static const std::vector<std::pair<std::uint8_t, Transport>> kTransports{
        {6, Transport::kTcp},   {6, Transport::kTcp},     {17, Transport::kUdp},   {1, Transport::kIcmp},
        {58, Transport::kIcmp}, {132, Transport::kOther}, {60, Transport::kOther}, {43, Transport::kOther}};
    const auto& [protocol, transport] = one_of(kTransports);
    packet.protocol = protocol;
    packet.transport = transport;
    const bool is_hidden_later_fragment = (protocol == 60 || protocol == 43) && flip();
    packet.has_ports = is_hidden_later_fragment || ((protocol == 6 || protocol == 17) && below(5) != 0);
    if (is_hidden_later_fragment) {
      packet.fragment = Fragment::kLater;
      packet.detail_kind = DetailKind::kDatagram;
      packet.detail.datagram = {0, 0, flip() ? Transport::kTcp : Transport::kUdp};
    }
    packet.source_port = one_of(kPorts);
    packet.destination_port = one_of(kPorts);
  }

  std::mt19937 engine_;
};

}  // namespace

TEST_CASE("Compiled, remembered and read as plainly as possible, a filter gives the same verdicts") {
  constexpr int kFilters = 200;
  constexpr int kPackets = 4000;
  RandomTraffic random(20240229);
  std::map<bool, int> verdicts;
  for (int round = 0; round < kFilters; ++round) {
    CAPTURE(round);
    const std::vector<config::FilterRule> rules = random.rules();
    const auto compiled = Filter::compile("random", rules, resolve_host);
    const bool is_tcp_both_ways = random.flip();
    ShardFilter shard(compiled, is_tcp_both_ways);
    std::vector<std::uint64_t> counts(rules.size() + 1);
    int judged_otherwise = 0;
    int passed_otherwise = 0;
    for (int i = 0; i < kPackets; ++i) {
      const Packet packet = random.packet();
      const Verdict expected = reference_verdict(rules, packet, is_tcp_both_ways);
      counts[expected.rule] += packet.segments;
      ++verdicts[expected.include];
      if (compiled->judge(packet, is_tcp_both_ways) != expected) ++judged_otherwise;
      if (shard.passes(packet) != expected.include) ++passed_otherwise;
    }
    CHECK(judged_otherwise == 0);
    CHECK(passed_otherwise == 0);
    for (std::size_t rule = 0; rule < counts.size(); ++rule) CHECK(shard.packets(rule) == counts[rule]);
  }
  CHECK(verdicts[true] > 100'000);
  CHECK(verdicts[false] > 100'000);
}
