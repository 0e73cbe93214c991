// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of ShardClocks: the slowest shard decides.
#include "core/shard_clocks.hpp"

#include "support/catch.hpp"

using namespace iptraf;

TEST_CASE("All shards have reached what the slowest has") {
  ShardClocks clocks;
  CHECK(clocks.add() == 0);
  CHECK(clocks.add() == 1);
  CHECK(clocks.shards() == 2);
  clocks.set(0, 50);
  CHECK(clocks.reached_by_all() == std::numeric_limits<Timestamp>::min());
  clocks.set(1, 70);
  CHECK(clocks.reached_by_all() == 50);
  clocks.set(0, 90);
  CHECK(clocks.reached_by_all() == 70);
}

TEST_CASE("There are as many clocks as capture threads can be") {
  ShardClocks clocks;
  for (std::uint32_t shard = 0; shard < ShardClocks::kMaxShards; ++shard) CHECK(clocks.add() == shard);
  CHECK_THROWS_AS(clocks.add(), std::length_error);
  CHECK(clocks.shards() == ShardClocks::kMaxShards);
}
