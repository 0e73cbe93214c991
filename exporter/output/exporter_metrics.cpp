// SPDX-License-Identifier: GPL-2.0-or-later
// The exporter's own metrics: build, capture threads, collectors, process.
#include "output/exporter_metrics.hpp"

#include <algorithm>

#include "output/process_status.hpp"
#include "version.hpp"

namespace iptraf::output {
namespace {

constexpr LabelDesc kThread{"thread", nullptr};
constexpr LabelDesc kCollector{"collector", nullptr};
constexpr LabelDesc kDevice{"device", nullptr};

constexpr MetricDesc kCaptureUp{
    "iptraf_capture_up",
    MetricKind::kGauge,
    {kDevice},
    "1 while packets of the device are captured: the ring is open and the device is up, or the "
    "capture file is not damaged."};
constexpr MetricDesc kCapturePackets{"iptraf_capture_packets_total",
                                     MetricKind::kCounter,
                                     {kThread},
                                     "Packets handed to the collectors as captured; an offloaded super-packet is one."};
constexpr MetricDesc kDroppedPackets{"iptraf_capture_dropped_packets_total",
                                     MetricKind::kCounter,
                                     {kThread},
                                     "Packets that the kernel dropped for want of room in the ring."};
constexpr MetricDesc kRingFreezes{"iptraf_capture_ring_freezes_total",
                                  MetricKind::kCounter,
                                  {kThread},
                                  "Times that the kernel found every block of the ring in use."};
constexpr MetricDesc kEstimatedPackets{
    "iptraf_capture_estimated_packets_total",
    MetricKind::kCounter,
    {kThread},
    "Offloaded super-packets whose packets on the wire were estimated from the MTU."};
constexpr MetricDesc kFileTruncated{"iptraf_capture_file_truncated",
                                    MetricKind::kGauge,
                                    {},
                                    "1 when the capture file ended in damage; what was read before is counted."};
constexpr MetricDesc kCollectorSeconds{"iptraf_scrape_collector_duration_seconds",
                                       MetricKind::kGauge,
                                       {kCollector},
                                       "Time that a capture thread took to copy the collector's totals, the slowest "
                                       "thread's."};
constexpr MetricDesc kCollectorSuccess{"iptraf_scrape_collector_success",
                                       MetricKind::kGauge,
                                       {kCollector},
                                       "1 when the collector's totals could be copied."};
constexpr MetricDesc kReloadSuccessful{"iptraf_config_last_reload_successful",
                                       MetricKind::kGauge,
                                       {},
                                       "1 when the configuration was last loaded without error."};
constexpr MetricDesc kReloadSeconds{"iptraf_config_last_reload_success_timestamp_seconds",
                                    MetricKind::kGauge,
                                    {},
                                    "When the configuration was last loaded without error, since the epoch."};
constexpr MetricDesc kRrdUpdates{
    "iptraf_rrd_updates_total", MetricKind::kCounter, {}, "Updates of round-robin databases, each file at each step."};
constexpr MetricDesc kRrdErrors{"iptraf_rrd_errors_total",
                                MetricKind::kCounter,
                                {},
                                "Updates of round-robin databases that failed, and failures of rrdcached; the log says "
                                "why."};
constexpr MetricDesc kRrdSeconds{"iptraf_rrd_last_update_timestamp_seconds",
                                 MetricKind::kGauge,
                                 {},
                                 "Time of the latest step that was written to a round-robin database, since the epoch; "
                                 "0 before the first."};
constexpr MetricDesc kLogErrors{"iptraf_log_errors_total",
                                MetricKind::kCounter,
                                {},
                                "Records of IPTraf's logs that could not be written; the log says why."};
constexpr MetricDesc kLogDroppedEvents{"iptraf_log_dropped_events_total",
                                       MetricKind::kCounter,
                                       {},
                                       "Lines that IPTraf's traffic monitor log lacks, because they came faster than "
                                       "they could be written."};
constexpr MetricDesc kBuildInfo{"iptraf_exporter_build_info",
                                MetricKind::kGauge,
                                {{"version", nullptr}, {"revision", nullptr}, {"compiler", nullptr}},
                                "1, with what the program was built from."};
constexpr MetricDesc kCpuSeconds{
    "process_cpu_seconds_total", MetricKind::kCounter, {}, "User and system CPU time of the process."};
constexpr MetricDesc kResidentBytes{"process_resident_memory_bytes",
                                    MetricKind::kGauge,
                                    {},
                                    "Resident memory of the process, the capture ring included."};
constexpr MetricDesc kVirtualBytes{
    "process_virtual_memory_bytes", MetricKind::kGauge, {}, "Virtual memory of the process."};
constexpr MetricDesc kOpenFds{"process_open_fds", MetricKind::kGauge, {}, "Open file descriptors."};
constexpr MetricDesc kMaxFds{"process_max_fds", MetricKind::kGauge, {}, "Most file descriptors that may be open."};
constexpr MetricDesc kStartSeconds{
    "process_start_time_seconds", MetricKind::kGauge, {}, "When the process started, since the epoch."};
constexpr MetricDesc kThreads{"process_threads", MetricKind::kGauge, {}, "Threads of the process."};

constexpr const MetricDesc* kAlways[] = {&kCaptureUp,        &kCapturePackets,   &kDroppedPackets,  &kRingFreezes,
                                         &kEstimatedPackets, &kCollectorSuccess, &kReloadSuccessful};
constexpr const MetricDesc* kDiffering[] = {&kCollectorSeconds, &kReloadSeconds, &kBuildInfo, &kCpuSeconds,
                                            &kResidentBytes,    &kVirtualBytes,  &kOpenFds,   &kMaxFds,
                                            &kStartSeconds,     &kThreads};

void add_threads(Snapshot& snapshot, std::span<const capture::ShardReport* const> shards) {
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string thread = std::to_string(i);
    const capture::CaptureCounters& counters = shards[i]->counters;
    snapshot.add_text(kCapturePackets, {thread}, static_cast<double>(counters.packets));
    snapshot.add_text(kDroppedPackets, {thread}, static_cast<double>(counters.dropped_packets));
    snapshot.add_text(kRingFreezes, {thread}, static_cast<double>(counters.ring_freezes));
    snapshot.add_text(kEstimatedPackets, {thread}, static_cast<double>(counters.estimated_packets));
  }
}

void add_collectors(Snapshot& snapshot, std::span<const capture::ShardReport* const> shards) {
  for (std::size_t i = 0; i < shards.front()->collectors.size(); ++i) {
    capture::CollectorReport slowest = shards.front()->collectors[i];
    for (const capture::ShardReport* shard : shards) {
      slowest.seconds = std::max(slowest.seconds, shard->collectors[i].seconds);
      slowest.is_success = slowest.is_success && shard->collectors[i].is_success;
    }
    snapshot.add_text(kCollectorSeconds, {std::string(slowest.collector)}, slowest.seconds);
    snapshot.add_text(kCollectorSuccess, {std::string(slowest.collector)}, slowest.is_success ? 1 : 0);
  }
}

void add_process(Snapshot& snapshot) {
  const ProcessStatus status = read_process_status();
  snapshot.add_text(kCpuSeconds, {}, status.cpu_seconds);
  snapshot.add_text(kResidentBytes, {}, status.resident_bytes);
  snapshot.add_text(kVirtualBytes, {}, status.virtual_bytes);
  snapshot.add_text(kOpenFds, {}, status.open_fds);
  snapshot.add_text(kMaxFds, {}, status.max_fds);
  snapshot.add_text(kStartSeconds, {}, status.start_seconds);
  snapshot.add_text(kThreads, {}, status.threads);
}

}  // namespace

