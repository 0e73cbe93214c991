// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the token bucket: how many events it lets pass, and when the next.
#include "core/token_bucket.hpp"

#include "support/catch.hpp"

using iptraf::TokenBucket;
using std::chrono::milliseconds;

namespace {

int take_all(TokenBucket& bucket, TokenBucket::Clock::time_point now) {
  int taken = 0;
  while (bucket.take(now)) ++taken;
  return taken;
}

}  // namespace

TEST_CASE("A token bucket lets a burst pass and then so many in a second") {
  const TokenBucket::Clock::time_point start;
  TokenBucket bucket(10, 50, start);
  CHECK(take_all(bucket, start) == 50);
  CHECK(take_all(bucket, start + milliseconds(50)) == 0);
  CHECK(take_all(bucket, start + milliseconds(1001)) == 10);
  int taken = 0;
  for (int ms = 1001; ms <= 11001; ++ms) taken += take_all(bucket, start + milliseconds(ms));
  CHECK(taken == 100);
  CHECK(take_all(bucket, start + milliseconds(1'000'000)) == 50);
}

TEST_CASE("A token bucket tells when the next event may pass") {
  const TokenBucket::Clock::time_point start;
  TokenBucket bucket(4, 1, start);
  CHECK(bucket.wait(start).count() == 0);
  CHECK(bucket.take(start));
  CHECK(bucket.wait(start).count() == 0.25);
  CHECK(bucket.wait(start + milliseconds(125)).count() == 0.125);
  CHECK_FALSE(bucket.take(start + milliseconds(249)));
  CHECK(bucket.take(start + milliseconds(1249)));
}
