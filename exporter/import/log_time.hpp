// SPDX-License-Identifier: GPL-2.0-or-later
// LocalTime and TimeZone: the times of logs, which name no zone, as seconds since the epoch.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace iptraf::importer {

/// What the clock on the wall showed, counted as if it were UTC: in order but for daylight saving.
using LocalSeconds = std::int64_t;

/// Reads the C library's date text at the start of `text`: "Sun Jan 27 00:35:22 2002", in English whatever the locale.
/// `length` is what it takes. Years 1981 to 2105. The day of the week is not compared with the date.
std::optional<LocalSeconds> parse_local_time(std::string_view text, std::size_t& length);

/// "2002-01-27 00:35:22", for messages.
std::string local_time_text(LocalSeconds local);

/// There is no such zone; what() names it and says what is accepted.
class TimeZoneError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Threading: sets TZ for the whole process while it lives, so that there is one at a time and no other thread asks for
/// local times.
class TimeZone {
 public:
  /// A name of the time zone database or a POSIX TZ string; empty: the machine's own. Throws TimeZoneError.
  explicit TimeZone(const std::string& name);
  ~TimeZone();
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;

  /// The time that the clock showed `local`. Of the hour that comes twice when daylight saving ends it is the first
  /// that is not before `previous`, else the first; an hour that daylight saving left out is taken for the hour after.
  std::time_t resolve(LocalSeconds local, std::optional<std::time_t> previous) const;

 private:
  std::optional<std::string> before_;
  bool is_changed_ = false;
};

}  // namespace iptraf::importer
