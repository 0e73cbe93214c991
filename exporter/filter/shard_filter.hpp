// SPDX-License-Identifier: GPL-2.0-or-later
// ShardFilter: one collector's use of a Filter on one shard: counts what each rule decided, remembers verdicts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/packet.hpp"
#include "filter/filter.hpp"

namespace iptraf::filter {

/// Threading: one shard, like the collector that it belongs to.
class ShardFilter {
 public:
  /// `is_tcp_both_ways`: see Filter::judge(). Takes all memory that it will ever have.
  ShardFilter(std::shared_ptr<const Filter> filter, bool is_tcp_both_ways);

  /// Judges and counts.
  bool passes(const Packet& packet) noexcept;

  /// Packets on the wire that the rule decided about; rule_count() is the implied exclude.
  std::uint64_t packets(std::size_t rule) const noexcept;

  /// The same for one action: a rule of an earlier filter of this name may have had the other one.
  std::uint64_t packets(std::size_t rule, bool is_include) const noexcept;

  /// Goes on with the counts of a filter that this one replaces, rule by rule. Counts of rules that this filter has not
  /// are kept for the one that replaces it in turn.
  void adopt_counts(const ShardFilter& other);

  const Filter& filter() const noexcept { return *filter_; }
  const std::shared_ptr<const Filter>& shared_filter() const noexcept { return filter_; }

 private:
  /// All that a verdict about a packet with ports depends on; all zero: none.
  using FlowKey = std::array<std::uint64_t, 5>;

  /// A verdict that was given. Entries are replaced by the next flow that falls on their place.
  struct Remembered {
    FlowKey key{};
    Verdict verdict;
  };

  static FlowKey key_of(const Packet& packet) noexcept;
  std::size_t place_of(const FlowKey& key) const noexcept;
  Verdict judge(const Packet& packet) noexcept;

  std::shared_ptr<const Filter> filter_;
  bool is_tcp_both_ways_;
  std::vector<std::uint64_t> counts_;  ///< the implied exclude's, then by rule; for each action
  std::vector<Remembered> remembered_;
  std::array<std::uint64_t, 10> hash_keys_{};
};

}  // namespace iptraf::filter
