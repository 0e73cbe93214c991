// SPDX-License-Identifier: GPL-2.0-or-later
// Pipeline: source, shards and snapshots, wired for one configuration.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "capture/shard.hpp"
#include "capture/snapshotter.hpp"
#include "config/config.hpp"
#include "core/collector.hpp"
#include "core/device.hpp"
#include "core/file_descriptor.hpp"
#include "core/series_budget.hpp"
#include "names/name_tables.hpp"
#include "options.hpp"
#include "output/exporter_metrics.hpp"

namespace iptraf {

/// Everything between the packets and the snapshot. Construction opens the source (and needs what privilege that
/// takes); start() begins to count.
/// Threading: constructed, started and destroyed on the main thread; snapshots from any thread.
class Pipeline {
 public:
  /// Throws capture::CaptureError and capture::FilterError.
  Pipeline(const Options& options, const config::Config& config);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  void start();

  /// Readable once every shard has read its capture file to the end.
  int end_fd() const noexcept { return all_ended_.get(); }

  /// Ends the capture threads. False when one does not end in time: it waits for a capture file that gives no data.
  bool stop();

  std::shared_ptr<const Snapshot> snapshot() { return snapshotter_->take(); }

  /// A capture file ended early. Takes a snapshot.
  bool is_file_damaged();

  std::span<const CollectorSpec* const> collectors() const noexcept { return specs_; }
  const names::NameTables& names() const noexcept { return names_; }

 private:
  void open_sources(const Options& options);
  void open_file(const Options& options, std::uint32_t threads);
  std::vector<capture::CollectorInstance> make_collectors();
  void complete(Snapshot& snapshot, std::span<const capture::ShardReport* const> shards) const;

  const config::Config config_;
  std::vector<const CollectorSpec*> specs_;
  names::NameTables names_;
  output::ExporterMetricsOptions exporter_metrics_;

  DeviceTable devices_;
  SeriesBudget budget_;
  std::map<const CollectorSpec*, std::unique_ptr<SeriesAdmission>> admissions_;
  std::vector<std::unique_ptr<capture::PacketSource>> sources_;
  std::vector<std::unique_ptr<capture::Shard>> shards_;
  std::unique_ptr<capture::Snapshotter> snapshotter_;

  FileDescriptor all_ended_;
  std::atomic<std::size_t> ended_shards_{0};
};

}  // namespace iptraf
