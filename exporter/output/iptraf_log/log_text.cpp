// SPDX-License-Identifier: GPL-2.0-or-later
// Times, numbers and rates as IPTraf's logs write them, whatever the locale is.
#include "output/iptraf_log/log_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace iptraf::output {
namespace {

constexpr std::size_t kRateColumns = 9;

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

}  // namespace

std::string time_text(std::time_t seconds) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm time{};
  ::localtime_r(&seconds, &time);
  std::string text = kDays.at(static_cast<std::size_t>(time.tm_wday));
  text += ' ';
  text += kMonths.at(static_cast<std::size_t>(time.tm_mon));
  text += ' ' + right_aligned(std::to_string(time.tm_mday), 2);
  text += ' ' + two_digits(time.tm_hour) + ':' + two_digits(time.tm_min) + ':' + two_digits(time.tm_sec);
  return text + ' ' + std::to_string(time.tm_year + 1900);
}

std::string right_aligned(std::string_view text, std::size_t width) {
  std::string padded(width > text.size() ? width - text.size() : 0, ' ');
  return padded += text;
}

std::string two_decimals(double value) {
  std::array<char, 400> text{};  // the largest double has 309 digits
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 2).ptr;
  return {text.data(), end};
}

std::string rate_text(config::LogFormat format, double bytes_per_second) {
  double rate = bytes_per_second * 8 / 1000;
  if (format != config::LogFormat::kNg) return two_decimals(rate) + " kbits/s";
  constexpr double kTooWide = 999'999.995;
  constexpr std::array<std::string_view, 4> kUnits{" kbps", " Mbps", " Gbps", " Tbps"};
  std::size_t unit = 0;
  for (; rate >= kTooWide && unit + 1 < kUnits.size(); ++unit) rate /= 1000;
  return right_aligned(two_decimals(rate), kRateColumns).append(kUnits.at(unit));
}

std::string packet_rate_text(config::LogFormat format, double packets_per_second) {
  if (format != config::LogFormat::kNg) return two_decimals(packets_per_second) + " packets/s";
  return right_aligned(std::to_string(std::llround(packets_per_second)), kRateColumns) + " pps";
}

std::string facility_line(std::time_t seconds, std::string_view facility, std::string_view word) {
  return time_text(seconds) + "; ******** " + std::string(facility) + ' ' + std::string(word) + " ********\n";
}

std::string notice_line(std::time_t seconds, std::string_view text) {
  return time_text(seconds) + "; ***** " + std::string(text) + " *****\n";
}

}  // namespace iptraf::output
