// SPDX-License-Identifier: GPL-2.0-or-later
// The families that every bounded table reports itself in.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/labels.hpp"
#include "core/sample.hpp"

namespace iptraf {

/// Label `table`.
enum class Table : std::uint8_t { kTcp, kService, kLanStation, kFragment, kEthertype };
inline constexpr std::array<std::string_view, 5> kTableWords{"tcp", "service", "lan_station", "fragment", "ethertype"};

/// Why an entry went, or why a newcomer got none. Label `reason`.
enum class Eviction : std::uint8_t { kClosed, kHalfOpen, kIdle, kExpired, kFull, kBudget };
inline constexpr std::array<std::string_view, 6> kEvictionWords{"closed",  "half_open", "idle",
                                                                "expired", "full",      "budget"};

inline constexpr LabelDesc kTableLabel{"table", format_word<kTableWords>};

inline constexpr MetricDesc kTableEntries{"iptraf_table_entries",
                                          MetricKind::kGauge,
                                          {kTableLabel},
                                          "Entries in use in a bounded table, over all devices and threads."};
inline constexpr MetricDesc kTableCapacity{"iptraf_table_capacity",
                                           MetricKind::kGauge,
                                           {kTableLabel},
                                           "Entries that a bounded table has room for, over all devices and threads."};
inline constexpr MetricDesc kTableEvictions{
    "iptraf_table_evictions_total",
    MetricKind::kCounter,
    {kTableLabel, {"reason", format_word<kEvictionWords>}},
    "Entries removed from a bounded table, and newcomers that got no entry and count as other."};

inline constexpr std::array<const MetricDesc*, 3> kTableMetrics{&kTableEntries, &kTableCapacity, &kTableEvictions};

inline void add_table(SampleWriter& out, Table table, std::uint64_t entries, std::uint64_t capacity) {
  out.add(kTableEntries, {static_cast<std::uint64_t>(table)}, entries);
  out.add(kTableCapacity, {static_cast<std::uint64_t>(table)}, capacity);
}

inline void add_evictions(SampleWriter& out, Table table, Eviction reason, std::uint64_t count) {
  out.add(kTableEvictions, {static_cast<std::uint64_t>(table), static_cast<std::uint64_t>(reason)}, count);
}

}  // namespace iptraf
