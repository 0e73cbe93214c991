// SPDX-License-Identifier: GPL-2.0-or-later
// ConnectionTable: a fixed number of connections, found by tuple, each in the list that says when it may go.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "collectors/connection.hpp"
#include "core/zeroed_array.hpp"

namespace iptraf::collectors {

/// The order of eviction. Open connections stand in the order of their latest packet, ended ones in that of their end.
enum class ConnectionList : std::uint8_t { kEnded, kHalfOpen, kOpen };
inline constexpr std::size_t kConnectionLists = 3;

/// Open addressing with linear probing over an index that is at most half full; connections never move. The lists go
/// through an array of their own, sixteen bytes for each connection, so that keeping them in order does not fetch the
/// connections beside the one at hand. All memory is reserved at construction. An ended connection may lose its tuple
/// to a new one and still be listed.
/// Threading: one shard.
class ConnectionTable {
 public:
  explicit ConnectionTable(std::uint32_t capacity);

  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return connections_.size(); }
  bool is_full() const noexcept { return size_ == capacity(); }

  /// Brings what find() and the lists will read nearer, each step some packets behind the one before: the index, the
  /// connection with its links, the links of those beside it. Inlined, since a compiler drops a call that only
  /// prefetches.
  [[gnu::always_inline]] void prefetch_index(std::uint32_t hash) const noexcept {
    __builtin_prefetch(&index_[hash & mask_]);
  }
  [[gnu::always_inline]] void prefetch_connection(std::uint32_t hash) const noexcept {
    const Slot& slot = index_[hash & mask_];
    if (slot.place == kNone) return;
    __builtin_prefetch(&links_at(slot.place), 1);
    prefetch_lines(connection_at(slot.place));
  }
  [[gnu::always_inline]] void prefetch_neighbours(std::uint32_t hash) const noexcept {
    const Slot& slot = index_[hash & mask_];
    if (slot.place == kNone) return;
    const Links& links = links_at(slot.place);
    if (links.older != kNone) __builtin_prefetch(&links_at(links.older), 1);
    if (links.newer != kNone) __builtin_prefetch(&links_at(links.newer), 1);
  }

  /// The same for one that is to be evicted soon.
  [[gnu::always_inline]] void prefetch_oldest(ConnectionList list) const noexcept {
    constexpr int kAhead = 4;
    Place place = lists_[static_cast<std::size_t>(list)].oldest;
    for (int i = 0; i < kAhead && place != kNone; ++i) place = links_at(place).newer;
    if (place == kNone) return;
    const Links& links = links_at(place);
    prefetch_index(links.hash);
    prefetch_lines(connection_at(place));
    if (links.newer != kNone) __builtin_prefetch(&links_at(links.newer), 1);
  }

  /// The connection that holds the tuple now; null when there is none.
  Connection* find(const ConnectionKey& key, std::uint32_t hash) noexcept;

  /// A fresh connection, the newest of `list`. No other may hold the tuple, and the table must not be full.
  Connection& insert(const ConnectionKey& key, std::uint32_t hash, ConnectionList list) noexcept;

  /// Makes the connection the newest of `list`.
  void move_to(const Connection& connection, ConnectionList list) noexcept;

  /// Puts the connection, which has ended, among the ended ones by its time of end.
  void move_to_ended(const Connection& connection) noexcept;

  /// The connection stays listed but no longer holds its tuple.
  void release_tuple(const Connection& connection) noexcept;

  void erase(const Connection& connection) noexcept;

  /// Null when the list is empty.
  Connection* oldest(ConnectionList list) noexcept;

  /// Places from here on hold no connection.
  std::size_t touched() const noexcept { return untouched_; }

  /// The connection at a place, null when it is free.
  const Connection* at(std::size_t place) const noexcept {
    return links_[place].is_used ? &connections_[place] : nullptr;
  }

  /// Takes over all connections of `other`, which must fit, with their lists and their order.
  void take_over(ConnectionTable& other) noexcept;

 private:
  /// Places are counted from 1 inside, so that zeroed memory is an empty table.
  using Place = std::uint32_t;
  static constexpr Place kNone = 0;

  struct Links {
    std::uint32_t hash;
    Place older;
    Place newer;
    ConnectionList list;
    bool is_used;
    bool is_indexed;
  };

  /// One place of the index; the hash saves touching connections that only share it.
  struct Slot {
    std::uint32_t hash;
    Place place;
  };
  struct Ends {
    Place oldest = kNone;
    Place newest = kNone;
  };

  Place place_of(const Connection& connection) const noexcept {
    return static_cast<Place>(&connection - connections_.data()) + 1;
  }
  Connection& connection_at(Place place) noexcept { return connections_[place - 1]; }
  const Connection& connection_at(Place place) const noexcept { return connections_[place - 1]; }
  Links& links_at(Place place) noexcept { return links_[place - 1]; }
  const Links& links_at(Place place) const noexcept { return links_[place - 1]; }
  [[gnu::always_inline]] static void prefetch_lines(const Connection& connection) noexcept {
    __builtin_prefetch(&connection.key, 1);
    __builtin_prefetch(&connection.halves[0], 1);
    __builtin_prefetch(&connection.state, 1);
  }
  Ends& ends(ConnectionList list) noexcept { return lists_[static_cast<std::size_t>(list)]; }
  Place take_free(std::uint32_t hash) noexcept;
  void add_to_index(Place place) noexcept;
  void remove_from_index(Place place) noexcept;
  void close_gap(std::size_t gap) noexcept;
  void link_behind(Place place, Place older, ConnectionList list) noexcept;
  void unlink(Place place) noexcept;

  ZeroedArray<Connection> connections_;
  ZeroedArray<Links> links_;
  ZeroedArray<Slot> index_;
  std::size_t mask_;
  std::array<Ends, kConnectionLists> lists_;
  std::size_t size_ = 0;
  std::size_t untouched_ = 0;  ///< places from here on were never used
  Place free_ = kNone;         ///< first of those that were, linked by newer
};

}  // namespace iptraf::collectors
