// SPDX-License-Identifier: GPL-2.0-or-later
// All collectors there are, from the registration list.
#include "collectors/registry.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "core/table_metrics.hpp"

namespace iptraf::collectors {

#define IPTRAF_COLLECTOR(name) extern const CollectorSpec name##_collector;
#include "collectors/collectors.def"
#undef IPTRAF_COLLECTOR

namespace {

#define IPTRAF_COLLECTOR(name) &name##_collector,
constexpr const CollectorSpec* kAll[] = {
#include "collectors/collectors.def"
};
#undef IPTRAF_COLLECTOR

}  // namespace

std::span<const CollectorSpec* const> all() { return kAll; }

std::vector<const CollectorSpec*> enabled(const config::Collectors& settings) {
  std::vector<const CollectorSpec*> specs;
  std::copy_if(std::begin(kAll), std::end(kAll), std::back_inserter(specs),
               [&](const CollectorSpec* spec) { return spec->settings(settings).enabled; });
  return specs;
}

Catalog catalog_of(std::span<const CollectorSpec* const> specs) {
  Catalog catalog;
  for (const CollectorSpec* spec : specs) {
    for (const MetricDesc* metric : spec->metrics) catalog.push_back({metric, spec->name});
  }
  for (const MetricDesc* metric : kTableMetrics) catalog.push_back({metric, {}});
  return catalog;
}

}  // namespace iptraf::collectors
