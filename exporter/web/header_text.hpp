// SPDX-License-Identifier: GPL-2.0-or-later
// Small helpers for the text of HTTP headers; ASCII only, whatever the locale.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace iptraf::web {

/// Cuts off and returns what stands before `separator`; the rest, without the separator, stays in `rest`.
inline std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view head = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return head;
}

/// Without the spaces and tabs around it.
inline std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// A token of RFC 9110 section 5.6.2, such as the name of a header.
inline bool is_token(std::string_view text) {
  const auto is_token_char = [](char c) {
    const bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return is_alphanumeric || (c != '\0' && std::strchr("!#$%&'*+-.^_`|~", c) != nullptr);
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

/// Whether a header may have this value (RFC 9110 section 5.5): no control character but tabs.
inline bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
}

inline std::string lower_case(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

}  // namespace iptraf::web
