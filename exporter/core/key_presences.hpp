// SPDX-License-Identifier: GPL-2.0-or-later
// KeyPresences: when the shards saw one key, and where its life ended because none saw it for too long.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/packet.hpp"

namespace iptraf {

/// `time` + `span`, which is not negative; kNever where that is too large.
constexpr Timestamp later_by(Timestamp time, Timestamp span) noexcept {
  return time > kNever - span ? kNever : time + span;
}

/// A presence is a time in which one shard saw the key without a pause above the idle time. Shards tell of theirs at
/// different moments and may be far apart in time while a file is read, so that only all presences together, up to the
/// time that every shard has reached, say when a life of the key was over.
/// Threading: guarded by its owner.
class KeyPresences {
 public:
  /// `shard` sees the key from `time` on. Its earlier presence, if any, has ended.
  void begin(std::uint32_t shard, Timestamp time) {
    const auto at = std::upper_bound(presences_.begin(), presences_.end(), time,
                                     [](Timestamp begin, const Presence& presence) { return begin < presence.begin; });
    presences_.insert(at, {time, time, shard, false});
  }

  /// The shard has seen the key at `last` for the last time. Returns when its presence began; nothing if it has none.
  std::optional<Timestamp> end(std::uint32_t shard, Timestamp last) noexcept {
    for (Presence& presence : presences_) {
      if (presence.shard != shard || presence.is_over) continue;
      presence.is_over = true;
      presence.end = last;
      return presence.begin;
    }
    return std::nullopt;
  }

  /// The presence of the shard that began then belongs to a life that is not over.
  bool has(std::uint32_t shard, Timestamp begin) const noexcept {
    return std::any_of(presences_.begin(), presences_.end(),
                       [&](const Presence& presence) { return presence.shard == shard && presence.begin == begin; });
  }

  /// Removes the presences of the earliest life if it was over before `reached`, which every shard has reached.
  bool remove_ended_life(Timestamp idle, Timestamp reached) noexcept {
    if (presences_.empty()) return false;
    Timestamp end = presences_.front().begin;
    auto next = presences_.begin();
    for (; next != presences_.end() && next->begin <= later_by(end, idle); ++next) {
      if (!next->is_over) return false;
      end = std::max(end, next->end);
    }
    if (reached <= later_by(end, idle)) return false;
    presences_.erase(presences_.begin(), next);
    return true;
  }

  /// The shard forgets the key.
  void remove(std::uint32_t shard) noexcept {
    std::erase_if(presences_, [shard](const Presence& presence) { return presence.shard == shard; });
  }

  bool is_empty() const noexcept { return presences_.empty(); }

 private:
  struct Presence {
    Timestamp begin;
    Timestamp end;  ///< once it is over
    std::uint32_t shard;
    bool is_over;
  };

  std::vector<Presence> presences_;  ///< by begin
};

}  // namespace iptraf
