// SPDX-License-Identifier: GPL-2.0-or-later
// ShardClocks: how far in packet time every shard is, for what depends on all of them.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "core/packet.hpp"

namespace iptraf {

/// Threading: any thread. A shard that has not set its clock yet holds all others back.
class ShardClocks {
 public:
  /// As many as capture.threads can be.
  static constexpr std::uint32_t kMaxShards = 64;

  /// The number of a further shard.
  std::uint32_t add() {
    std::uint32_t shard = shards_.load();
    do {
      if (shard == kMaxShards) throw std::length_error("there are more than 64 capture threads");
    } while (!shards_.compare_exchange_weak(shard, shard + 1));
    return shard;
  }

  std::uint32_t shards() const noexcept { return shards_.load(std::memory_order_relaxed); }

  void set(std::uint32_t shard, Timestamp now) noexcept { clocks_[shard].now.store(now); }

  /// What every shard has reached.
  Timestamp reached_by_all() const noexcept {
    Timestamp earliest = std::numeric_limits<Timestamp>::max();
    for (std::uint32_t shard = 0; shard < shards(); ++shard) {
      earliest = std::min(earliest, clocks_[shard].now.load());
    }
    return earliest;
  }

 private:
  /// On a cache line of its own, because every shard writes one.
  struct alignas(64) Clock {
    std::atomic<Timestamp> now{std::numeric_limits<Timestamp>::min()};
  };

  std::array<Clock, kMaxShards> clocks_;
  std::atomic<std::uint32_t> shards_{0};
};

}  // namespace iptraf
