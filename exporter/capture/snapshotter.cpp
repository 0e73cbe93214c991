// SPDX-License-Identifier: GPL-2.0-or-later
// Snapshotter: asks all shards at once and merges what they answer.
#include "capture/snapshotter.hpp"

#include <chrono>

namespace iptraf::capture {
namespace {

/// A batch and a copy take well under a millisecond; a shard that is stopped or swapped out takes longer.
constexpr auto kPatience = std::chrono::seconds(5);

/// Slots that begin a new life between the answers and the names are so rare that trying again is enough.
constexpr int kTries = 3;

}  // namespace

Snapshotter::Snapshotter(std::vector<Shard*> shards, const DeviceTable& devices, Catalog catalog, Complete complete)
    : shards_(std::move(shards)), devices_(devices), catalog_(std::move(catalog)), complete_(std::move(complete)) {}

std::shared_ptr<const Snapshot> Snapshotter::take() {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = begun_ + 1;  // one that has begun already may have passed some shards
  while (completed_ < wanted) {
    if (is_making_) {
      finished_.wait(lock);
      continue;
    }
    is_making_ = true;
    const std::uint64_t number = ++begun_;
    lock.unlock();
    std::shared_ptr<const Snapshot> made;
    std::exception_ptr error;
    try {
      made = make();
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

std::shared_ptr<const Snapshot> Snapshotter::make() {
  std::uint64_t version = 0;
  DeviceArray devices;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    version = devices_.version();
    devices = devices_.copy();
    ask_all();
    if (devices_.version() == version) break;
  }
  std::vector<const SampleSet*> samples;
  std::vector<const ShardReport*> reports;
  for (const Shard* shard : shards_) {
    samples.push_back(&shard->report().samples);
    reports.push_back(&shard->report());
  }
  auto snapshot = std::make_shared<Snapshot>(catalog_, samples, devices);
  complete_(*snapshot, reports);
  return snapshot;
}

void Snapshotter::ask_all() {
  for (Shard* shard : shards_) shard->gate().ask();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (Shard* shard : shards_) {
    if (!shard->gate().wait(deadline)) {
      throw SnapshotError("a capture thread did not answer within 5 seconds; is the process stopped or starved?");
    }
  }
}

}  // namespace iptraf::capture
