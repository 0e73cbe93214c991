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

/// Open addressing with linear probing over an index that is at most half full; entries never move. All memory
/// is reserved at construction. An ended connection may lose its tuple to a new one and still be listed.
/// Threading: one shard.
class ConnectionTable {
 public:
  struct Entry {
    Connection connection;

   private:
    friend class ConnectionTable;
    std::uint32_t hash_ = 0;
    std::uint32_t older_ = 0;
    std::uint32_t newer_ = 0;
    ConnectionList list_ = ConnectionList::kEnded;
    bool is_used_ = false;
    bool is_indexed_ = false;
  };

  explicit ConnectionTable(std::uint32_t capacity);

  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return entries_.size(); }
  bool is_full() const noexcept { return size_ == capacity(); }

  /// Brings what find() will read nearer: first the index, some packets later the entry.
  void prefetch_index(std::uint32_t hash) const noexcept { __builtin_prefetch(&index_[hash & mask_]); }
  void prefetch_entry(std::uint32_t hash) const noexcept;
  void prefetch_neighbours(std::uint32_t hash) const noexcept;

  /// The same for the next ones to be evicted: the index of the oldest, the entry of the one behind it.
  void prefetch_oldest(ConnectionList list) const noexcept;

  /// The connection that holds the tuple now; null when there is none.
  Entry* find(const ConnectionKey& key, std::uint32_t hash) noexcept;

  /// A fresh connection, the newest of `list`. No other may hold the tuple, and the table must not be full.
  Entry& insert(const ConnectionKey& key, std::uint32_t hash, ConnectionList list) noexcept;

  /// Makes the entry the newest of `list`.
  void move_to(Entry& entry, ConnectionList list) noexcept;

  /// Puts the entry, whose connection has ended, among the ended ones by its time of end.
  void move_to_ended(Entry& entry) noexcept;

  /// The entry stays listed but no longer holds its tuple.
  void release_tuple(Entry& entry) noexcept;

  void erase(Entry& entry) noexcept;

  /// Null when the list is empty.
  Entry* oldest(ConnectionList list) noexcept;

  /// Places from here on hold no entry.
  std::size_t touched() const noexcept { return untouched_; }

  /// The entry at a place, null when it is free.
  const Entry* at(std::size_t place) const noexcept { return entries_[place].is_used_ ? &entries_[place] : nullptr; }
  Entry* at(std::size_t place) noexcept { return entries_[place].is_used_ ? &entries_[place] : nullptr; }

  /// Takes over all entries of `other`, which must fit, with their lists and their order.
  void take_over(ConnectionTable& other) noexcept;

 private:
  /// Places are counted from 1 inside, so that zeroed memory is an empty table.
  using Place = std::uint32_t;
  static constexpr Place kNone = 0;

  /// One place of the index; the hash saves touching entries that only share it.
  struct Slot {
    std::uint32_t hash;
    Place entry;
  };
  struct Ends {
    Place oldest = kNone;
    Place newest = kNone;
  };

  Place place_of(const Entry& entry) const noexcept { return static_cast<Place>(&entry - entries_.data()) + 1; }
  Entry& entry_at(Place place) noexcept { return entries_[place - 1]; }
  const Entry& entry_at(Place place) const noexcept { return entries_[place - 1]; }
  static void prefetch(const Entry& entry) noexcept;
  Ends& ends(ConnectionList list) noexcept { return lists_[static_cast<std::size_t>(list)]; }
  Entry& take_free(std::uint32_t hash) noexcept;
  void add_to_index(Entry& entry) noexcept;
  void close_gap(std::size_t gap) noexcept;
  void link_behind(Entry& entry, Place older, ConnectionList list) noexcept;
  void unlink(Entry& entry) noexcept;

  ZeroedArray<Entry> entries_;
  ZeroedArray<Slot> index_;
  std::size_t mask_;
  std::array<Ends, kConnectionLists> lists_;
  std::size_t size_ = 0;
  std::size_t untouched_ = 0;  ///< entries from here on were never used
  Place free_ = kNone;         ///< first of those that were, linked by newer_
};

}  // namespace iptraf::collectors
