// SPDX-License-Identifier: GPL-2.0-or-later
// The protocol words of a filter rule as IP protocol numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace iptraf::filter {

/// Inclusive.
struct ProtocolRange {
  std::uint8_t first = 0;
  std::uint8_t last = 0;
  bool is_in_ipv4 = true;  ///< the name means the number in this version of IP
  bool is_in_ipv6 = true;
};

/// A protocol name of the configuration, a number from 0 to 255, or FIRST-LAST. Empty when `word` is none of them.
std::optional<ProtocolRange> parse_protocols(std::string_view word);

}  // namespace iptraf::filter
