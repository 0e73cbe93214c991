// SPDX-License-Identifier: GPL-2.0-or-later
// Pipeline: sources, shards and snapshots, wired for one configuration, which can be exchanged while packets come.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "capture/packet_source.hpp"
#include "capture/shard.hpp"
#include "capture/snapshotter.hpp"
#include "core/collector.hpp"
#include "core/device.hpp"
#include "core/file_descriptor.hpp"
#include "core/series_budget.hpp"
#include "core/traffic_event.hpp"
#include "output/exporter_metrics.hpp"
#include "settings.hpp"

namespace iptraf {

/// One source for each capture thread.
using Sources = std::vector<std::unique_ptr<capture::PacketSource>>;

/// Everything between the packets and the snapshot. Construction opens the sources (and needs what privilege that
/// takes); start() begins to count.
/// Threading: constructed, started and destroyed on the main thread; snapshots and changes from any thread.
class Pipeline {
 public:
  /// `open` makes the sources; what it throws is passed on.
  Pipeline(Settings settings, const output::ExporterMetricsOptions& options,
           const std::function<Sources(DeviceTable&)>& open);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void start();

  /// Readable once every shard has read its capture file to the end.
  int end_fd() const noexcept { return all_ended_.get(); }

  /// Ends the capture threads. False when one does not end in time: it waits for a capture file that gives no data.
  bool stop();

  /// `with_rows`: also connections and packets, which are no series. Throws capture::SnapshotError.
  std::shared_ptr<const Snapshot> snapshot(bool with_rows = false) { return snapshotter_->take(with_rows); }

  /// Counts on under new settings. No counter goes back, and none is lost but those of a collector that is now
  /// disabled: they are shown again when it is enabled. Where a collector cannot take them up, such as for want of
  /// memory, the old ones stay: what is wrong then is returned, a problem a line.
  std::vector<std::string> change(Settings settings);

  /// The settings in effect; what is handed out stays as it is.
  std::shared_ptr<const Settings> settings() const;

  /// How often the settings have been changed: snapshots that are asked for from now on have at least these.
  std::uint64_t settings_version() const noexcept { return settings_version_.load(); }

  /// How the last attempt to load a configuration ended: shown by the exporter's own metrics.
  void set_load_result(bool is_success) noexcept;

  /// A capture file ended early. Takes a snapshot.
  bool is_file_damaged();

  /// What happens on each shard, for IPTraf's logs; empty unless they are enabled. One thread at a time drains them.
  std::vector<TrafficEventRing*> events() const;

  /// What all shards share, for those who build a pipeline by hand.
  DeviceTable& devices() noexcept { return devices_; }
  SeriesBudget& budget() noexcept { return budget_; }

 private:
  void make_plans();
  std::vector<capture::CollectorPlan> plans_of_next_shard();
  std::shared_ptr<const capture::ShardSettings> shard_settings(const Settings& settings) const;
  std::shared_ptr<const View> view(const Settings& settings) const;
  void set_limits(const config::Config& config);
  void complete(Snapshot& snapshot, std::span<const capture::ShardReport* const> shards) const;

  output::ExporterMetricsOptions exporter_metrics_;
  std::atomic<bool> is_loaded_{true};
  std::atomic<double> loaded_seconds_;

  mutable std::mutex settings_mutex_;
  std::shared_ptr<const Settings> settings_;
  std::atomic<std::uint64_t> settings_version_{0};

  DeviceTable devices_;
  SeriesBudget budget_;
  std::map<const CollectorSpec*, std::unique_ptr<SeriesAdmission>> admissions_;
  std::vector<capture::CollectorPlan> plans_;
  std::vector<std::unique_ptr<TrafficEventRing>> events_;  ///< one for each shard
  std::vector<std::unique_ptr<capture::Shard>> shards_;
  std::unique_ptr<capture::Snapshotter> snapshotter_;

  FileDescriptor all_ended_;
  std::atomic<std::size_t> ended_shards_{0};
};

}  // namespace iptraf
