// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of keyed_hash(): stable within a process, different for different keys, spread over its low bits.
#include "core/keyed_hash.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "support/catch.hpp"

using namespace iptraf;

TEST_CASE("Equal keys have equal hashes") {
  const std::array<std::uint64_t, 5> key{1, 2, 3, 4, 5};
  const std::array<std::uint64_t, 5> same = key;
  CHECK(keyed_hash(key) == keyed_hash(same));
}

TEST_CASE("A change of any word changes the hash") {
  const std::array<std::uint64_t, 5> key{1, 2, 3, 4, 5};
  std::set<std::uint32_t> hashes{keyed_hash(key)};
  for (std::size_t word = 0; word < key.size(); ++word) {
    std::array<std::uint64_t, 5> changed = key;
    changed[word] ^= std::uint64_t{1} << (word * 13);
    hashes.insert(keyed_hash(changed));
  }
  CHECK(hashes.size() == 6);
}

TEST_CASE("Neighbouring keys spread over the low bits as random ones would") {
  constexpr std::size_t kPlaces = 4096;
  std::vector<int> load(kPlaces);
  for (std::uint64_t i = 0; i < kPlaces * 8; ++i) {
    const std::array<std::uint64_t, 5> key{0, 0xffff0a000001 + (i << 48), 0, 0xffff0a000002, i & 0xff};
    ++load[keyed_hash(key) % kPlaces];
  }
  // 8 to a place on average; of 4096 Poisson counts none is above 40 in the life of this test.
  CHECK(*std::max_element(load.begin(), load.end()) < 40);
}
