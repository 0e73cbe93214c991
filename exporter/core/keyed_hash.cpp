// SPDX-License-Identifier: GPL-2.0-or-later
// The secret of keyed_hash().
#include "core/keyed_hash.hpp"

#include <random>

namespace iptraf::detail {
namespace {

std::array<std::uint64_t, kMaxHashWords + 1> draw_secret() {
  std::random_device random;  // getrandom(2) or the processor's generator
  std::array<std::uint64_t, kMaxHashWords + 1> secret;
  for (std::uint64_t& word : secret) word = (std::uint64_t{random()} << 32) | random();
  return secret;
}

}  // namespace

const std::array<std::uint64_t, kMaxHashWords + 1> kHashSecret = draw_secret();

}  // namespace iptraf::detail
