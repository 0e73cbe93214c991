// SPDX-License-Identifier: GPL-2.0-or-later
// Snapshot: all shards at one moment, merged and sorted; the only thing that outputs see.
#include "core/snapshot.hpp"

#include <algorithm>

namespace iptraf {
namespace {

void merge_into(Sample& to, const Sample& from) {
  to.value = to.metric->merge == Merge::kSum ? to.value + from.value : std::max(to.value, from.value);
}

void merge_into(HistogramSample& to, const HistogramSample& from) {
  for (std::size_t i = 0; i < to.counts.size(); ++i) to.counts.at(i) += from.counts.at(i);
  to.sum += from.sum;
}

/// Sorts by labels and makes one of those that are equal.
template <typename T>
void merge_equal_labels(std::vector<T>& values) {
  const auto by_labels = [](const T& a, const T& b) { return a.labels < b.labels; };
  if (!std::is_sorted(values.begin(), values.end(), by_labels)) {
    std::stable_sort(values.begin(), values.end(), by_labels);
  }
  auto kept = values.begin();
  for (auto next = values.begin(); next != values.end(); ++next) {
    if (next == kept) continue;
    if (next->labels == kept->labels) {
      merge_into(*kept, *next);
    } else {
      *++kept = *next;
    }
  }
  if (kept != values.end()) values.erase(kept + 1, values.end());
}

}  // namespace

Snapshot::Snapshot(std::shared_ptr<const View> view, std::span<const SampleSet* const> shards,
                   const DeviceArray& devices)
    : view_(std::move(view)), devices_(devices) {
  for (const CatalogEntry& entry : view_->catalog) {
    index_.emplace(entry.metric, families_.size());
    families_.push_back({entry.metric, entry.collector, {}, {}, {}});
  }
  for (const SampleSet* shard : shards) {
    for (const Sample& sample : shard->samples) {
      if (Family* family = find(*sample.metric)) family->samples.push_back(sample);
    }
    for (const HistogramSample& histogram : shard->histograms) {
      if (Family* family = find(*histogram.metric)) family->histograms.push_back(histogram);
    }
  }
  for (Family& family : families_) {
    merge_equal_labels(family.samples);
    merge_equal_labels(family.histograms);
  }
}

Family* Snapshot::find(const MetricDesc& metric) noexcept {
  const auto found = index_.find(&metric);
  return found == index_.end() ? nullptr : &families_[found->second];
}

const Family& Snapshot::family(const MetricDesc& metric) const noexcept {
  static const Family kEmpty{};
  const auto found = index_.find(&metric);
  return found == index_.end() ? kEmpty : families_[found->second];
}

const std::vector<std::unique_ptr<RowSet>>& Snapshot::rows(std::string_view collector) const noexcept {
  static const std::vector<std::unique_ptr<RowSet>> kNone;
  const auto found = rows_.find(collector);
  return found == rows_.end() ? kNone : found->second;
}

std::uint64_t Snapshot::value(const MetricDesc& metric, std::initializer_list<std::uint64_t> labels) const noexcept {
  LabelValues wanted{};
  std::copy_n(labels.begin(), std::min(labels.size(), wanted.size()), wanted.begin());
  const std::vector<Sample>& samples = family(metric).samples;
  const auto found = std::lower_bound(samples.begin(), samples.end(), wanted,
                                      [](const Sample& sample, const LabelValues& w) { return sample.labels < w; });
  return found != samples.end() && found->labels == wanted ? found->value : 0;
}

bool Snapshot::add_text(const MetricDesc& metric, std::vector<std::string> labels, double value) {
  Family* family = find(metric);
  if (family == nullptr) return false;
  family->texts.push_back({std::move(labels), value});
  return true;
}

std::size_t Snapshot::series_count() const noexcept {
  std::size_t count = 0;
  for (const Family& family : families_) {
    count += family.samples.size() + family.texts.size();
    for (const HistogramSample& histogram : family.histograms) count += histogram.bound_count + 3;
  }
  return count;
}

}  // namespace iptraf
