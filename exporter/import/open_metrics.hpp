// SPDX-License-Identifier: GPL-2.0-or-later
// OpenMetricsText: series with their past as OpenMetrics text.
#pragma once

#include <cstdint>
#include <ctime>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/metric.hpp"

namespace iptraf::importer {

/// Holds all samples: the text wants each family, and each series in it, in one piece.
/// Source: OpenMetrics 1.0, "Overall structure" and "Timestamps".
class OpenMetricsText {
 public:
  /// Label values in the order of the descriptor; an empty one is left out. Times of a series rise from call to call.
  void add(const MetricDesc& metric, const std::vector<std::string>& labels, std::time_t seconds, std::uint64_t value);

  /// Families and series in the order of their names, and the end mark. The same samples give the same text.
  void write(std::ostream& out) const;

  std::size_t series_count() const;

 private:
  using Samples = std::vector<std::pair<std::time_t, std::uint64_t>>;

  struct Family {
    const MetricDesc* metric = nullptr;
    std::map<std::string, Samples> series;  ///< by the labels' text
  };

  std::map<std::string_view, Family> families_;
};

}  // namespace iptraf::importer
