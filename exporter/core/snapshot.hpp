// SPDX-License-Identifier: GPL-2.0-or-later
// Snapshot: all shards at one moment, merged and sorted; the only thing that outputs see.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/device.hpp"
#include "core/metric.hpp"
#include "core/rows.hpp"
#include "core/sample.hpp"

namespace iptraf {

struct CollectorSpec;
namespace names {
struct NameTables;
}

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

/// What a snapshot shows, and by which names. A reload puts a new one in its place; snapshots keep theirs.
struct View {
  Catalog catalog;
  std::vector<const CollectorSpec*> collectors;  ///< the enabled ones, in the order of the page
  std::shared_ptr<const names::NameTables> names;
};

/// Immutable once it is handed out; shared by everyone who asked at the same time.
class Snapshot {
 public:
  /// Merges the shards' samples by the rule in each descriptor. A sample of a metric outside the view's catalog is
  /// dropped.
  Snapshot(std::shared_ptr<const View> view, std::span<const SampleSet* const> shards, const DeviceArray& devices);

  const std::vector<const CollectorSpec*>& collectors() const noexcept { return view_->collectors; }
  const names::NameTables& names() const noexcept { return *view_->names; }

  /// One collector's rows, one RowSet for each shard. Empty when the snapshot was taken without rows.
  const std::vector<std::unique_ptr<RowSet>>& rows(std::string_view collector) const noexcept;
  void add_rows(std::string_view collector, std::unique_ptr<RowSet> rows) {
    rows_[collector].push_back(std::move(rows));
  }

  const std::vector<Family>& families() const noexcept { return families_; }
  const DeviceArray& devices() const noexcept { return devices_; }

  /// The collectors' clock when the shards answered, the latest shard's: see Collector::on_clock().
  Timestamp time() const noexcept { return time_; }
  void set_time(Timestamp time) noexcept { time_ = time; }
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

  std::shared_ptr<const View> view_;
  std::vector<Family> families_;
  std::unordered_map<const MetricDesc*, std::size_t> index_;
  std::map<std::string_view, std::vector<std::unique_ptr<RowSet>>> rows_;
  DeviceArray devices_;
  Timestamp time_ = 0;
};

}  // namespace iptraf
