// SPDX-License-Identifier: GPL-2.0-or-later
// Text that came from outside, made fit for a page.
#include "core/text.hpp"

#include <cstdint>

namespace iptraf {
namespace {

/// Length of the well-formed UTF-8 sequence at the start of `text` (RFC 3629 section 4), 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto is_between = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const auto is_tail = [&](std::size_t i) { return is_between(i, 0x80, 0xbf); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return is_tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool is_second_good = is_between(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return is_second_good && is_tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool is_second_good = is_between(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return is_second_good && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

/// U+2028 to U+202E and U+2066 to U+2069, which end a line or turn the text behind them round (UAX 9 section 2).
bool is_layout(std::string_view sequence) {
  if (sequence.size() != 3 || sequence[0] != '\xe2') return false;
  const auto last = static_cast<std::uint8_t>(sequence[2]);
  return (sequence[1] == '\x80' && last >= 0xa8 && last <= 0xae) ||
         (sequence[1] == '\x81' && last >= 0xa6 && last <= 0xa9);
}

bool is_control(std::string_view sequence) {
  const auto first = static_cast<std::uint8_t>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7f;
  const bool is_c1 = sequence.size() == 2 && first == 0xc2 && static_cast<std::uint8_t>(sequence[1]) < 0xa0;
  return is_c1 || is_layout(sequence);
}

void append_hex(std::string& out, std::uint8_t byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 0x0f];
}

}  // namespace

std::string printable_utf8(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text.substr(at));
    const std::string_view sequence = text.substr(at, length == 0 ? 1 : length);
    if (length == 0 || is_control(sequence)) {
      for (const char byte : sequence) append_hex(out, static_cast<std::uint8_t>(byte));
    } else {
      out += sequence;
    }
    at += sequence.size();
  }
  return out;
}

}  // namespace iptraf
