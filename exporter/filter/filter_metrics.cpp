// SPDX-License-Identifier: GPL-2.0-or-later
// Counts of rules to labelled values.
#include "filter/filter_metrics.hpp"

#include <map>
#include <string>
#include <tuple>

namespace iptraf::filter {
namespace {

/// The labels, in an order that is the page's: rules by number, the implied exclude last.
struct SeriesKey {
  std::string filter;
  bool is_implied = false;
  std::size_t rule = 0;
  bool is_include = false;

  friend bool operator<(const SeriesKey& left, const SeriesKey& right) {
    const auto order = [](const SeriesKey& key) {
      return std::tie(key.filter, key.is_implied, key.rule, key.is_include);
    };
    return order(left) < order(right);
  }
};

SeriesKey key_of(const Filter& filter, std::size_t rule) {
  const bool is_implied = rule == filter.rule_count();
  return {filter.name(), is_implied, is_implied ? 0 : rule, filter.includes(rule)};
}

}  // namespace

void add_filter_metrics(Snapshot& snapshot, std::span<const FilterTotals> totals) {
  std::map<SeriesKey, std::uint64_t> sums;
  for (const FilterTotals& total : totals) {
    for (std::size_t rule = 0; rule < total.packets.size(); ++rule) {
      sums[key_of(*total.filter, rule)] += total.packets[rule];
    }
    for (std::size_t rule = 0; rule < total.packets_before.size(); ++rule) {
      if (total.packets_before[rule] == 0) continue;
      SeriesKey key = key_of(*total.filter, rule);
      key.is_include = !key.is_include;
      sums[key] += total.packets_before[rule];
    }
  }
  for (const auto& [key, packets] : sums) {
    snapshot.add_text(
        kFilterPackets,
        {key.filter, key.is_implied ? "implied" : std::to_string(key.rule + 1), key.is_include ? "include" : "exclude"},
        static_cast<double>(packets));
  }
}

}  // namespace iptraf::filter
