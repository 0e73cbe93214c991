// SPDX-License-Identifier: GPL-2.0-or-later
// StationTable: the LAN stations of one device by MAC address, and which of them has been silent for too long.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/key_presences.hpp"
#include "core/keyed_hash.hpp"
#include "core/packet.hpp"

namespace iptraf::collectors {

/// One direction of a station.
struct StationTraffic {
  std::uint64_t packets = 0;
  std::uint64_t ip_packets = 0;
  std::uint64_t bytes = 0;

  void add(const Packet& packet, std::uint32_t ip) noexcept {
    packets += packet.segments;
    ip_packets += ip;
    bytes += packet.frame_bytes;
  }
};

/// One cache line. The address is a number, its first byte the most significant, so that it sorts as it reads.
struct alignas(64) Station {
  std::uint64_t mac = 0;
  Timestamp last_seen = 0;  ///< its owner sets it with every packet
  StationTraffic receive{};
  StationTraffic transmit{};
};

/// Spelled out so that compilers make two loads of it.
constexpr std::uint64_t to_number(const MacAddress& mac) noexcept {
  const std::uint32_t high =
      std::uint32_t{mac[0]} << 24 | std::uint32_t{mac[1]} << 16 | std::uint32_t{mac[2]} << 8 | std::uint32_t{mac[3]};
  const std::uint32_t low = std::uint32_t{mac[4]} << 8 | std::uint32_t{mac[5]};
  return std::uint64_t{high} << 16 | low;
}

/// Open addressing over indices with linear probing, at most half full. Memory is taken at construction and by
/// grow(); stations never move between two calls of grow().
///
/// A packet only writes Station::last_seen. Who has been silent longest stands on top of a heap by the last_seen that
/// was read when the station was put in; one that has been seen since goes back in by what it has now. So the heap
/// costs at most one step for each packet, mostly none, and the top is never later than the truth.
///
/// Threading: one shard.
class StationTable {
 public:
  explicit StationTable(std::uint32_t capacity) { grow(capacity); }

  std::size_t size() const noexcept { return queue_.size(); }
  std::size_t capacity() const noexcept { return stations_.size(); }
  bool is_full() const noexcept { return unused_.empty(); }

  Station* find(std::uint64_t mac) noexcept {
    for (std::size_t at = home(mac); slots_[at] != kNone; at = (at + 1) & mask()) {
      Station& station = stations_[slots_[at]];
      if (station.mac == mac) return &station;
    }
    return nullptr;
  }

  /// The address must be absent and the table must not be full. `now` is not earlier than any last_seen.
  Station& insert(std::uint64_t mac, Timestamp now) noexcept {
    const std::uint32_t index = unused_.back();
    unused_.pop_back();
    stations_[index] = Station{mac, now};
    place(index);
    queue_.push_back({now, index});  // the latest stays at the bottom of the heap
    return stations_[index];
  }

  /// No station was last seen before; kNever when there is none.
  Timestamp earliest_seen() const noexcept { return queue_.empty() ? kNever : queue_.front().seen; }

  /// Removes every station that `now` finds silent for more than `idle` nanoseconds, those last seen earliest first.
  /// One for which `may_remove(station)` is false is asked for again when as much time has passed once more.
  template <typename MayRemove>
  void remove_idle(Timestamp now, Timestamp idle, MayRemove may_remove) noexcept {
    while (later_by(earliest_seen(), idle) < now) {
      const Queued top = queue_.front();
      const Station& station = stations_[top.index];
      if (station.last_seen > top.seen) {
        replace_top({station.last_seen, top.index});
      } else if (may_remove(station)) {
        remove_top();
      } else {
        replace_top({now, top.index});
      }
    }
  }

  /// Makes room for more stations; a smaller capacity changes nothing. Pointers to stations end.
  void grow(std::uint32_t capacity) {
    if (capacity <= stations_.size()) return;
    std::vector<std::uint32_t> slots(std::bit_ceil(std::size_t{capacity} * 2 + 2), kNone);
    queue_.reserve(capacity);
    unused_.reserve(capacity);
    const auto before = static_cast<std::uint32_t>(stations_.size());
    stations_.resize(capacity);
    for (std::uint32_t index = capacity; index-- > before;) unused_.push_back(index);
    slots_ = std::move(slots);
    shift_ = 32 - std::countr_zero(slots_.size());
    for (const Queued& queued : queue_) place(queued.index);
  }

  template <typename Visit>
  void for_each(Visit visit) const {
    for (const Queued& queued : queue_) visit(stations_[queued.index]);
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  struct Queued {
    Timestamp seen;
    std::uint32_t index;
  };

  std::size_t mask() const noexcept { return slots_.size() - 1; }
  std::size_t home(std::uint64_t mac) const noexcept { return keyed_hash(std::array{mac}) >> shift_; }

  void place(std::uint32_t index) noexcept {
    std::size_t at = home(stations_[index].mac);
    while (slots_[at] != kNone) at = (at + 1) & mask();
    slots_[at] = index;
  }

  void remove_top() noexcept {
    const std::uint32_t index = queue_.front().index;
    std::size_t at = home(stations_[index].mac);
    while (slots_[at] != index) at = (at + 1) & mask();
    close_gap(at);
    unused_.push_back(index);
    const Queued last = queue_.back();
    queue_.pop_back();
    if (!queue_.empty()) replace_top(last);
  }

  /// Deletion without tombstones: what was displaced past the gap moves back into it.
  void close_gap(std::size_t gap) noexcept {
    for (std::size_t at = (gap + 1) & mask(); slots_[at] != kNone; at = (at + 1) & mask()) {
      const std::size_t distance = (at - home(stations_[slots_[at]].mac)) & mask();
      if (distance < ((at - gap) & mask())) continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap] = kNone;
  }

  /// `queued` sinks from the top of the heap to its place.
  void replace_top(Queued queued) noexcept {
    std::size_t at = 0;
    for (std::size_t child = 1; child < queue_.size(); child = 2 * at + 1) {
      if (child + 1 < queue_.size() && queue_[child + 1].seen < queue_[child].seen) ++child;
      if (queued.seen <= queue_[child].seen) break;
      queue_[at] = queue_[child];
      at = child;
    }
    queue_[at] = queued;
  }

  std::vector<Station> stations_;
  std::vector<std::uint32_t> slots_;   ///< indices into stations_
  std::vector<std::uint32_t> unused_;  ///< indices into stations_
  std::vector<Queued> queue_;          ///< the heap; every station in use once
  int shift_ = 0;
};

}  // namespace iptraf::collectors
