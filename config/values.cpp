// SPDX-License-Identifier: GPL-2.0-or-later
// Parsing of the small values of the configuration and the command line.
#include "config/values.hpp"

#include <array>
#include <charconv>

namespace iptraf::config {
namespace {

struct Unit {
  std::string_view name;
  double seconds;
};

constexpr double kDaySeconds = 24.0 * 3600;
constexpr double kMaxDurationSeconds = 100 * 365 * kDaySeconds;
constexpr std::array kUnits{Unit{"y", 365 * kDaySeconds},
                            Unit{"w", 7 * kDaySeconds},
                            Unit{"d", kDaySeconds},
                            Unit{"h", 3600},
                            Unit{"m", 60},
                            Unit{"s", 1},
                            Unit{"ms", 0.001}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the longest prefix of `text` whose characters are (or are not) digits.
std::string_view take_run(std::string_view& text, bool of_digits) {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length]) == of_digits) ++length;
  const std::string_view run = text.substr(0, length);
  text.remove_prefix(length);
  return run;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = parse_whole_number(text);
  if (!number || *number < 1 || *number > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

/// Ends the copied part where a UTF-8 character ends.
std::size_t cut_length(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text.size();
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  return limit;
}

}  // namespace

std::optional<std::uint64_t> parse_whole_number(std::string_view text) {
  if (text.empty() || !is_digit(text.front()) || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration{0};
  if (text.empty()) return std::nullopt;
  double seconds = 0;
  auto unit = kUnits.begin();
  while (!text.empty()) {
    const auto number = parse_whole_number(take_run(text, true));
    const std::string_view name = take_run(text, false);
    while (unit != kUnits.end() && unit->name != name) ++unit;
    if (!number || unit == kUnits.end()) return std::nullopt;
    seconds += static_cast<double>(*number) * unit->seconds;
    ++unit;
  }
  if (seconds > kMaxDurationSeconds) return std::nullopt;
  return Duration{seconds};
}

std::optional<PortRange> parse_port_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_port(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_port(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return PortRange{*first, *last};
}

std::optional<ServicePort> parse_service(std::string_view text) {
  const bool is_tcp = text.starts_with("tcp/");
  if (!is_tcp && !text.starts_with("udp/")) return std::nullopt;
  const auto port = parse_port(text.substr(4));
  if (!port) return std::nullopt;
  return ServicePort{is_tcp, *port};
}

std::optional<RrdArchive> parse_archive(std::string_view text) {
  constexpr std::uint64_t kMost = 1'000'000;
  const std::size_t x = text.find('x');
  if (x == std::string_view::npos) return std::nullopt;
  const auto steps = parse_whole_number(text.substr(0, x));
  const auto rows = parse_whole_number(text.substr(x + 1));
  if (!steps || !rows || *steps == 0 || *rows == 0 || *steps > kMost || *rows > kMost) return std::nullopt;
  return RrdArchive{static_cast<std::uint32_t>(*steps), static_cast<std::uint32_t>(*rows)};
}

std::string quote(std::string_view text) {
  constexpr std::size_t kMaxShown = 60;
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  const std::size_t shown = cut_length(text, kMaxShown);
  std::string quoted = "\"";
  for (const char c : text.substr(0, shown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      quoted += "\\x";
      quoted += kHexDigits[byte >> 4U];
      quoted += kHexDigits[byte & 0xFU];
    } else {
      quoted += c;
    }
  }
  if (shown < text.size()) quoted += "...";
  return quoted + '"';
}

}  // namespace iptraf::config
