// SPDX-License-Identifier: GPL-2.0-or-later
// The exporter's own metrics: build, capture threads, collectors, process.
#pragma once

#include <span>

#include "capture/shard.hpp"
#include "core/snapshot.hpp"
#include "output/iptraf_log/log_file.hpp"
#include "output/rrd/rrd_sink.hpp"

namespace iptraf::output {

/// What is shown beside the collectors' families.
struct ExporterMetricsOptions {
  bool is_file = false;                  ///< a capture file is read: tell whether it was cut
  bool is_repeatable = false;            ///< --once: leave out what differs from run to run
  const RrdStatus* rrd = nullptr;        ///< null: there are no round-robin databases
  const IptrafLogStatus* log = nullptr;  ///< null: IPTraf's logs are not written
};

/// How the last attempt to load a configuration ended.
struct LoadResult {
  bool is_success = true;
  double success_seconds = 0;  ///< time of the last success, since the epoch
};

/// Appends the families of these metrics to `catalog`.
void append_exporter_metrics(Catalog& catalog, const ExporterMetricsOptions& options);

/// Fills them. Threading: the asking thread.
void add_exporter_metrics(Snapshot& snapshot, std::span<const capture::ShardReport* const> shards,
                          const ExporterMetricsOptions& options, const LoadResult& load);

}  // namespace iptraf::output
