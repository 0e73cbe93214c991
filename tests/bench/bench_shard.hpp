// SPDX-License-Identifier: GPL-2.0-or-later
// What the benchmarks count with: real collectors on one device, fed with generated packets.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "core/collector.hpp"
#include "core/series_budget.hpp"
#include "core/snapshot.hpp"

namespace iptraf::bench {

/// Decoded packets of mix imix, all at one time so that they can be counted again and again.
std::vector<Packet> imix_packets(std::size_t count);

/// The collectors of one shard without a source and without a thread.
class BenchShard {
 public:
  /// All collectors, or the one of this name.
  explicit BenchShard(config::Config config = {}, std::string_view only = {});

  BenchShard(const BenchShard&) = delete;
  BenchShard& operator=(const BenchShard&) = delete;

  void count(std::span<const Packet> packets) noexcept;
  SampleSet sample() const;
  std::shared_ptr<const View> view() const;
  const DeviceArray& devices() const noexcept { return devices_; }

 private:
  config::Config config_;
  SeriesBudget budget_;
  DeviceArray devices_;
  std::vector<const CollectorSpec*> specs_;
  std::vector<std::unique_ptr<SeriesAdmission>> admissions_;
  std::vector<std::unique_ptr<Collector>> collectors_;
};

/// A shard whose service collector has so many ports that there are about `series` series.
std::unique_ptr<BenchShard> shard_with_series(std::uint32_t series);

}  // namespace iptraf::bench
