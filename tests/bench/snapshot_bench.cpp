// SPDX-License-Identifier: GPL-2.0-or-later
// Snapshot and exposition: the time of a scrape behind the capture threads.
#include <benchmark/benchmark.h>

#include "bench_shard.hpp"
#include "output/prometheus.hpp"

namespace iptraf::bench {
namespace {

constexpr std::int64_t kQuietHostSeries = 2'000;
constexpr std::int64_t kCeilingSeries = 50'000;

/// The capture thread's part: copying its counters.
void sample_shard(benchmark::State& state) {
  const std::unique_ptr<BenchShard> shard = shard_with_series(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) {
    SampleSet set = shard->sample();
    benchmark::DoNotOptimize(set.samples.data());
  }
}
BENCHMARK(sample_shard)->Arg(kQuietHostSeries)->Arg(kCeilingSeries)->ArgName("series")->Unit(benchmark::kMicrosecond);

/// Merging the sample sets of all shards, each with the same labels.
void merge_snapshot(benchmark::State& state) {
  const std::unique_ptr<BenchShard> shard = shard_with_series(static_cast<std::uint32_t>(state.range(0)));
  const SampleSet set = shard->sample();
  const std::vector<const SampleSet*> sets(static_cast<std::size_t>(state.range(1)), &set);
  const std::shared_ptr<const View> view = shard->view();
  for (auto _ : state) {
    const Snapshot snapshot(view, sets, shard->devices());
    benchmark::DoNotOptimize(snapshot.families().data());
  }
}
BENCHMARK(merge_snapshot)
    ->ArgsProduct({{kQuietHostSeries, kCeilingSeries}, {1, 4}})
    ->ArgNames({"series", "shards"})
    ->Unit(benchmark::kMicrosecond);

/// The page.
void prometheus_text(benchmark::State& state) {
  const std::unique_ptr<BenchShard> shard = shard_with_series(static_cast<std::uint32_t>(state.range(0)));
  const SampleSet set = shard->sample();
  const std::vector<const SampleSet*> sets{&set};
  const Snapshot snapshot(shard->view(), sets, shard->devices());
  std::size_t page_bytes = 0;
  for (auto _ : state) {
    const std::string page = output::to_prometheus_text(snapshot, [](std::string_view) { return true; });
    page_bytes = page.size();
    benchmark::DoNotOptimize(page.data());
  }
  state.counters["series"] = static_cast<double>(snapshot.series_count());
  state.counters["page_bytes"] = static_cast<double>(page_bytes);
}
BENCHMARK(prometheus_text)->Arg(kQuietHostSeries)->Arg(kCeilingSeries)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace iptraf::bench
