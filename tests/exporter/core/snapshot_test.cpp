// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of Snapshot: merging by the metric's rule, sorting, look-up, and what the catalog lacks.
#include "core/snapshot.hpp"

#include "core/labels.hpp"
#include "support/catch.hpp"

using namespace iptraf;

namespace {

constexpr MetricDesc kSummed{"iptraf_test_total", MetricKind::kCounter, {kDeviceLabel, {"n", format_number}}, "Help."};
constexpr MetricDesc kHighest{"iptraf_test", MetricKind::kGauge, {kDeviceLabel}, "Help.", Merge::kMax};
constexpr MetricDesc kSizes{"iptraf_test_bytes", MetricKind::kHistogram, {kDeviceLabel}, "Help."};
constexpr MetricDesc kUnknown{"iptraf_unknown_total", MetricKind::kCounter, {kDeviceLabel}, "Help."};

const auto kView = std::make_shared<const View>(View{{{&kHighest, "a"}, {&kSummed, "a"}, {&kSizes, "b"}}, {}, nullptr});

Snapshot merged(const std::vector<SampleSet>& sets) {
  std::vector<const SampleSet*> shards;
  for (const SampleSet& set : sets) shards.push_back(&set);
  return Snapshot(kView, shards, DeviceArray{});
}

}  // namespace

TEST_CASE("Shards are summed or their highest is taken, as the metric says") {
  std::vector<SampleSet> sets(3);
  for (std::uint64_t shard = 0; shard < 3; ++shard) {
    SampleWriter out(sets[shard]);
    out.add(kSummed, {0, 7}, shard + 1);
    out.add(kHighest, {0}, 10 - shard);
  }
  const Snapshot snapshot = merged(sets);
  CHECK(snapshot.value(kSummed, {0, 7}) == 6);
  CHECK(snapshot.value(kHighest, {0}) == 10);
  CHECK(snapshot.family(kSummed).samples.size() == 1);
  CHECK(snapshot.value(kSummed, {0, 8}) == 0);
  CHECK(snapshot.value(kSummed, {1, 7}) == 0);
}

TEST_CASE("Samples are sorted by their labels whatever the order of the shards") {
  std::vector<SampleSet> sets(2);
  SampleWriter first(sets[0]);
  SampleWriter second(sets[1]);
  for (const std::uint64_t n : {9U, 2U, 65536U}) first.add(kSummed, {1, n}, 1);
  for (const std::uint64_t n : {9U, 1U}) second.add(kSummed, {1, n}, 1);
  second.add(kSummed, {0, 70}, 1);
  const Snapshot snapshot = merged(sets);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> labels;
  for (const Sample& sample : snapshot.family(kSummed).samples) labels.emplace_back(sample.labels[0], sample.labels[1]);
  CHECK(labels == std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0, 70}, {1, 1}, {1, 2}, {1, 9}, {1, 65536}});
  CHECK(snapshot.value(kSummed, {1, 9}) == 2);
}

TEST_CASE("Histograms of several shards add up bucket by bucket") {
  std::vector<SampleSet> sets(2);
  const double bounds[] = {10, 20};
  const std::uint64_t one[] = {1, 2, 3};
  const std::uint64_t two[] = {10, 0, 5};
  SampleWriter(sets[0]).add_histogram(kSizes, {0}, bounds, one, 100);
  SampleWriter(sets[1]).add_histogram(kSizes, {0}, bounds, two, 11);
  const Snapshot snapshot = merged(sets);
  const HistogramSample& sum = snapshot.family(kSizes).histograms.at(0);
  CHECK(sum.bound_count == 2);
  CHECK(sum.counts[0] == 11);
  CHECK(sum.counts[1] == 2);
  CHECK(sum.counts[2] == 8);
  CHECK(sum.sum == 111);
  CHECK(snapshot.series_count() == 5);
}

TEST_CASE("What the catalog lacks is dropped") {
  std::vector<SampleSet> sets(1);
  SampleWriter(sets[0]).add(kUnknown, {0}, 5);
  Snapshot snapshot = merged(sets);
  CHECK(snapshot.value(kUnknown, {0}) == 0);
  CHECK(snapshot.family(kUnknown).metric == nullptr);
  CHECK_FALSE(snapshot.add_text(kUnknown, {"x"}, 1));
  CHECK(snapshot.series_count() == 0);
}

TEST_CASE("Families stand in the order of the catalog") {
  const Snapshot snapshot = merged({});
  REQUIRE(snapshot.families().size() == 3);
  CHECK(snapshot.families()[0].metric == &kHighest);
  CHECK(snapshot.families()[2].metric == &kSizes);
  CHECK(snapshot.families()[2].collector == "b");
}

TEST_CASE("Texts and samples are counted as series") {
  std::vector<SampleSet> sets(1);
  SampleWriter out(sets[0]);
  out.add(kSummed, {0, 1}, 0);
  out.add(kSummed, {0, 2}, 0);
  Snapshot snapshot = merged(sets);
  CHECK(snapshot.add_text(kHighest, {"x"}, 1));
  CHECK(snapshot.series_count() == 3);
  sets[0].clear();
  CHECK(sets[0].samples.empty());
}
