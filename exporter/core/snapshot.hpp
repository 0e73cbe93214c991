// SPDX-License-Identifier: GPL-2.0-or-later
// Snapshot: all shards at one moment, merged and sorted; the only thing that outputs see.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/device.hpp"
#include "core/metric.hpp"
#include "core/sample.hpp"

namespace iptraf {

/// A value whose labels are text already: names, versions, words that no shard knows.
struct TextSample {
  std::vector<std::string> labels;
  double value = 0;
};

/// One metric with all that is known of it, sorted by label values.
struct Family {
  const MetricDesc* metric = nullptr;
  std::string_view collector;  ///< empty: the exporter's own
  std::vector<Sample> samples;
  std::vector<HistogramSample> histograms;
  std::vector<TextSample> texts;
};

/// Which metrics there are, in the order of the page.
struct CatalogEntry {
  const MetricDesc* metric = nullptr;
  std::string_view collector;
};
using Catalog = std::vector<CatalogEntry>;

/// Immutable once it is handed out; shared by everyone who asked at the same time.
class Snapshot {
 public:
  /// Merges the shards' samples by the rule in each descriptor. A sample of a metric outside the catalog is
  /// dropped.
  Snapshot(const Catalog& catalog, std::span<const SampleSet* const> shards, const DeviceArray& devices);

  const std::vector<Family>& families() const noexcept { return families_; }
  const DeviceArray& devices() const noexcept { return devices_; }
  LabelContext label_context() const noexcept { return {devices_.data()}; }

  /// The family of a metric; empty when the catalog lacks it.
  const Family& family(const MetricDesc& metric) const noexcept;

  /// The value for these labels; 0 when there is none.
  std::uint64_t value(const MetricDesc& metric, std::initializer_list<std::uint64_t> labels) const noexcept;

  /// Adds a value that did not come from a shard; false when the catalog lacks the metric.
  bool add_text(const MetricDesc& metric, std::vector<std::string> labels, double value);

  /// Series that the snapshot becomes on a page.
  std::size_t series_count() const noexcept;

 private:
  Family* find(const MetricDesc& metric) noexcept;

  std::vector<Family> families_;
  std::unordered_map<const MetricDesc*, std::size_t> index_;
  DeviceArray devices_;
};

}  // namespace iptraf
