// SPDX-License-Identifier: GPL-2.0-or-later
// Shard: one capture thread: its source, its collectors, and the only loop that packets go through.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "capture/collector_slot.hpp"
#include "capture/fragment_ports.hpp"
#include "capture/packet_source.hpp"
#include "core/device.hpp"
#include "core/snapshot_gate.hpp"

namespace iptraf::capture {

/// The rows of one collector.
struct RowReport {
  std::size_t collector_index = 0;
  std::string_view collector;
  std::unique_ptr<RowSet> rows;
};

/// What a shard answers a snapshot request with.
struct ShardReport {
  SampleSet samples;
  std::vector<CollectorReport> collectors;  ///< of the enabled ones
  std::vector<filter::FilterTotals> filters;
  std::vector<RowReport> rows;  ///< empty unless asked for
  CaptureCounters counters;
  Timestamp time = 0;        ///< the clock of the collectors
  bool is_complete = false;  ///< false: there was no memory for it, and it is of no use
};

/// Threading: constructed and destroyed on the main thread; gate() and report() are for the Snapshotter.
class Shard {
 public:
  Shard(std::unique_ptr<PacketSource> source, std::span<const CollectorPlan> plans,
        std::shared_ptr<const ShardSettings> settings, DeviceTable& devices);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  /// Starts the thread. `on_end` is called on it when the source has ended; snapshots are still answered then.
  void start(std::function<void()> on_end);

  /// The settings from the next batch on; every snapshot that is asked for after the call has them. Any thread.
  void change_settings(std::shared_ptr<const ShardSettings> settings);

  /// Ends the thread after its current batch. False when it has not ended after `patience`: it is blocked in the
  /// source, and the process can only be left.
  bool stop_within(std::chrono::milliseconds patience);

  /// The same without end to its patience.
  void stop() noexcept;

  SnapshotGate& gate() noexcept { return gate_; }
  ShardReport& report() noexcept { return report_; }

 private:
  /// How far the answer to an open question is.
  struct Answer {
    bool is_begun = false;
    std::size_t row_report = 0;  ///< which is copied next
    std::size_t position = 0;    ///< where in it
  };

  void run() noexcept;
  void rest() noexcept;
  void dispatch(std::span<Packet> packets) noexcept;
  void follow_devices() noexcept;
  void follow_settings() noexcept;
  void answer_if_asked() noexcept;
  void begin_answer() noexcept;
  void fill_report();
  bool copy_next_rows() noexcept;

  std::unique_ptr<PacketSource> source_;
  std::vector<CollectorSlot> collectors_;
  FragmentPorts fragments_;
  DeviceTable& devices_;
  DeviceArray known_devices_;
  std::uint64_t device_version_ = 0;

  std::mutex settings_mutex_;
  std::shared_ptr<const ShardSettings> next_settings_;
  std::atomic<std::uint64_t> settings_version_{1};
  std::uint64_t known_settings_version_ = 0;

  std::vector<Packet> batch_;
  std::vector<Packet> chosen_;
  ShardReport report_;
  Answer answer_;
  SnapshotGate gate_;
  std::function<void()> on_end_;
  bool has_told_end_ = false;
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> has_run_{false};
  std::thread thread_;
};

}  // namespace iptraf::capture
