// SPDX-License-Identifier: GPL-2.0-or-later
// LockPatience: how long to wait for databases that other programs have locked.
#pragma once

#include <chrono>
#include <thread>

namespace iptraf::output {

/// rrdtool and rrdcgi lock a database for the moment in which they read it, and librrd gives up at once where it finds
/// a lock. Bounded for all files of a step together, so that one who holds locks for ever does not hold up the next
/// step.
class LockPatience {
 public:
  static constexpr std::chrono::milliseconds kForAStep{2000};

  void renew() noexcept { left_ = kForAStep; }

  /// Waits a moment; false, at once, when there is no patience left.
  bool wait() noexcept {
    if (left_ <= std::chrono::milliseconds::zero()) return false;
    std::this_thread::sleep_for(kMoment);
    left_ -= kMoment;
    return true;
  }

 private:
  static constexpr std::chrono::milliseconds kMoment{5};

  std::chrono::milliseconds left_ = kForAStep;
};

}  // namespace iptraf::output
