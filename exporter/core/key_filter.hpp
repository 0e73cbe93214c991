// SPDX-License-Identifier: GPL-2.0-or-later
// KeyFilter: tells without a lock that a key is not in a set which other threads change.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/keyed_hash.hpp"

namespace iptraf {

/// Counts the keys of each hash value (a counting Bloom filter with one hash). A key that is in the set is never
/// denied; one that is not is denied all but once in four times when the filter is as full as it was made for.
/// Threading: add() and remove() under the owner's lock, may_have() on any thread.
class KeyFilter {
 public:
  explicit KeyFilter(std::uint32_t expected_keys)
      : shift_(32 - std::countr_zero(std::bit_ceil(std::clamp(expected_keys, 1U, kMostKeys) * 4))),
        counts_(std::make_unique<std::atomic<std::uint32_t>[]>(std::size_t{1} << (32 - shift_))) {}

  void add(std::uint64_t key) noexcept { count_of(key).fetch_add(1, std::memory_order_relaxed); }
  void remove(std::uint64_t key) noexcept { count_of(key).fetch_sub(1, std::memory_order_relaxed); }
  bool may_have(std::uint64_t key) const noexcept { return count_of(key).load(std::memory_order_relaxed) != 0; }

 private:
  static constexpr std::uint32_t kMostKeys = 1U << 22;

  std::atomic<std::uint32_t>& count_of(std::uint64_t key) const noexcept {
    return counts_[keyed_hash(std::array{key}) >> shift_];
  }

  int shift_;
  std::unique_ptr<std::atomic<std::uint32_t>[]> counts_;
};

}  // namespace iptraf
