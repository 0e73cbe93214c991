// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of WallClockGuard: steady clocks, jumps both ways, how long a jump forward is held against the clock.
#include "output/rrd/wall_clock_guard.hpp"

#include "support/catch.hpp"

using namespace iptraf::output;
using namespace std::chrono_literals;
using std::chrono::seconds;

namespace {

ClockReading reading(seconds wall, seconds elapsed, bool is_synchronised = false) {
  return {wall, elapsed, is_synchronised};
}

}  // namespace

TEST_CASE("A clock that goes on evenly is believed, small corrections too") {
  WallClockGuard guard(reading(1000s, 10s));
  CHECK(guard.believes(reading(1300s, 310s)));
  CHECK(guard.believes(reading(1659s, 610s)));
  CHECK(guard.believes(reading(1900s, 910s)));
  CHECK(guard.take_jump() == 0s);
}

TEST_CASE("After a jump forward the clock is believed when five minutes have passed") {
  WallClockGuard guard(reading(1000s, 10s));
  CHECK_FALSE(guard.believes(reading(1000s + 24h, 20s)));
  CHECK(guard.take_jump() == 24h - 10s);
  CHECK(guard.take_jump() == 0s);
  CHECK_FALSE(guard.believes(reading(1299s + 24h, 319s)));
  CHECK(guard.believes(reading(1300s + 24h, 320s)));
  CHECK(guard.believes(reading(1301s + 24h, 321s)));
}

TEST_CASE("After a jump forward a synchronised clock is believed at once") {
  WallClockGuard guard(reading(1000s, 10s));
  CHECK(guard.believes(reading(1000s + 24h, 20s, true)));
  CHECK(guard.take_jump() == 24h - 10s);
}

TEST_CASE("A clock that jumps back is believed, also where that undoes a jump forward") {
  WallClockGuard guard(reading(1000s, 10s));
  CHECK_FALSE(guard.believes(reading(1000s + 1h, 20s)));
  CHECK(guard.believes(reading(1020s, 30s)));
  CHECK(guard.take_jump() == -(1h - 10s));
  CHECK(guard.believes(reading(1030s, 40s)));
}

TEST_CASE("The clocks of this machine are read") {
  const ClockReading now = ClockReading::now();
  CHECK(now.wall > 24h * 365 * 50);
  CHECK(now.elapsed > 0s);
}