void append_exporter_metrics(Catalog& catalog, const ExporterMetricsOptions& options) {
  for (const MetricDesc* metric : kAlways) catalog.push_back({metric, {}});
  if (options.is_file) catalog.push_back({&kFileTruncated, {}});
  if (options.rrd != nullptr) {
    catalog.push_back({&kRrdUpdates, {}});
    catalog.push_back({&kRrdErrors, {}});
    if (!options.is_repeatable) catalog.push_back({&kRrdSeconds, {}});
  }
  if (options.log != nullptr) {
    catalog.push_back({&kLogErrors, {}});
    catalog.push_back({&kLogDroppedEvents, {}});
  }
  if (options.is_repeatable) return;
  for (const MetricDesc* metric : kDiffering) catalog.push_back({metric, {}});
}

void add_exporter_metrics(Snapshot& snapshot, std::span<const capture::ShardReport* const> shards,
                          const ExporterMetricsOptions& options, const LoadResult& load) {
  const bool is_damaged = shards.front()->counters.is_damaged;
  for (const Device& device : snapshot.devices()) {
    if (device.is_used) snapshot.add_text(kCaptureUp, {device.name}, device.is_up && !is_damaged ? 1 : 0);
  }
  add_threads(snapshot, shards);
  add_collectors(snapshot, shards);
  snapshot.add_text(kReloadSuccessful, {}, load.is_success ? 1 : 0);
  if (options.is_file) {
    snapshot.add_text(kFileTruncated, {}, is_damaged ? 1 : 0);
  }
  if (options.rrd != nullptr) {
    snapshot.add_text(kRrdUpdates, {}, static_cast<double>(options.rrd->updates.load()));
    snapshot.add_text(kRrdErrors, {}, static_cast<double>(options.rrd->errors.load()));
    snapshot.add_text(kRrdSeconds, {}, static_cast<double>(options.rrd->last_update_seconds.load()));
  }
  if (options.log != nullptr) {
    snapshot.add_text(kLogErrors, {}, static_cast<double>(options.log->errors.load()));
    snapshot.add_text(kLogDroppedEvents, {}, static_cast<double>(options.log->dropped_events.load()));
  }
  if (options.is_repeatable) return;
  snapshot.add_text(kReloadSeconds, {}, load.success_seconds);
  snapshot.add_text(kBuildInfo,
                    {std::string(version::kVersion), std::string(version::kRevision), std::string(version::kCompiler)},
                    1);
  add_process(snapshot);
}

}  // namespace iptraf::output
