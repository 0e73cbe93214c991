// SPDX-License-Identifier: GPL-2.0-or-later
// Collectors: nanoseconds for one batch of 256 IMIX packets, each collector alone and all of them together.
#include <benchmark/benchmark.h>

#include <string>

#include "bench_shard.hpp"
#include "collectors/registry.hpp"

namespace iptraf::bench {
namespace {

constexpr std::size_t kBatch = 256;
constexpr std::size_t kBatches = 16;  // different ones, few enough to stay in the second-level cache

void count_batches(benchmark::State& state, std::string_view only) {
  BenchShard shard({}, only);
  const std::vector<Packet> packets = imix_packets(kBatch * kBatches);
  std::size_t batch = 0;
  for (auto _ : state) {
    shard.count(std::span(packets).subspan(batch * kBatch, kBatch));
    batch = (batch + 1) % kBatches;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

/// One benchmark for every collector of the registration list.
const bool is_registered = [] {
  benchmark::RegisterBenchmark("dispatch/all_collectors", count_batches, std::string_view{});
  for (const CollectorSpec* spec : collectors::all()) {
    benchmark::RegisterBenchmark(("collector/" + std::string(spec->name)).c_str(), count_batches, spec->name);
  }
  return true;
}();

}  // namespace
}  // namespace iptraf::bench
