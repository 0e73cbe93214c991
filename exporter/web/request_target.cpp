// SPDX-License-Identifier: GPL-2.0-or-later
// Splitting and percent-decoding of request targets.
#include "web/request_target.hpp"

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

/// Takes scheme and authority off an absolute-form target.
std::string_view origin_form(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  constexpr std::string_view kTlsScheme = "https://";
  const std::string start = lower_case(target.substr(0, kTlsScheme.size()));
  if (start == kTlsScheme) {
    target.remove_prefix(kTlsScheme.size());
  } else if (start.substr(0, kScheme.size()) == kScheme) {
    target.remove_prefix(kScheme.size());
  } else {
    return target;
  }
  const std::size_t path = target.find_first_of("/?");
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

std::optional<RequestTarget> parse_request_target(std::string_view target) {
  std::string_view rest = origin_form(target);
  if (rest.empty() || (rest[0] != '/' && rest.data() == target.data())) return std::nullopt;
  const std::string_view raw_path = take_until(rest, '?');
  std::optional<std::string> path = decode_path(raw_path.empty() ? std::string_view("/") : raw_path);
  if (!path) return std::nullopt;

  RequestTarget parsed{std::move(*path), {}};
  while (!rest.empty()) {
    std::string_view pair = take_until(rest, '&');
    if (pair.empty()) continue;
    std::string key = decode_query(take_until(pair, '='));
    parsed.query.emplace(std::move(key), decode_query(pair));
  }
  return parsed;
}

}  // namespace iptraf::web
