// SPDX-License-Identifier: GPL-2.0-or-later
// SizeMix: frame sizes in a fixed proportion, although some packets cannot choose theirs.
#pragma once

#include <array>
#include <cstdint>

#include "deterministic_random.hpp"
#include "frame_writer.hpp"

namespace iptraf::bench {

/// Draws small, medium and large frames 7:4:1 (64, 594 and 1518 bytes with frame check sequence), or small ones only.
/// A packet that must be small although another size was drawn leaves that size owed to a later small one.
class SizeMix {
 public:
  explicit SizeMix(bool is_small_only) : is_small_only_(is_small_only) {}

  /// Frame bytes of a packet of any size.
  std::uint32_t any(DeterministicRandom& random) noexcept {
    const std::uint32_t drawn = draw(random);
    if (drawn != kSmallestFrameBytes) return drawn;
    for (const std::uint32_t size : {kLargestFrameBytes, kMediumFrameBytes}) {
      if (owed(size) == 0) continue;
      --owed(size);
      return size;
    }
    return drawn;
  }

  /// The packet is one that carries nothing.
  void must_be_small(DeterministicRandom& random) noexcept {
    const std::uint32_t drawn = draw(random);
    if (drawn != kSmallestFrameBytes) ++owed(drawn);
  }

 private:
  static constexpr std::uint32_t kMediumFrameBytes = 590;

  std::uint64_t& owed(std::uint32_t size) noexcept { return owed_[size == kLargestFrameBytes ? 1 : 0]; }

  std::uint32_t draw(DeterministicRandom& random) const noexcept {
    if (is_small_only_) return kSmallestFrameBytes;
    const std::uint64_t of_twelve = random.below(12);
    if (of_twelve < 7) return kSmallestFrameBytes;
    return of_twelve < 11 ? kMediumFrameBytes : kLargestFrameBytes;
  }

  bool is_small_only_;
  std::array<std::uint64_t, 2> owed_{};
};

}  // namespace iptraf::bench
