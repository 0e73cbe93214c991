// SPDX-License-Identifier: GPL-2.0-or-later
// Shard: one capture thread: its source, its collectors, and the only loop that packets go through.
#include "capture/shard.hpp"

#include <fnmatch.h>
#include <poll.h>
#include <pthread.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

namespace iptraf::capture {
namespace {

/// Large enough to spread the cost of a virtual call, small enough to stay in the first-level cache.
constexpr std::size_t kBatch = 256;

bool matches_any(const std::vector<std::string>& globs, const std::string& name) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0; });
}

void sleep_until_woken(int wake_fd) noexcept {
  pollfd event{wake_fd, POLLIN, 0};
  ::poll(&event, 1, -1);
}

}  // namespace

Shard::Shard(std::unique_ptr<PacketSource> source, std::vector<CollectorInstance> collectors, DeviceTable& devices)
    : source_(std::move(source)), devices_(devices), batch_(kBatch), chosen_(kBatch) {
  for (CollectorInstance& instance : collectors) {
    Counted counted;
    counted.instance = std::move(instance);
    collectors_.push_back(std::move(counted));
    report_.collectors.push_back({collectors_.back().instance.spec->name});
  }
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
  bool has_told_end = false;
  follow_devices();
  while (!is_stopping_.load(std::memory_order_relaxed)) {
    const std::size_t count = source_->read(batch_);
    follow_devices();
    if (count != 0) dispatch(std::span<const Packet>(batch_).first(count));
    for (Counted& counted : collectors_) counted.instance.collector->on_clock(source_->now());
    answer_if_asked();
    if (count != 0) continue;
    if (source_->has_ended()) {
      if (!has_told_end) on_end_();
      has_told_end = true;
      sleep_until_woken(gate_.wake_fd());
    } else {
      source_->wait(gate_.wake_fd());
    }
    gate_.clear_wake();
  }
}

void Shard::dispatch(std::span<const Packet> packets) noexcept {
  for (Counted& counted : collectors_) {
    if (counted.counts_all) {
      counted.instance.collector->on_batch(packets);
    } else {
      dispatch_chosen(counted, packets);
    }
  }
}

/// For a collector that counts some devices only: the batch without the others.
void Shard::dispatch_chosen(Counted& counted, std::span<const Packet> packets) noexcept {
  const auto end = std::copy_if(packets.begin(), packets.end(), chosen_.begin(),
                                [&](const Packet& packet) { return counted.counts_slot[packet.device]; });
  counted.instance.collector->on_batch({chosen_.begin(), end});
}

/// Slots begin a new life rarely; otherwise this is one load.
void Shard::follow_devices() noexcept {
  const std::uint64_t version = devices_.version();
  if (version == device_version_) return;
  device_version_ = version;
  const DeviceArray devices = devices_.copy();
  for (std::size_t slot = 0; slot < devices.size(); ++slot) {
    const bool begins = devices[slot].is_used && devices[slot].life != known_devices_[slot].life;
    known_devices_[slot] = devices[slot];
    if (!begins) continue;
    for (Counted& counted : collectors_) begin_device(counted, static_cast<DeviceSlot>(slot));
  }
  for (Counted& counted : collectors_) {
    counted.counts_all = true;
    for (std::size_t slot = 0; slot < devices.size(); ++slot) {
      if (devices[slot].is_used && !counted.counts_slot[slot]) counted.counts_all = false;
    }
  }
}

void Shard::begin_device(Counted& counted, DeviceSlot slot) noexcept {
  const Device& device = known_devices_[slot];
  const std::vector<std::string>& globs = counted.instance.device_globs;
  counted.counts_slot[slot] = false;
  if (!globs.empty() && !matches_any(globs, device.name)) return;
  try {
    counted.instance.collector->on_device(slot, device);
    counted.counts_slot[slot] = true;
    const CollectorSpec* const spec = counted.instance.spec;
    if (counted.instance.budget != nullptr) counted.instance.budget->charge(spec, slot, spec->series_per_device);
  } catch (const std::exception& error) {
    spdlog::error("collector {} cannot count device {}: {}", counted.instance.spec->name, device.name, error.what());
  }
}

void Shard::answer_if_asked() noexcept {
  if (!gate_.is_asked()) return;
  follow_devices();  // a slot that began a new life during the batch must not show its old counts under the new name
  const DeviceArray devices = devices_.copy();
  report_.samples.clear();
  for (std::size_t i = 0; i < collectors_.size(); ++i) sample_collector(collectors_[i], devices, report_.collectors[i]);
  report_.counters = source_->counters();
  gate_.answer();
}

/// A collector that fails leaves its samples out, not the others'.
void Shard::sample_collector(Counted& counted, const DeviceArray& devices, CollectorReport& report) noexcept {
  const auto start = std::chrono::steady_clock::now();
  const std::size_t samples = report_.samples.samples.size();
  const std::size_t histograms = report_.samples.histograms.size();
  try {
    SampleWriter writer(report_.samples);
    counted.instance.collector->sample(writer, devices);
    report.is_success = true;
  } catch (const std::exception& error) {
    report_.samples.samples.resize(samples);
    report_.samples.histograms.resize(histograms);
    report.is_success = false;
    spdlog::error("collector {} cannot be sampled: {}", counted.instance.spec->name, error.what());
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace iptraf::capture
