// SPDX-License-Identifier: GPL-2.0-or-later
// Filter: one of IPTraf's display filters, compiled once, shared by threads, judging packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/packet.hpp"
#include "filter/compiler.hpp"
#include "filter/resolver.hpp"
#include "filter/rule_table.hpp"

namespace iptraf::filter {

/// What a filter says of a packet, and which of its rules said so.
struct Verdict {
  std::uint16_t rule = 0;  ///< from 0; Filter::rule_count() is the implied exclude at the end
  bool include = false;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// The transport that the ports of a packet belong to: its own, or its datagram's for a later fragment whose first was
/// seen. Ports are judged for TCP and UDP alone (IPTraf manual, "Filters").
constexpr Transport port_transport(const Packet& packet) noexcept {
  return packet.has_ports ? port_totals(packet).transport : packet.transport;
}

/// Rules are tried in order and the first that matches decides; what no rule matches is excluded. A rule matches
/// when the source is `a` and the destination is `b`, addresses and ports, or the other way round when the rule says
/// so, and its protocols hold the packet's (behind IPv6 extension headers). Of a TCP or UDP packet whose ports are not
/// known a rule with ports does not match; of other protocols the ports of a rule are ignored. A packet without an IP
/// header that can be trusted matches a rule without any condition only.
///
/// Immutable. Threading: any thread.
class Filter {
 public:
  /// Resolves host names, which may block; each stands for all its addresses. Throws FilterError, which names every
  /// rule that cannot be compiled.
  static std::shared_ptr<const Filter> compile(const std::string& name, const std::vector<config::FilterRule>& rules,
                                               const Resolver& resolver);

  const std::string& name() const noexcept { return name_; }
  std::size_t rule_count() const noexcept { return table_.rules.size(); }

  /// The action of a rule; false for rule_count(), the implied exclude.
  bool includes(std::size_t rule) const noexcept { return rule < rule_count() && table_.rules[rule].is_include; }

  /// With `is_tcp_both_ways` every rule matches TCP packets both ways, as in IPTraf's traffic monitor.
  Verdict judge(const Packet& packet, bool is_tcp_both_ways) const noexcept;

 private:
  Filter(std::string name, RuleTable table);
  Verdict verdict_of(std::size_t rule) const noexcept;

  std::string name_;
  RuleTable table_;
  Verdict not_ip_;  ///< of what only rules without condition match
};

}  // namespace iptraf::filter
