// SPDX-License-Identifier: GPL-2.0-or-later
// Snapshotter: asks all shards at once and merges what they answer.
#include "capture/snapshotter.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace iptraf::capture {
namespace {

/// A batch and a copy take well under a millisecond; a shard that is stopped or swapped out takes longer.
constexpr auto kPatience = std::chrono::seconds(5);

/// Slots that begin a new life between the answers and the names are so rare that trying again is enough.
constexpr int kTries = 3;

}  // namespace

Snapshotter::Snapshotter(std::vector<Shard*> shards, const DeviceTable& devices, std::shared_ptr<const View> view,
                         Complete complete)
    : shards_(std::move(shards)), devices_(devices), complete_(std::move(complete)), view_(std::move(view)) {}

std::shared_ptr<const Snapshot> Snapshotter::take(bool with_rows) {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = begun_ + 1;  // one that has begun already may have passed some shards
  are_rows_wanted_ = are_rows_wanted_ || with_rows;
  while (completed_ < wanted) {
    if (is_making_) {
      finished_.wait(lock);
      continue;
    }
    is_making_ = true;
    const bool makes_rows = std::exchange(are_rows_wanted_, false);
    const std::uint64_t number = ++begun_;
    lock.unlock();
    std::shared_ptr<const Snapshot> made;
    std::exception_ptr error;
    try {
      made = make(makes_rows);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    is_making_ = false;
    completed_ = number;
    latest_ = std::move(made);
    finished_.notify_all();
    if (error) std::rethrow_exception(error);
  }
  if (!latest_) throw SnapshotError("the capture threads gave no snapshot");
  return latest_;
}

std::vector<std::string_view> Snapshotter::change(const std::shared_ptr<const ShardSettings>& settings,
                                                  const std::shared_ptr<const ShardSettings>& running,
                                                  std::shared_ptr<const View> view) {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [this] { return !is_making_; });
  is_making_ = true;
  lock.unlock();
  std::vector<std::string_view> failed;
  try {
    give(settings);
    failed = unsettled();
    if (!failed.empty()) give(running);
  } catch (const std::exception&) {
    // Blocked in its source, or without memory to tell of it: it takes them up before its next batch.
  }
  lock.lock();
  if (failed.empty()) view_ = std::move(view);
  is_making_ = false;
  finished_.notify_all();
  return failed;
}

/// Who answers has taken them up.
void Snapshotter::give(const std::shared_ptr<const ShardSettings>& settings) {
  for (Shard* shard : shards_) shard->change_settings(settings);
  ask_all(false);
}

/// Collectors whose last settings could not be taken up by some shard, such as for want of memory.
std::vector<std::string_view> Snapshotter::unsettled() const {
  std::vector<std::string_view> names;
  for (Shard* shard : shards_) {
    for (const CollectorReport& report : shard->report().collectors) {
      const bool is_named = std::find(names.begin(), names.end(), report.collector) != names.end();
      if (!report.has_settings && !is_named) names.push_back(report.collector);
    }
  }
  return names;
}

std::shared_ptr<const Snapshot> Snapshotter::make(bool with_rows) {
  std::uint64_t version = 0;
  DeviceArray devices;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    version = devices_.version();
    devices = devices_.copy();
    ask_all(with_rows);
    if (devices_.version() == version) break;
  }
  std::vector<const SampleSet*> samples;
  std::vector<const ShardReport*> reports;
  for (Shard* shard : shards_) {
    samples.push_back(&shard->report().samples);
    reports.push_back(&shard->report());
  }
  auto snapshot = std::make_shared<Snapshot>(view_, samples, devices);
  for (Shard* shard : shards_) {
    snapshot->set_time(std::max(snapshot->time(), shard->report().time));
    for (RowReport& report : shard->report().rows) snapshot->add_rows(report.collector, std::move(report.rows));
  }
  complete_(*snapshot, reports);
  return snapshot;
}

/// A question without rows may still be open, from someone whose patience ended: then it is asked again.
void Snapshotter::ask_all(bool with_rows) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  const auto wait_for = [&deadline](Shard& shard) {
    if (shard.gate().wait(deadline)) return;
    throw SnapshotError("a capture thread did not answer within 5 seconds; is the process stopped or starved?");
  };
  for (Shard* shard : shards_) wait_for(*shard);
  for (Shard* shard : shards_) shard->gate().ask(with_rows);
  for (Shard* shard : shards_) wait_for(*shard);
  for (Shard* shard : shards_) {
    if (!shard->report().is_complete) throw SnapshotError("a capture thread has not enough memory to tell its numbers");
  }
}

}  // namespace iptraf::capture
