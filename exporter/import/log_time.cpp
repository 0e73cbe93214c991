// SPDX-License-Identifier: GPL-2.0-or-later
// Dates in the C library's form, and their place in time by the rules of a zone.
#include "import/log_time.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "import/text_scanner.hpp"

namespace iptraf::importer {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
// Times after 1980, as round-robin databases want them, that fit in 32 bits.
constexpr std::uint64_t kFirstYear = 1981;
constexpr std::uint64_t kLastYear = 2105;
constexpr std::time_t kDaySeconds = 24 * 3600;

template <std::size_t kWords>
std::optional<unsigned> word(TextScanner& scanner, const std::array<std::string_view, kWords>& words) {
  for (unsigned i = 0; i < kWords; ++i) {
    if (scanner.literal(words.at(i))) return i;
  }
  return std::nullopt;
}

struct ClockTime {
  std::uint64_t hour = 0;
  std::uint64_t minute = 0;
  std::uint64_t second = 0;

  bool is_valid() const { return hour < 24 && minute < 60 && second <= 60; }
  LocalSeconds seconds() const { return static_cast<LocalSeconds>(hour * 3600 + minute * 60 + second); }
};

/// Of local time: seconds ahead of UTC.
long offset_at(std::time_t time) {
  std::tm broken{};
  return ::localtime_r(&time, &broken) == nullptr ? 0 : broken.tm_gmtoff;
}

/// The database is asked for names; a string of rules is left to the C library, which wants a name and an offset.
bool is_known_zone(const std::string& name) {
  if (name == "UTC" || name == "GMT") return true;
  if (name.find("..") == std::string::npos && name.front() != '/') {
    const char* const folder = std::getenv("TZDIR");
    std::ifstream file((folder != nullptr ? std::string(folder) : "/usr/share/zoneinfo") + "/" + name,
                       std::ios::binary);
    std::array<char, 4> magic{};
    if (file.read(magic.data(), magic.size()) && std::string_view(magic.data(), magic.size()) == "TZif") return true;
  }
  const auto letters = std::find_if(name.begin(), name.end(), [](unsigned char c) { return std::isalpha(c) == 0; });
  if (letters - name.begin() < 3 || letters == name.end()) return false;
  const auto digits = letters + (*letters == '+' || *letters == '-' ? 1 : 0);
  return digits != name.end() && std::isdigit(static_cast<unsigned char>(*digits)) != 0;
}

}  // namespace

std::optional<LocalSeconds> parse_local_time(std::string_view text, std::size_t& length) {
  TextScanner scanner(text);
  ClockTime clock;
  std::uint64_t day = 0;
  std::uint64_t year = 0;
  if (!word(scanner, kDays) || !scanner.literal(" ")) return std::nullopt;
  const auto month = word(scanner, kMonths);
  const bool is_read = month && scanner.literal(" ") && scanner.blanks() && scanner.number(day) &&
                       scanner.literal(" ") && scanner.number(clock.hour) && scanner.literal(":") &&
                       scanner.number(clock.minute) && scanner.literal(":") && scanner.number(clock.second) &&
                       scanner.literal(" ") && scanner.number(year);
  if (!is_read || !clock.is_valid() || day > 31 || year < kFirstYear || year > kLastYear) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(*month + 1),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  length = text.size() - scanner.rest().size();
  return static_cast<LocalSeconds>(std::chrono::sys_days(date).time_since_epoch().count()) * kDaySeconds +
         clock.seconds();
}

std::string local_time_text(LocalSeconds local) {
  const std::time_t time = local;
  std::tm broken{};
  std::array<char, 32> text{};
  if (::gmtime_r(&time, &broken) == nullptr) return "?";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &broken)};
}

TimeZone::TimeZone(const std::string& name) {
  const char* const before = std::getenv("TZ");
  if (before != nullptr) before_ = before;
  if (!name.empty()) {
    if (!is_known_zone(name)) {
      throw TimeZoneError("there is no time zone \"" + name +
                          "\": expected a name of the time zone database such as Europe/Vienna or UTC (is the package "
                          "tzdata installed?)");
    }
    is_changed_ = true;
    ::setenv("TZ", name.c_str(), 1);
  }
  ::tzset();
}

TimeZone::~TimeZone() {
  if (!is_changed_) return;
  if (before_) {
    ::setenv("TZ", before_->c_str(), 1);
  } else {
    ::unsetenv("TZ");
  }
  ::tzset();
}

std::time_t TimeZone::resolve(LocalSeconds local, std::optional<std::time_t> previous) const {
  const std::array<long, 2> offsets{offset_at(local - kDaySeconds), offset_at(local + kDaySeconds)};
  std::vector<std::time_t> candidates;
  for (const long offset : offsets) {
    const std::time_t time = local - offset;
    if (offset_at(time) == offset) candidates.push_back(time);
  }
  if (candidates.empty()) return local - offsets.front();
  std::sort(candidates.begin(), candidates.end());
  for (const std::time_t candidate : candidates) {
    if (!previous || candidate >= *previous) return candidate;
  }
  return candidates.front();
}

}  // namespace iptraf::importer
