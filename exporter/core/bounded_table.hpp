// SPDX-License-Identifier: GPL-2.0-or-later
// BoundedTable: a hash table of fixed capacity whose entries stand in the order of their last touch.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/hash.hpp"

namespace iptraf {

/// Keyed with a per-process random seed, so that nobody outside can choose colliding keys. All memory is
/// taken at construction; when the table is full its owner decides what goes. Open addressing over
/// indices with linear probing at most half full; entries never move, so pointers hold until erase().
///
/// Key: trivially copyable, no padding, operator==. Threading: one shard.
template <typename Key, typename Value>
class BoundedTable {
 public:
  struct Entry {
    Key key{};
    Value value{};

   private:
    friend class BoundedTable;
    std::uint32_t older_ = 0;
    std::uint32_t newer_ = 0;
    std::uint32_t hash_ = 0;
  };

  explicit BoundedTable(std::uint32_t capacity)
      : entries_(capacity), slots_(std::bit_ceil(std::size_t{capacity} * 2 + 2), kNone) {
    for (std::uint32_t i = 0; i < capacity; ++i) entries_[i].newer_ = i + 1 < capacity ? i + 1 : kNone;
    free_ = capacity == 0 ? kNone : 0;
  }

  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return entries_.size(); }
  bool is_full() const noexcept { return free_ == kNone; }

  Entry* find(const Key& key) noexcept {
    const std::uint32_t hash = hash_of(key);
    for (std::size_t at = hash & mask(); slots_[at] != kNone; at = (at + 1) & mask()) {
      Entry& entry = entries_[slots_[at]];
      if (entry.hash_ == hash && entry.key == key) return &entry;
    }
    return nullptr;
  }

  /// A new entry with a fresh value, the newest. The key must be absent and the table must not be full.
  Entry& insert(const Key& key) noexcept {
    const std::uint32_t index = free_;
    Entry& entry = entries_[index];
    free_ = entry.newer_;
    entry.key = key;
    entry.value = Value{};
    entry.hash_ = hash_of(key);
    std::size_t at = entry.hash_ & mask();
    while (slots_[at] != kNone) at = (at + 1) & mask();
    slots_[at] = index;
    link_newest(index);
    ++size_;
    return entry;
  }

  /// Makes `entry` the newest.
  void touch(Entry& entry) noexcept {
    unlink(entry);
    link_newest(index_of(entry));
  }

  /// The entry whose last touch is longest ago; null when empty.
  Entry* oldest() noexcept { return oldest_ == kNone ? nullptr : &entries_[oldest_]; }

  /// Erases every entry whose key satisfies `matches`; walks the whole table.
  template <typename Matches>
  void erase_if(Matches matches) noexcept {
    for (std::uint32_t index = oldest_; index != kNone;) {
      Entry& entry = entries_[index];
      index = entry.newer_;
      if (matches(entry.key)) erase(entry);
    }
  }

  void erase(Entry& entry) noexcept {
    const std::uint32_t index = index_of(entry);
    std::size_t at = entry.hash_ & mask();
    while (slots_[at] != index) at = (at + 1) & mask();
    close_gap(at);
    unlink(entry);
    entry.newer_ = free_;
    free_ = index;
    --size_;
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  std::size_t mask() const noexcept { return slots_.size() - 1; }
  std::uint32_t index_of(const Entry& entry) const noexcept {
    return static_cast<std::uint32_t>(&entry - entries_.data());
  }
  static std::uint32_t hash_of(const Key& key) noexcept {
    return static_cast<std::uint32_t>(seeded_hash(&key, sizeof key) >> 32);
  }

  /// Deletion without tombstones: what was displaced past the gap moves back into it.
  void close_gap(std::size_t gap) noexcept {
    for (std::size_t at = (gap + 1) & mask(); slots_[at] != kNone; at = (at + 1) & mask()) {
      const std::size_t home = entries_[slots_[at]].hash_ & mask();
      if (((at - home) & mask()) < ((at - gap) & mask())) continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap] = kNone;
  }

  void link_newest(std::uint32_t index) noexcept {
    Entry& entry = entries_[index];
    entry.older_ = newest_;
    entry.newer_ = kNone;
    if (newest_ != kNone) entries_[newest_].newer_ = index;
    newest_ = index;
    if (oldest_ == kNone) oldest_ = index;
  }

  void unlink(Entry& entry) noexcept {
    (entry.older_ == kNone ? oldest_ : entries_[entry.older_].newer_) = entry.newer_;
    (entry.newer_ == kNone ? newest_ : entries_[entry.newer_].older_) = entry.older_;
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;
  std::size_t size_ = 0;
  std::uint32_t free_ = kNone;
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
};

}  // namespace iptraf
