// SPDX-License-Identifier: GPL-2.0-or-later
// SeriesBudget and SeriesAdmission: who may still get a series of its own when addresses and ports are hostile.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

namespace iptraf {

/// The ceiling of limits.max_series over the whole page. Threading: any thread; taken only for a new key.
class SeriesBudget {
 public:
  explicit SeriesBudget(std::uint32_t max_series) : max_series_(max_series) {}

  /// Series that a slot has whatever comes: they count, once for each `owner`, however many shards tell of the slot,
  /// and are never refused.
  void charge(const void* owner, std::uint8_t slot, std::uint32_t series);

  /// True when `series` more fit under the ceiling; they are then taken.
  bool take(std::uint32_t series) noexcept {
    std::uint64_t used = used_.load(std::memory_order_relaxed);
    while (used + series <= max_series_) {
      if (used_.compare_exchange_weak(used, used + series, std::memory_order_relaxed)) return true;
    }
    return false;
  }

  void give_back(std::uint32_t series) noexcept { used_.fetch_sub(series, std::memory_order_relaxed); }

  std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  std::uint64_t max_series_;
  std::atomic<std::uint64_t> used_{0};
  std::mutex mutex_;
  std::set<std::pair<const void*, std::uint8_t>> charged_;
};

enum class Admission : std::uint8_t { kAdmitted, kFull, kOverBudget };

/// One collector's keys that have series of their own, counted per device over all shards: that is how a limit
/// holds after the merge although every shard has its own table.
/// Threading: any shard; the lock is taken when a shard meets a key for the first time, never per packet.
class SeriesAdmission {
 public:
  /// `max_keys` per device, each worth `series_per_key` of the budget.
  SeriesAdmission(SeriesBudget& budget, std::uint32_t max_keys, std::uint32_t series_per_key);

  /// A shard begins to count `key` of `device`; the same key in another shard costs nothing more.
  Admission admit(std::uint8_t device, std::uint64_t key);

  /// A device's slot begins a new life: `life` is DeviceTable's count, so that the first shard to see it clears.
  void clear(std::uint8_t device, std::uint64_t life);

 private:
  struct PerDevice {
    std::unordered_set<std::uint64_t> keys;
    std::uint64_t life = 0;
  };

  SeriesBudget& budget_;
  const std::uint32_t max_keys_;
  const std::uint32_t series_per_key_;
  std::mutex mutex_;
  std::vector<PerDevice> devices_;
};

}  // namespace iptraf
