// SPDX-License-Identifier: GPL-2.0-or-later
// Judging a packet: facts first, then one rule after the other.
#include "filter/filter.hpp"

#include <algorithm>
#include <utility>

namespace iptraf::filter {
namespace {

/// Whether ports of rules are looked at, and whether there are any to look at.
enum class Ports : std::uint8_t { kIgnored, kKnown, kUnknown };

Ports ports_of(const Packet& packet) noexcept {
  const Transport transport = port_transport(packet);
  if (transport != Transport::kTcp && transport != Transport::kUdp) return Ports::kIgnored;
  return packet.has_ports ? Ports::kKnown : Ports::kUnknown;
}

/// One side of a packet.
struct PacketSide {
  AddressWords address;
  std::uint16_t port;
};

bool matches(const AddressMatch& match, const AddressWords& address, std::uint8_t family) noexcept {
  const std::uint64_t first = (address.first & match.mask.first) ^ match.value.first;
  const std::uint64_t second = (address.second & match.mask.second) ^ match.value.second;
  return (match.families & family) != 0 && (first | second) == 0;
}

bool contains(const config::PortRange& range, std::uint16_t port) noexcept {
  return range.first <= port && port <= range.last;
}

/// A packet that is IP, as rules see it.
class Candidate {
 public:
  Candidate(const RuleTable& table, const Packet& packet) noexcept
      : table_(table),
        source_{words_of(packet.source), packet.source_port},
        destination_{words_of(packet.destination), packet.destination_port},
        ports_(ports_of(packet)),
        family_(packet.network == Network::kIpv4 ? kIpv4Family : kIpv6Family) {}

  bool matches_forward(const RuleMatch& rule) const noexcept {
    return is_at(rule.a, source_) && is_at(rule.b, destination_);
  }
  bool matches_backward(const RuleMatch& rule) const noexcept {
    return is_at(rule.a, destination_) && is_at(rule.b, source_);
  }

 private:
  bool is_at(const EndpointMatch& endpoint, const PacketSide& side) const noexcept {
    return has_address(endpoint, side.address) && has_port(endpoint, side.port);
  }

  bool has_address(const EndpointMatch& endpoint, const AddressWords& address) const noexcept {
    if (matches(endpoint.address, address, family_)) return true;
    for (std::uint32_t i = endpoint.more_addresses.begin; i < endpoint.more_addresses.end; ++i) {
      if (matches(table_.more_addresses[i], address, family_)) return true;
    }
    return false;
  }

  bool has_port(const EndpointMatch& endpoint, std::uint16_t port) const noexcept {
    if (!endpoint.has_ports || ports_ == Ports::kIgnored) return true;
    if (ports_ == Ports::kUnknown) return false;
    if (contains(endpoint.ports, port)) return true;
    for (std::uint32_t i = endpoint.more_ports.begin; i < endpoint.more_ports.end; ++i) {
      if (contains(table_.more_ports[i], port)) return true;
    }
    return false;
  }

  const RuleTable& table_;
  PacketSide source_;
  PacketSide destination_;
  Ports ports_;
  std::uint8_t family_;
};

}  // namespace

std::shared_ptr<const Filter> Filter::compile(const std::string& name, const std::vector<config::FilterRule>& rules,
                                              const Resolver& resolver) {
  return std::shared_ptr<const Filter>(new Filter(name, compile_rules(name, rules, resolver)));
}

Filter::Filter(std::string name, RuleTable table) : name_(std::move(name)), table_(std::move(table)) {
  const auto catch_all =
      std::find_if(table_.rules.begin(), table_.rules.end(), [](const RuleMatch& rule) { return rule.is_catch_all; });
  not_ip_ = verdict_of(static_cast<std::size_t>(catch_all - table_.rules.begin()));
}

Verdict Filter::verdict_of(std::size_t rule) const noexcept {
  return {static_cast<std::uint16_t>(rule), includes(rule)};
}

Verdict Filter::judge(const Packet& packet, bool is_tcp_both_ways) const noexcept {
  if (!has_trusted_ip(packet)) return not_ip_;
  const Candidate candidate(table_, packet);
  const bool is_always_both_ways = is_tcp_both_ways && port_transport(packet) == Transport::kTcp;
  const std::size_t protocol = protocol_index(packet.protocol, packet.network == Network::kIpv6);
  std::size_t index = 0;
  for (; index < table_.rules.size(); ++index) {
    const RuleMatch& rule = table_.rules[index];
    if (!rule.protocols[protocol]) continue;
    if (candidate.matches_forward(rule)) break;
    if ((rule.is_both_ways || is_always_both_ways) && candidate.matches_backward(rule)) break;
  }
  return verdict_of(index);
}

}  // namespace iptraf::filter
