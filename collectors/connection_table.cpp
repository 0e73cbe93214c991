// SPDX-License-Identifier: GPL-2.0-or-later
// ConnectionTable: a fixed number of connections, found by tuple, each in the list that says when it may go.
#include "collectors/connection_table.hpp"

#include <algorithm>
#include <bit>

namespace iptraf::collectors {

ConnectionTable::ConnectionTable(std::uint32_t capacity)
    : entries_(capacity), index_(std::bit_ceil(std::max<std::size_t>(capacity, 1) * 2)), mask_(index_.size() - 1) {}

void ConnectionTable::prefetch(const Entry& entry) noexcept {
  constexpr std::size_t kCacheLineBytes = 64;
  const auto* const bytes = static_cast<const char*>(static_cast<const void*>(&entry));
  for (std::size_t offset = 0; offset < sizeof(Entry); offset += kCacheLineBytes) {
    __builtin_prefetch(bytes + offset, 1);
  }
}

void ConnectionTable::prefetch_entry(std::uint32_t hash) const noexcept {
  const Slot& slot = index_[hash & mask_];
  if (slot.entry != kNone) prefetch(entry_at(slot.entry));
}

void ConnectionTable::prefetch_oldest(ConnectionList list) const noexcept {
  const Place place = lists_[static_cast<std::size_t>(list)].oldest;
  if (place == kNone) return;
  const Entry& oldest = entry_at(place);
  prefetch_index(oldest.hash_);
  if (oldest.newer_ != kNone) prefetch(entry_at(oldest.newer_));
}

void ConnectionTable::prefetch_neighbours(std::uint32_t hash) const noexcept {
  const Slot& slot = index_[hash & mask_];
  if (slot.entry == kNone) return;
  const Entry& entry = entry_at(slot.entry);
  if (entry.older_ != kNone) __builtin_prefetch(&entry_at(entry.older_).hash_, 1);
  if (entry.newer_ != kNone) __builtin_prefetch(&entry_at(entry.newer_).hash_, 1);
}

ConnectionTable::Entry* ConnectionTable::find(const ConnectionKey& key, std::uint32_t hash) noexcept {
  for (std::size_t at = hash & mask_; index_[at].entry != kNone; at = (at + 1) & mask_) {
    if (index_[at].hash != hash) continue;
    Entry& entry = entry_at(index_[at].entry);
    if (entry.connection.key == key) return &entry;
  }
  return nullptr;
}

/// Those that were used before come first: their memory is there.
ConnectionTable::Entry& ConnectionTable::take_free(std::uint32_t hash) noexcept {
  const bool is_reused = free_ != kNone;
  Entry& entry = is_reused ? entry_at(free_) : entries_[untouched_++];
  if (is_reused) free_ = entry.newer_;
  entry.hash_ = hash;
  entry.is_used_ = true;
  ++size_;
  return entry;
}

ConnectionTable::Entry& ConnectionTable::insert(const ConnectionKey& key, std::uint32_t hash,
                                                ConnectionList list) noexcept {
  Entry& entry = take_free(hash);
  entry.connection = Connection{};
  entry.connection.key = key;
  add_to_index(entry);
  link_behind(entry, ends(list).newest, list);
  return entry;
}

void ConnectionTable::add_to_index(Entry& entry) noexcept {
  std::size_t at = entry.hash_ & mask_;
  while (index_[at].entry != kNone) at = (at + 1) & mask_;
  index_[at] = {entry.hash_, place_of(entry)};
  entry.is_indexed_ = true;
}

void ConnectionTable::move_to(Entry& entry, ConnectionList list) noexcept {
  if (entry.list_ == list && entry.newer_ == kNone) return;
  unlink(entry);
  link_behind(entry, ends(list).newest, list);
}

/// Ends come nearly in order: only what ended within the same batch can stand behind.
void ConnectionTable::move_to_ended(Entry& entry) noexcept {
  unlink(entry);
  Place older = ends(ConnectionList::kEnded).newest;
  while (older != kNone && entry_at(older).connection.ended_at > entry.connection.ended_at) {
    older = entry_at(older).older_;
  }
  link_behind(entry, older, ConnectionList::kEnded);
}

void ConnectionTable::release_tuple(Entry& entry) noexcept {
  std::size_t at = entry.hash_ & mask_;
  while (index_[at].entry != place_of(entry)) at = (at + 1) & mask_;
  close_gap(at);
  entry.is_indexed_ = false;
}

void ConnectionTable::erase(Entry& entry) noexcept {
  if (entry.is_indexed_) release_tuple(entry);
  unlink(entry);
  entry.is_used_ = false;
  entry.newer_ = free_;
  free_ = place_of(entry);
  --size_;
}

ConnectionTable::Entry* ConnectionTable::oldest(ConnectionList list) noexcept {
  const Place place = ends(list).oldest;
  return place == kNone ? nullptr : &entry_at(place);
}

void ConnectionTable::take_over(ConnectionTable& other) noexcept {
  for (const ConnectionList list : {ConnectionList::kEnded, ConnectionList::kHalfOpen, ConnectionList::kOpen}) {
    while (Entry* const from = other.oldest(list)) {
      Entry& entry = take_free(from->hash_);
      entry.connection = from->connection;
      entry.is_indexed_ = false;
      if (from->is_indexed_) add_to_index(entry);
      link_behind(entry, ends(list).newest, list);
      other.erase(*from);
    }
  }
}

/// Deletion without tombstones: what was displaced past the gap moves back into it.
void ConnectionTable::close_gap(std::size_t gap) noexcept {
  for (std::size_t at = (gap + 1) & mask_; index_[at].entry != kNone; at = (at + 1) & mask_) {
    const std::size_t home = index_[at].hash & mask_;
    if (((at - home) & mask_) < ((at - gap) & mask_)) continue;
    index_[gap] = index_[at];
    gap = at;
  }
  index_[gap] = {};
}

/// Between `older`, kNone for the beginning, and what followed it.
void ConnectionTable::link_behind(Entry& entry, Place older, ConnectionList list) noexcept {
  Ends& list_ends = ends(list);
  const Place place = place_of(entry);
  const Place newer = older == kNone ? list_ends.oldest : entry_at(older).newer_;
  entry.list_ = list;
  entry.older_ = older;
  entry.newer_ = newer;
  (older == kNone ? list_ends.oldest : entry_at(older).newer_) = place;
  (newer == kNone ? list_ends.newest : entry_at(newer).older_) = place;
}

void ConnectionTable::unlink(Entry& entry) noexcept {
  Ends& list_ends = ends(entry.list_);
  (entry.older_ == kNone ? list_ends.oldest : entry_at(entry.older_).newer_) = entry.newer_;
  (entry.newer_ == kNone ? list_ends.newest : entry_at(entry.newer_).older_) = entry.older_;
}

}  // namespace iptraf::collectors
