// SPDX-License-Identifier: GPL-2.0-or-later
// What a shard hands over when a snapshot is asked for: plain numbers, no text.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "core/metric.hpp"

namespace iptraf {

using LabelValues = std::array<std::uint64_t, kMaxLabels>;

/// One value of a counter or gauge.
struct Sample {
  const MetricDesc* metric = nullptr;
  LabelValues labels{};
  std::uint64_t value = 0;
};

inline constexpr std::size_t kMaxBuckets = 24;

/// One histogram: counts[i] of bounds[i] are not cumulative; the last bucket, +Inf, has no bound. The sum is kept as a
/// whole number of `1 / sum_divisor`, so that adding shards up in any order gives the same.
struct HistogramSample {
  const MetricDesc* metric = nullptr;
  LabelValues labels{};
  std::size_t bound_count = 0;
  std::array<double, kMaxBuckets> bounds{};
  std::array<std::uint64_t, kMaxBuckets + 1> counts{};
  std::uint64_t sum = 0;
  std::uint64_t sum_divisor = 1;

  double sum_value() const noexcept { return static_cast<double>(sum) / static_cast<double>(sum_divisor); }
};

struct SampleSet {
  std::vector<Sample> samples;
  std::vector<HistogramSample> histograms;

  void clear() noexcept {
    samples.clear();
    histograms.clear();
  }
};

/// Appends to a SampleSet whose memory is kept from snapshot to snapshot.
class SampleWriter {
 public:
  explicit SampleWriter(SampleSet& set, std::uint64_t question = 0) : set_(set), question_(question) {}

  /// What the samples answer: SnapshotGate::question(), the same on every shard.
  std::uint64_t question() const noexcept { return question_; }

  void add(const MetricDesc& metric, std::initializer_list<std::uint64_t> labels, std::uint64_t value) {
    Sample sample{&metric, {}, value};
    copy_labels(labels, sample.labels);
    set_.samples.push_back(sample);
  }

  /// `counts` has one more element than `bounds`.
  void add_histogram(const MetricDesc& metric, std::initializer_list<std::uint64_t> labels,
                     std::span<const double> bounds, std::span<const std::uint64_t> counts, std::uint64_t sum,
                     std::uint64_t sum_divisor = 1) {
    HistogramSample histogram;
    histogram.metric = &metric;
    copy_labels(labels, histogram.labels);
    histogram.bound_count = bounds.size();
    for (std::size_t i = 0; i < bounds.size(); ++i) histogram.bounds.at(i) = bounds[i];
    for (std::size_t i = 0; i < counts.size(); ++i) histogram.counts.at(i) = counts[i];
    histogram.sum = sum;
    histogram.sum_divisor = sum_divisor;
    set_.histograms.push_back(histogram);
  }

 private:
  static void copy_labels(std::initializer_list<std::uint64_t> from, LabelValues& to) {
    std::size_t i = 0;
    for (const std::uint64_t value : from) to.at(i++) = value;
  }

  SampleSet& set_;
  const std::uint64_t question_;
};

}  // namespace iptraf
