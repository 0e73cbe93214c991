// SPDX-License-Identifier: GPL-2.0-or-later
// WallClockGuard: tells whether the wall clock can be believed.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace iptraf::output {

/// What the clocks say at one moment.
struct ClockReading {
  std::chrono::nanoseconds wall{};     ///< since the epoch
  std::chrono::nanoseconds elapsed{};  ///< since boot, with sleep: nobody sets it
  bool is_synchronised = false;        ///< the kernel's clock follows a time server (adjtimex(2))

  static ClockReading now() noexcept;
};

/// One update far in the future makes a round-robin database refuse all correct ones until then. After a jump forward
/// the clock is believed again when it has gone on evenly for five minutes, or when it is synchronised.
/// Threading: one thread.
class WallClockGuard {
 public:
  explicit WallClockGuard(const ClockReading& start) noexcept : last_(start) {}

  /// The reading's wall clock can be believed.
  bool believes(const ClockReading& reading) noexcept;

  /// By how much the clock was ahead of what it should have been at the last reading that jumped; 0 once that is told.
  std::chrono::seconds take_jump() noexcept;

 private:
  ClockReading last_;
  std::optional<std::chrono::nanoseconds> distrusted_since_;  ///< by ClockReading::elapsed
  std::chrono::seconds jump_{};
};

}  // namespace iptraf::output
