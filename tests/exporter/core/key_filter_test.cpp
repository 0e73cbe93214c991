// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of KeyFilter: it never denies what is there, and seldom confirms what is not.
#include "core/key_filter.hpp"

#include <thread>

#include "support/catch.hpp"

using namespace iptraf;

TEST_CASE("A filter never denies a key that it has, and denies all when it is empty again") {
  for (const std::uint32_t expected : {0U, 1U, 1000U}) {
    INFO(expected);
    KeyFilter filter(expected);
    CHECK_FALSE(filter.may_have(7));
    for (std::uint64_t key = 0; key < 2000; ++key) filter.add(key);
    for (std::uint64_t key = 0; key < 2000; ++key) REQUIRE(filter.may_have(key));
    for (std::uint64_t key = 0; key < 2000; ++key) filter.remove(key);
    for (std::uint64_t key = 0; key < 2000; ++key) REQUIRE_FALSE(filter.may_have(key));
  }
}

TEST_CASE("A filter that is as full as expected denies three quarters of the strangers") {
  KeyFilter filter(1000);
  for (std::uint64_t key = 0; key < 1000; ++key) filter.add(key);
  int confirmed = 0;
  for (std::uint64_t key = 1000; key < 11000; ++key) confirmed += filter.may_have(key) ? 1 : 0;
  CHECK(confirmed < 3000);
}

TEST_CASE("A filter may be asked while another thread changes it") {
  KeyFilter filter(100);
  filter.add(1);
  std::thread writer([&filter] {
    for (std::uint64_t key = 2; key < 5000; ++key) {
      filter.add(key);
      filter.remove(key);
    }
  });
  for (int i = 0; i < 5000; ++i) REQUIRE(filter.may_have(1));
  writer.join();
}
