// SPDX-License-Identifier: GPL-2.0-or-later
// Prometheus: a Snapshot as prometheus-cpp's model, and as the text format 0.0.4.
#pragma once

#include <prometheus/metric_family.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/snapshot.hpp"

namespace iptraf::output {

inline constexpr const char* kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

/// Which collectors' families are wanted; those of the exporter itself have "" in its place.
using CollectorChoice = std::function<bool(std::string_view collector)>;

/// The families that have a value, in the order of the catalog. Any thread.
std::vector<prometheus::MetricFamily> to_metric_families(const Snapshot& snapshot, const CollectorChoice& is_chosen);

/// The page.
std::string to_prometheus_text(const Snapshot& snapshot, const CollectorChoice& is_chosen);

}  // namespace iptraf::output
