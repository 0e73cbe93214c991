// SPDX-License-Identifier: GPL-2.0-or-later
// TimeZone: local time is that of a zone while the object lives.
#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace iptraf::test {

class TimeZone {
 public:
  explicit TimeZone(const std::string& zone = "UTC0") {
    if (const char* const before = std::getenv("TZ")) before_ = before;
    set(zone);
  }
  ~TimeZone() {
    if (before_) {
      set(*before_);
    } else {
      ::unsetenv("TZ");
      ::tzset();
    }
  }
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;

 private:
  static void set(const std::string& zone) {
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
  }

  std::optional<std::string> before_;
};

}  // namespace iptraf::test
