// SPDX-License-Identifier: GPL-2.0-or-later
// Splitting and percent-decoding of request targets.
#include "web/request_target.hpp"

#include <algorithm>

#include "web/header_text.hpp"

namespace iptraf::web {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The byte that `%XX` at the start of `text` stands for.
std::optional<char> percent_byte(std::string_view text) {
  if (text.size() < 3) return std::nullopt;
  const int high = hex_digit(text[1]);
  const int low = hex_digit(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

std::optional<std::string> decode_path(std::string_view text) {
  std::string path;
  while (!text.empty()) {
    const bool is_escape = text[0] == '%';
    const std::optional<char> byte = is_escape ? percent_byte(text) : text[0];
    if (!byte || *byte == '\0') return std::nullopt;
    path += *byte;
    text.remove_prefix(is_escape ? 3 : 1);
  }
  return path;
}

std::string decode_query(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    const std::optional<char> byte = text[0] == '%' ? percent_byte(text) : std::nullopt;
    decoded += byte ? *byte : (text[0] == '+' ? ' ' : text[0]);
    text.remove_prefix(byte ? 3 : 1);
  }
  return decoded;
}

bool has_space_or_control(std::string_view target) {
  return std::any_of(target.begin(), target.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

/// Takes scheme and authority off an absolute-form target. Gives the authority, empty when there is none.
std::string_view take_authority(std::string_view& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (lower_case(target.substr(0, scheme.size())) != scheme) continue;
    target.remove_prefix(scheme.size());
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(authority.size());
    return authority;
  }
  return {};
}

}  // namespace

std::optional<RequestTarget> parse_request_target(std::string_view target) {
  if (has_space_or_control(target)) return std::nullopt;
  std::string_view rest = target;
  const std::string_view authority = take_authority(rest);
  if (authority.empty() && (rest.size() != target.size() || rest.empty() || rest[0] != '/')) return std::nullopt;
  const std::string_view raw_path = take_until(rest, '?');
  std::optional<std::string> path = decode_path(raw_path.empty() ? std::string_view("/") : raw_path);
  if (!path) return std::nullopt;

  RequestTarget parsed{std::string(authority), std::move(*path), {}};
  while (!rest.empty()) {
    std::string_view pair = take_until(rest, '&');
    if (pair.empty()) continue;
    std::string key = decode_query(take_until(pair, '='));
    parsed.query.emplace(std::move(key), decode_query(pair));
  }
  return parsed;
}

}  // namespace iptraf::web
