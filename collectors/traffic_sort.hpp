// SPDX-License-Identifier: GPL-2.0-or-later
// Parameter `sort` of pages whose rows have packets and bytes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "core/rows.hpp"

namespace iptraf::collectors {

enum class TrafficSort : std::size_t { kBytes, kPackets };
inline constexpr std::array<std::string_view, 2> kTrafficSortWords{"bytes", "packets"};
inline constexpr RowParameter kTrafficSortParameter{"sort", kTrafficSortWords};

/// The rows stay in their order unless a sort is asked for; then the largest come first, equal ones in their order.
template <typename Row>
void sort_by_traffic(std::vector<Row>& rows, const RowQuery& query) {
  const auto sort = query.choice(kTrafficSortParameter.name);
  if (!sort) return;
  const auto size = [by_bytes = static_cast<TrafficSort>(*sort) == TrafficSort::kBytes](const Row& row) {
    return by_bytes ? row.bytes() : row.packets();
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return size(a) > size(b); });
}

}  // namespace iptraf::collectors
