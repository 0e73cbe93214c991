// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of RateMeter: averages since the start, and the rates of intervals.
#include "output/iptraf_log/rate_meter.hpp"

#include "support/catch.hpp"

using namespace iptraf::output;

TEST_CASE("The average is since the start, the peak that of the highest interval") {
  RateMeter meter;
  meter.update({10, 1000}, 10);
  meter.update({110, 21'000}, 20);
  meter.update({120, 22'000}, 30);
  CHECK(meter.average().bytes == Approx(22'000.0 / 30));
  CHECK(meter.average().packets == 4);
  CHECK(meter.latest().bytes == 100);
  CHECK(meter.latest().packets == 1);
  CHECK(meter.peak().bytes == 2000);
  CHECK(meter.peak().packets == 10);
}

TEST_CASE("An interval of less than a second counts as one") {
  RateMeter meter;
  meter.update({1, 500}, 0);
  CHECK(meter.average().bytes == 500);
  CHECK(meter.peak().bytes == 500);
}

TEST_CASE("A total that went back counts anew") {
  RateMeter meter;
  meter.update({10, 1000}, 10);
  meter.update({1, 60}, 20);
  CHECK(meter.latest().bytes == 6);
  CHECK(meter.peak().bytes == 100);
}
