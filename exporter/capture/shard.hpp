// SPDX-License-Identifier: GPL-2.0-or-later
// Shard: one capture thread: its source, its collectors, and the only loop that packets go through.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "capture/packet_source.hpp"
#include "core/collector.hpp"
#include "core/device.hpp"
#include "core/snapshot_gate.hpp"

namespace iptraf::capture {

/// How the sampling of one collector went.
struct CollectorReport {
  std::string_view collector;
  double seconds = 0;
  bool is_success = true;
};

/// What a shard answers a snapshot request with.
struct ShardReport {
  SampleSet samples;
  std::vector<CollectorReport> collectors;
  CaptureCounters counters;
};

/// A collector and the spec that it was made from.
struct CollectorInstance {
  const CollectorSpec* spec = nullptr;
  std::unique_ptr<Collector> collector;
  std::vector<std::string> device_globs;  ///< `devices` of the configuration; empty: all
  SeriesBudget* budget = nullptr;         ///< charged for every device that begins; null: no ceiling
};

/// Threading: constructed and destroyed on the main thread; gate() and report() are for the Snapshotter.
class Shard {
 public:
  Shard(std::unique_ptr<PacketSource> source, std::vector<CollectorInstance> collectors, DeviceTable& devices);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  /// Starts the thread. `on_end` is called on it when the source has ended; snapshots are still answered then.
  void start(std::function<void()> on_end);

  /// Ends the thread after its current batch. False when it has not ended after `patience`: it is blocked in the
  /// source, and the process can only be left.
  bool stop_within(std::chrono::milliseconds patience);

  /// The same without end to its patience.
  void stop() noexcept;

  SnapshotGate& gate() noexcept { return gate_; }
  const ShardReport& report() const noexcept { return report_; }

 private:
  /// One collector with the devices that it counts.
  struct Counted {
    CollectorInstance instance;
    std::array<bool, kDeviceSlots> counts_slot{};
    bool counts_all = true;
  };

  void run() noexcept;
  void dispatch(std::span<const Packet> packets) noexcept;
  void dispatch_chosen(Counted& counted, std::span<const Packet> packets) noexcept;
  void follow_devices() noexcept;
  void begin_device(Counted& counted, DeviceSlot slot) noexcept;
  void answer_if_asked() noexcept;
  void sample_collector(Counted& counted, const DeviceArray& devices, CollectorReport& report) noexcept;

  std::unique_ptr<PacketSource> source_;
  std::vector<Counted> collectors_;
  DeviceTable& devices_;
  DeviceArray known_devices_;
  std::uint64_t device_version_ = 0;

  std::vector<Packet> batch_;
  std::vector<Packet> chosen_;
  ShardReport report_;
  SnapshotGate gate_;
  std::function<void()> on_end_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> has_run_{false};
  std::thread thread_;
};

}  // namespace iptraf::capture
