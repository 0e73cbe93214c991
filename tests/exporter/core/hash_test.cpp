// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the keyed hash: equal for equal bytes, spread over all bits.
#include "core/hash.hpp"

#include <array>
#include <bit>
#include <set>
#include <vector>

#include "support/catch.hpp"

using namespace iptraf;

TEST_CASE("Equal bytes hash alike, whatever their alignment") {
  std::array<unsigned char, 64> memory{};
  std::vector<std::uint64_t> hashes;
  for (std::size_t offset = 0; offset < 9; ++offset) {
    memory.fill(0xee);
    for (std::size_t i = 0; i < 40; ++i) memory[offset + i] = static_cast<unsigned char>(i * 5);
    hashes.push_back(seeded_hash(memory.data() + offset, 40));
  }
  for (const std::uint64_t hash : hashes) CHECK(hash == hashes.front());
}

TEST_CASE("Every length and every bit changes the hash") {
  std::array<unsigned char, 40> bytes{};
  std::set<std::uint64_t> seen;
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    CHECK(seen.insert(seeded_hash(bytes.data(), length)).second);
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<unsigned char>(1U << bit % 8);
    CHECK(seen.insert(seeded_hash(bytes.data(), bytes.size())).second);
    bytes[bit / 8] = 0;
  }
}

TEST_CASE("One bit of the key flips about half of the hash") {
  std::uint64_t flipped = 0;
  constexpr std::uint64_t kRounds = 64 * 50;
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    const std::uint64_t key = round * 0x9e3779b97f4a7c15;
    const std::uint64_t other = key ^ (std::uint64_t{1} << round % 64);
    const std::uint64_t difference = seeded_hash(&key, sizeof key) ^ seeded_hash(&other, sizeof other);
    flipped += static_cast<std::uint64_t>(std::popcount(difference));
  }
  const double mean = static_cast<double>(flipped) / static_cast<double>(kRounds);
  CHECK(mean > 31);
  CHECK(mean < 33);
}

TEST_CASE("Sequential keys spread over the buckets of a table") {
  constexpr std::size_t kBuckets = 256;
  constexpr std::uint64_t kKeys = kBuckets * 100;
  std::array<int, kBuckets> fill{};
  for (std::uint64_t key = 0; key < kKeys; ++key) ++fill[(seeded_hash(&key, sizeof key) >> 32) % kBuckets];
  for (const int count : fill) {
    CHECK(count > 40);
    CHECK(count < 180);
  }
}
