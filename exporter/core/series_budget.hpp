// SPDX-License-Identifier: GPL-2.0-or-later
// SeriesBudget and SeriesAdmission: who may still get a series of its own when addresses and ports are hostile.
#pragma once

#include <atomic>
#include <bitset>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/key_filter.hpp"
#include "core/key_presences.hpp"
#include "core/packet.hpp"
#include "core/shard_clocks.hpp"

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
    while (used + series <= max_series_.load(std::memory_order_relaxed)) {
      if (used_.compare_exchange_weak(used, used + series, std::memory_order_relaxed)) return true;
    }
    return false;
  }

  void give_back(std::uint64_t series) noexcept {
    used_.fetch_sub(series, std::memory_order_relaxed);
    version_.fetch_add(1, std::memory_order_release);
  }

  /// A reload's ceiling. What is taken already stays.
  void set_max_series(std::uint32_t max_series) noexcept {
    max_series_.store(max_series, std::memory_order_relaxed);
    version_.fetch_add(1, std::memory_order_release);
  }

  std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

  /// Changes whenever there may be more room than before.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> max_series_;
  std::atomic<std::uint64_t> used_{0};
  std::atomic<std::uint64_t> version_{0};
  std::mutex mutex_;
  std::set<std::pair<const void*, std::uint8_t>> charged_;
};

enum class Admission : std::uint8_t { kAdmitted, kFull, kOverBudget };

/// A presence that has ended on its shard: see KeyPresences. Its counts are shown until the key's life is over.
struct EndedPresence {
  std::uint64_t key;
  Timestamp begin;
  std::uint32_t shard;
  std::uint8_t device;
};

/// One collector's keys that have series of their own, counted per device over all shards: that is how a limit
/// holds after the merge although every shard has its own table.
///
/// A collector either admits keys that last as long as the device (admit), or, with shards that it has registered,
/// keys whose life ends when no shard has seen them for longer than the idle time. The end depends on packet times
/// alone: it is the same however many shards there are, and however far one is ahead of another.
///
/// Threading: any shard; the lock is taken when a shard meets a key for the first time or for the last, never per
/// packet.
class SeriesAdmission {
 public:
  /// `max_keys` per device, each worth `series_per_key` of the budget.
  SeriesAdmission(SeriesBudget& budget, std::uint32_t max_keys, std::uint32_t series_per_key);

  /// A shard begins to count `key` of `device`; the same key in another shard costs nothing more.
  Admission admit(std::uint8_t device, std::uint64_t key);

  /// A reload's limit. Keys that are admitted already stay.
  void set_max_keys(std::uint32_t max_keys);

  /// A device's slot begins a new life: `life` is DeviceTable's count, so that the first shard to see it clears.
  void clear(std::uint8_t device, std::uint64_t life);

  // Keys whose life ends.

  /// The number of a shard that will tell of presences.
  std::uint32_t add_shard() { return clocks_.add(); }

  /// A key's life ends after more than `idle` nanoseconds.
  void set_idle(Timestamp idle);

  /// The shard begins to count `key`, which it sees at `now`.
  Admission begin_presence(std::uint8_t device, std::uint64_t key, std::uint32_t shard, Timestamp now);

  /// The shard has not seen the key since `last`, longer than the idle time. Nothing when the key is not known.
  std::optional<EndedPresence> end_presence(std::uint8_t device, std::uint64_t key, std::uint32_t shard,
                                            Timestamp last);

  /// The shard has reached `now`, and has ended the presences that had to end before. Every key whose life is over by
  /// what all shards have reached gives back its series. Returns how many lives that were. Wait-free unless one may be
  /// over.
  std::uint64_t advance(std::uint32_t shard, Timestamp now) noexcept;

  /// False once the life that the presence belongs to is over.
  bool is_alive(const EndedPresence& presence) const;

  /// False: the key is not admitted. True: ask. Lock-free.
  bool may_be_admitted(std::uint8_t device, std::uint64_t key) const noexcept;

  /// Changes whenever a key that was refused might be admitted, other than by another shard. Lock-free.
  std::uint64_t room_version() const noexcept { return version_.load(std::memory_order_acquire) + budget_.version(); }

  /// As clear(); what the shard told of the old life, late or not, is forgotten too.
  void clear(std::uint8_t device, std::uint64_t life, std::uint32_t shard);

  /// While a shard takes its sample. No life ends between the first shard's sample for a snapshot and the last one's,
  /// so that a snapshot has the counts of all shards or of none. Every shard answers a question before the next one is
  /// asked; only one whose collector was switched off or on meanwhile may leave one out.
  class Sampling {
   public:
    Sampling(SeriesAdmission& admission, std::uint32_t shard, std::uint64_t question) : admission_(admission) {
      admission.begin_sample(shard, question);
    }
    ~Sampling() { admission_.end_sample(); }
    Sampling(const Sampling&) = delete;
    Sampling& operator=(const Sampling&) = delete;

   private:
    SeriesAdmission& admission_;
  };

 private:
  using Keys = std::unordered_map<std::uint64_t, KeyPresences>;

  struct PerDevice {
    Keys keys;
    std::unique_ptr<KeyFilter> filter;  ///< of `keys`; made when a registered shard tells of the first life
    std::uint64_t life = 0;
  };

  /// A presence that has ended. Once that is longer ago than the idle time on every shard, the key's life may be over.
  struct Ending {
    Timestamp last;
    std::uint64_t key;
    std::uint8_t device;
    friend bool operator>(const Ending& a, const Ending& b) noexcept { return a.last > b.last; }
  };

  // All under the lock.
  Admission take_room(PerDevice& per_device, std::uint64_t key, KeyPresences presences);
  void release(PerDevice& per_device, Keys::iterator key) noexcept;
  void begin_life(PerDevice& per_device, std::uint64_t life) noexcept;
  std::uint64_t end_lives() noexcept;
  void set_next_end() noexcept;

  void begin_sample(std::uint32_t shard, std::uint64_t question);
  void end_sample();

  SeriesBudget& budget_;
  std::uint32_t max_keys_;
  const std::uint32_t series_per_key_;
  mutable std::mutex mutex_;
  std::vector<PerDevice> devices_;

  Timestamp idle_ = kNever;
  std::vector<Ending> endings_;                       ///< a heap, the earliest on top
  std::bitset<ShardClocks::kMaxShards> has_sampled_;  ///< for question_; none: no snapshot is being taken
  std::uint64_t question_ = 0;
  std::atomic<Timestamp> next_end_{kNever};  ///< no life ends before
  std::atomic<std::uint64_t> version_{0};
  ShardClocks clocks_;
};

}  // namespace iptraf
