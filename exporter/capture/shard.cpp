// SPDX-License-Identifier: GPL-2.0-or-later
// Shard: one capture thread: its source, its collectors, and the only loop that packets go through.
#include "capture/shard.hpp"

#include <poll.h>
#include <pthread.h>

#include <exception>

namespace iptraf::capture {
namespace {

/// Large enough to spread the cost of a virtual call, small enough to stay in the first-level cache.
constexpr std::size_t kBatch = 256;

void sleep_until_woken(int wake_fd) noexcept {
  pollfd event{wake_fd, POLLIN, 0};
  ::poll(&event, 1, -1);
}

}  // namespace

Shard::Shard(std::unique_ptr<PacketSource> source, std::span<const CollectorPlan> plans,
             std::shared_ptr<const ShardSettings> settings, DeviceTable& devices)
    : source_(std::move(source)),
      collectors_(plans.begin(), plans.end()),
      devices_(devices),
      next_settings_(std::move(settings)),
      batch_(kBatch),
      chosen_(kBatch) {
  follow_settings();  // an error in making a collector is told before the start, and memory is taken there
}

Shard::~Shard() { stop(); }

void Shard::start(std::function<void()> on_end) {
  on_end_ = std::move(on_end);
  thread_ = std::thread([this] {
    run();
    has_run_.store(true);
  });
  ::pthread_setname_np(thread_.native_handle(), "capture");
}

void Shard::change_settings(std::shared_ptr<const ShardSettings> settings) {
  const std::lock_guard lock(settings_mutex_);
  next_settings_ = std::move(settings);
  settings_version_.fetch_add(1, std::memory_order_release);
}

bool Shard::stop_within(std::chrono::milliseconds patience) {
  is_stopping_.store(true, std::memory_order_relaxed);
  gate_.wake();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (thread_.joinable() && !has_run_.load()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  stop();
  return true;
}

void Shard::stop() noexcept {
  is_stopping_.store(true, std::memory_order_relaxed);
  gate_.wake();
  if (thread_.joinable()) thread_.join();
}

void Shard::run() noexcept {
  while (!is_stopping_.load(std::memory_order_relaxed)) {
    if (!answer_.is_begun) follow_settings();
    const std::size_t count = source_->read(batch_);
    follow_devices();
    if (count != 0) dispatch(std::span<Packet>(batch_).first(count));
    for (CollectorSlot& slot : collectors_) slot.on_clock(source_->now());
    fragments_.expire(source_->now());
    answer_if_asked();
    if (count == 0 && !answer_.is_begun) rest();
  }
}

/// Nothing to read now, or ever.
void Shard::rest() noexcept {
  if (source_->has_ended()) {
    if (!has_told_end_) on_end_();
    has_told_end_ = true;
    sleep_until_woken(gate_.wake_fd());
  } else {
    source_->wait(gate_.wake_fd());
  }
  gate_.clear_wake();
}

void Shard::dispatch(std::span<Packet> packets) noexcept {
  for (Packet& packet : packets) {
    if (packet.fragment != Fragment::kWhole) fragments_.resolve(packet);
  }
  for (CollectorSlot& slot : collectors_) slot.dispatch(packets, chosen_);
}

/// Slots begin a new life rarely; otherwise this is one load.
void Shard::follow_devices() noexcept {
  const std::uint64_t version = devices_.version();
  if (version == device_version_) return;
  device_version_ = version;
  const DeviceArray devices = devices_.copy();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const bool begins = devices[i].is_used && devices[i].life != known_devices_[i].life;
    known_devices_[i] = devices[i];
    if (!begins) continue;
    const auto slot = static_cast<DeviceSlot>(i);
    fragments_.forget_device(slot);
    for (CollectorSlot& collector : collectors_) collector.begin_device(slot, devices[i]);
  }
}

/// Settings change on a reload; otherwise this is one load.
void Shard::follow_settings() noexcept {
  if (settings_version_.load(std::memory_order_relaxed) == known_settings_version_) return;
  std::shared_ptr<const ShardSettings> settings;
  {
    const std::lock_guard lock(settings_mutex_);
    known_settings_version_ = settings_version_.load(std::memory_order_relaxed);
    settings = next_settings_;
  }
  for (std::size_t i = 0; i < collectors_.size(); ++i) {
    collectors_[i].apply(settings->config, settings->collectors[i], known_devices_);
  }
}

/// The answer is complete at once, but for rows: of those one slice is copied between two batches.
void Shard::answer_if_asked() noexcept {
  if (!gate_.is_asked()) return;
  if (!answer_.is_begun) begin_answer();
  if (copy_next_rows()) return;
  answer_ = {};
  gate_.answer();
}

void Shard::begin_answer() noexcept {
  follow_settings();
  follow_devices();  // a slot that began a new life during the batch must not show its old counts under the new name
  answer_.is_begun = true;
  report_.is_complete = false;
  try {
    fill_report();
    report_.is_complete = true;
  } catch (const std::exception&) {
    report_.rows.clear();  // who asked is told by the report
  }
}

void Shard::fill_report() {
  const DeviceArray devices = devices_.copy();
  report_.samples.clear();
  report_.collectors.clear();
  report_.filters.clear();
  report_.rows.clear();
  for (std::size_t i = 0; i < collectors_.size(); ++i) {
    CollectorSlot& slot = collectors_[i];
    slot.add_filter_totals(report_.filters);
    if (!slot.is_enabled()) continue;
    report_.collectors.push_back(slot.sample(report_.samples, devices, gate_.question()));
    if (!gate_.wants_rows()) continue;
    if (auto rows = slot.make_rows()) report_.rows.push_back({i, slot.spec().name, std::move(rows)});
  }
  SampleWriter writer(report_.samples);
  fragments_.sample(writer);
  report_.counters = source_->counters();
  report_.time = source_->now();
}

/// False when there is nothing left to copy.
bool Shard::copy_next_rows() noexcept {
  while (answer_.row_report < report_.rows.size()) {
    const RowReport& report = report_.rows[answer_.row_report];
    answer_.position = collectors_[report.collector_index].copy_rows(*report.rows, answer_.position);
    if (answer_.position != kNoMoreRows) return true;
    ++answer_.row_report;
    answer_.position = 0;
  }
  return false;
}

}  // namespace iptraf::capture
