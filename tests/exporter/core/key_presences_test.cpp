// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of KeyPresences: which presences of several shards are one life, and when it was over.
#include "core/key_presences.hpp"

#include "support/catch.hpp"

using namespace iptraf;

namespace {

constexpr Timestamp kIdle = 10;

}  // namespace

TEST_CASE("A sum beyond all times is never") {
  CHECK(later_by(5, 10) == 15);
  CHECK(later_by(-5, 3) == -2);
  CHECK(later_by(kNever - 1, 1) == kNever);
  CHECK(later_by(kNever - 1, 2) == kNever);
  CHECK(later_by(kNever, kNever) == kNever);
}

TEST_CASE("A life is over when more than the idle time has passed everywhere since its end") {
  KeyPresences key;
  key.begin(0, 100);
  CHECK_FALSE(key.remove_ended_life(kIdle, kNever));  // the shard still sees it
  CHECK(key.end(0, 120) == 100);
  CHECK_FALSE(key.remove_ended_life(kIdle, 130));
  CHECK(key.has(0, 100));
  CHECK(key.remove_ended_life(kIdle, 131));
  CHECK(key.is_empty());
  CHECK_FALSE(key.remove_ended_life(kIdle, kNever));
}

TEST_CASE("Presences with no more than the idle time between them are one life") {
  KeyPresences key;
  key.begin(0, 0);
  key.begin(1, 20);
  key.end(0, 10);
  key.end(1, 30);
  CHECK_FALSE(key.remove_ended_life(kIdle, 25));
  CHECK(key.has(0, 0));
  CHECK(key.remove_ended_life(kIdle, 41));
  CHECK(key.is_empty());
}

TEST_CASE("A longer pause parts two lives, and only the first is over") {
  KeyPresences key;
  key.begin(0, 0);
  key.end(0, 10);
  key.begin(0, 21);
  CHECK(key.remove_ended_life(kIdle, 21));
  CHECK_FALSE(key.has(0, 0));
  CHECK(key.has(0, 21));
  CHECK_FALSE(key.remove_ended_life(kIdle, kNever));
}

TEST_CASE("A presence that is told of late bridges a pause, whatever the order in which shards tell") {
  KeyPresences key;
  key.begin(0, 0);
  key.end(0, 10);
  key.begin(0, 25);
  key.end(0, 25);
  key.begin(1, 15);
  key.end(1, 18);
  CHECK_FALSE(key.remove_ended_life(kIdle, 35));
  CHECK(key.remove_ended_life(kIdle, 36));
  CHECK(key.is_empty());
}

TEST_CASE("A shard that still sees the key keeps the life that its presence belongs to") {
  KeyPresences key;
  key.begin(1, 5);
  key.begin(0, 0);
  key.end(0, 3);
  key.begin(0, 100);
  CHECK_FALSE(key.remove_ended_life(kIdle, kNever));
  CHECK(key.end(1, 60) == 5);
  CHECK(key.remove_ended_life(kIdle, 99));
  CHECK_FALSE(key.has(1, 5));
  CHECK(key.has(0, 100));
}

TEST_CASE("What a shard has not told of has no end, and what it told of can be taken back") {
  KeyPresences key;
  CHECK(key.end(0, 5) == std::nullopt);
  key.begin(0, 1);
  key.begin(1, 2);
  CHECK(key.end(2, 5) == std::nullopt);
  key.remove(0);
  CHECK_FALSE(key.has(0, 1));
  CHECK(key.has(1, 2));
  CHECK(key.end(1, 9) == 2);
  CHECK(key.end(1, 9) == std::nullopt);
}
