// SPDX-License-Identifier: GPL-2.0-or-later
// The keyed hash of every table whose keys come from the wire.
#include "core/hash.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <random>

namespace iptraf {
namespace {

using HashKey = std::array<std::uint64_t, 2>;

HashKey draw_key() {
  std::random_device random;
  const auto draw = [&random] { return (std::uint64_t{random()} << 32) | random(); };
  return {draw(), draw()};
}

const HashKey kKey = draw_key();

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() noexcept {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }

  void absorb(std::uint64_t word) noexcept {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

}  // namespace

std::uint64_t seeded_hash(const void* data, std::size_t bytes) noexcept {
  SipState state{kKey[0] ^ 0x736f6d6570736575, kKey[1] ^ 0x646f72616e646f6d, kKey[0] ^ 0x6c7967656e657261,
                 kKey[1] ^ 0x7465646279746573};
  const auto* at = static_cast<const unsigned char*>(data);
  std::size_t left = bytes;
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    state.absorb(word);
  }
  std::uint64_t last = std::uint64_t{bytes} << 56;
  std::uint64_t tail = 0;
  std::memcpy(&tail, at, left);
  state.absorb(last | tail);
  state.v2 ^= 0xff;
  state.round();
  state.round();
  state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace iptraf
