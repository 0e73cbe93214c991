// SPDX-License-Identifier: GPL-2.0-or-later
// DeterministicRandom: the same numbers from the same seed on every machine and with every library.
#pragma once

#include <cstdint>

namespace iptraf::bench {

/// A bijection of 64 bits in which every input bit reaches every output bit: the finalizer of SplitMix64 (Steele,
/// Lea and Flood 2014).
constexpr std::uint64_t mix_bits(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/// SplitMix64. Not for secrets.
class DeterministicRandom {
 public:
  explicit constexpr DeterministicRandom(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept { return mix_bits(state_ += 0x9e3779b97f4a7c15); }

  /// In [0, bound), as even as 32 bits allow. `bound` fits into 32 bits.
  constexpr std::uint64_t below(std::uint64_t bound) noexcept { return ((next() >> 32) * bound) >> 32; }

  /// In [0, bound) with small numbers more often, as in Zipf's law: a uniform fraction to the third power.
  constexpr std::uint64_t skewed_below(std::uint64_t bound) noexcept {
    const std::uint64_t uniform = next() >> 32;
    const std::uint64_t square = (uniform * uniform) >> 32;
    return (((square * uniform) >> 32) * bound) >> 32;
  }

 private:
  std::uint64_t state_;
};

}  // namespace iptraf::bench
