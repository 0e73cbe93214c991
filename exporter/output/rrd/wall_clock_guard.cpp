// SPDX-License-Identifier: GPL-2.0-or-later
// WallClockGuard: tells whether the wall clock can be believed.
#include "output/rrd/wall_clock_guard.hpp"

#include <sys/timex.h>

#include <ctime>
#include <utility>

namespace iptraf::output {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr seconds kSmallestJump{60};
constexpr seconds kProbation{300};

nanoseconds read_clock(clockid_t clock) noexcept {
  timespec time{};
  ::clock_gettime(clock, &time);
  return seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

}  // namespace

ClockReading ClockReading::now() noexcept {
  timex status{};
  const bool is_synchronised = ::adjtimex(&status) >= 0 && (status.status & STA_UNSYNC) == 0;
  return {read_clock(CLOCK_REALTIME), read_clock(CLOCK_BOOTTIME), is_synchronised};
}

bool WallClockGuard::believes(const ClockReading& reading) noexcept {
  const nanoseconds jump = (reading.wall - last_.wall) - (reading.elapsed - last_.elapsed);
  last_ = reading;
  if (jump >= kSmallestJump || jump <= -kSmallestJump) {
    jump_ = std::chrono::duration_cast<seconds>(jump);
    distrusted_since_.reset();
    if (jump > nanoseconds(0)) distrusted_since_ = reading.elapsed;
  }
  if (!distrusted_since_) return true;
  if (!reading.is_synchronised && reading.elapsed - *distrusted_since_ < kProbation) return false;
  distrusted_since_.reset();
  return true;
}

seconds WallClockGuard::take_jump() noexcept { return std::exchange(jump_, seconds{}); }

}  // namespace iptraf::output
