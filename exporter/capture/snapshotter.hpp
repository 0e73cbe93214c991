// SPDX-License-Identifier: GPL-2.0-or-later
// Snapshotter: asks all shards at once and merges what they answer.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <vector>

#include "capture/shard.hpp"
#include "core/snapshot.hpp"

namespace iptraf::capture {

/// A shard did not answer in time.
class SnapshotError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Threading: take() from any thread. Those who arrive while a snapshot is being made share the next one.
class Snapshotter {
 public:
  /// Adds what no shard knows: names, the exporter's own metrics. Runs on the asking thread.
  using Complete = std::function<void(Snapshot&, std::span<const ShardReport* const>)>;

  Snapshotter(std::vector<Shard*> shards, const DeviceTable& devices, Catalog catalog, Complete complete);

  /// A snapshot that began after the call. Throws SnapshotError.
  std::shared_ptr<const Snapshot> take();

 private:
  std::shared_ptr<const Snapshot> make();
  void ask_all();

  std::vector<Shard*> shards_;
  const DeviceTable& devices_;
  const Catalog catalog_;
  const Complete complete_;

  std::mutex mutex_;
  std::condition_variable finished_;
  bool is_making_ = false;
  std::uint64_t begun_ = 0;                 ///< number of the latest snapshot begun
  std::uint64_t completed_ = 0;             ///< number of the one in latest_
  std::shared_ptr<const Snapshot> latest_;  ///< null: it failed
};

}  // namespace iptraf::capture
