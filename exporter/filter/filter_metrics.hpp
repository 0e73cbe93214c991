// SPDX-License-Identifier: GPL-2.0-or-later
// What the rules of the filters decided, as a metric.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/metric.hpp"
#include "core/snapshot.hpp"
#include "filter/filter.hpp"

namespace iptraf::filter {

/// Label `rule` is the number of the rule in the file, from 1, or `implied`.
inline constexpr MetricDesc kFilterPackets{
    "iptraf_filter_packets_total",
    MetricKind::kCounter,
    {{"filter", nullptr}, {"rule", nullptr}, {"action", nullptr}},
    "Packets that a rule of a filter decided about, summed over the collectors that use the filter; rule implied is "
    "the exclude at the end."};

/// The counts of one filter: one collector's, or a sum.
struct FilterTotals {
  std::shared_ptr<const Filter> filter;
  std::vector<std::uint64_t> packets;  ///< by rule, then the implied exclude's
  /// What rules decided while they had the other action, before a reload; by rule.
  std::vector<std::uint64_t> packets_before{};
};

/// Adds a series for each rule of each filter, 0 included; totals of the same filter are summed.
/// Threading: the asking thread.
void add_filter_metrics(Snapshot& snapshot, std::span<const FilterTotals> totals);

}  // namespace iptraf::filter
