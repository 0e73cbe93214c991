// SPDX-License-Identifier: GPL-2.0-or-later
// UTF-8 well-formedness (RFC 3629 section 4).
#include "config/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace iptraf::config {
namespace {

bool is_control(unsigned char byte) { return byte < 0x20 || byte == 0x7f; }
bool is_line_control(unsigned char byte) { return byte == '\t' || byte == '\n' || byte == '\r'; }

/// Bytes of the character that `text` begins with; 0 when it is not well-formed.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length) return 0;
  std::uint32_t code = byte(0) & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  return is_overlong || is_surrogate || code > 0x10FFFF ? 0 : length;
}

}  // namespace

std::size_t find_non_text(std::string_view text) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    const std::size_t length = character_bytes(text.substr(offset));
    const auto byte = static_cast<unsigned char>(text[offset]);
    if (length == 0 || (is_control(byte) && !is_line_control(byte))) return offset;
    offset += length;
  }
  return std::string_view::npos;
}

bool is_one_line_text(std::string_view text) {
  const bool has_control =
      std::any_of(text.begin(), text.end(), [](char c) { return is_control(static_cast<unsigned char>(c)); });
  return !has_control && find_non_text(text) == std::string_view::npos;
}

}  // namespace iptraf::config
