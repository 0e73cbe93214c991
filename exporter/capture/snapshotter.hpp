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
#include <string_view>
#include <vector>

#include "capture/shard.hpp"
#include "core/snapshot.hpp"

namespace iptraf::capture {

/// A shard did not answer in time, or had no memory for its answer.
class SnapshotError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Threading: any thread. Those who arrive while a snapshot is being made share the next one.
class Snapshotter {
 public:
  /// Adds what no shard knows: names, the exporter's own metrics. Runs on the asking thread.
  using Complete = std::function<void(Snapshot&, std::span<const ShardReport* const>)>;

  Snapshotter(std::vector<Shard*> shards, const DeviceTable& devices, std::shared_ptr<const View> view,
              Complete complete);

  /// A snapshot that began after the call, with the facilities' rows if they are wanted. Throws SnapshotError.
  std::shared_ptr<const Snapshot> take(bool with_rows = false);

  /// Gives every shard new settings and shows what the new view says, with no snapshot in between. Returns when all
  /// shards have taken the settings up; one that does not answer does so when it can. Where a collector cannot, all go
  /// back to the `running` settings, and the names of those that could not are returned.
  std::vector<std::string_view> change(const std::shared_ptr<const ShardSettings>& settings,
                                       const std::shared_ptr<const ShardSettings>& running,
                                       std::shared_ptr<const View> view);

 private:
  std::shared_ptr<const Snapshot> make(bool with_rows);
  void ask_all(bool with_rows);
  void give(const std::shared_ptr<const ShardSettings>& settings);
  std::vector<std::string_view> unsettled() const;

  std::vector<Shard*> shards_;
  const DeviceTable& devices_;
  const Complete complete_;

  std::mutex mutex_;
  std::condition_variable finished_;
  std::shared_ptr<const View> view_;        ///< used by who makes a snapshot
  bool is_making_ = false;                  ///< the shards' gates and reports are in use
  bool are_rows_wanted_ = false;            ///< by somebody who waits for the next snapshot
  std::uint64_t begun_ = 0;                 ///< number of the latest snapshot begun
  std::uint64_t completed_ = 0;             ///< number of the one in latest_
  std::shared_ptr<const Snapshot> latest_;  ///< null: it failed
};

}  // namespace iptraf::capture
