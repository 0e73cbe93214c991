// SPDX-License-Identifier: GPL-2.0-or-later
// Dates of logs, and their place in time by the rules of a zone.
#include "import/log_time.hpp"

#include <cstdlib>

#include "support/catch.hpp"

namespace iptraf::importer {
namespace {

LocalSeconds local(std::string_view text) {
  std::size_t length = 0;
  const auto time = parse_local_time(text, length);
  REQUIRE(time);
  CHECK(length == text.size());
  return *time;
}

}  // namespace

TEST_CASE("Dates are in the C library's form, with a padded day", "[import]") {
  CHECK(local("Sun Jan 27 00:35:22 2002") == 1012091722);
  CHECK(local("Sun Jan  6 00:35:22 2002") == 1010277322);
  CHECK(local("Thu Feb 29 23:59:60 2024") == 1709251200);
  CHECK(local_time_text(1012091722) == "2002-01-27 00:35:22");
  std::size_t length = 0;
  CHECK(parse_local_time("Sun Jan 27 00:35:22 2002; ***", length));
  CHECK(length == 24);
}

TEST_CASE("What is no date gives none", "[import]") {
  std::size_t length = 0;
  const std::string good = "Sun Jan 27 00:35:22 2002";
  for (std::size_t cut = 0; cut < good.size() - 3; ++cut) CHECK_FALSE(parse_local_time(good.substr(0, cut), length));
  for (const char* text :
       {"Son Jan 27 00:35:22 2002", "Sun Jän 27 00:35:22 2002", "Sun Feb 30 00:35:22 2002", "Sun Jan 0 00:35:22 2002",
        "Sun Jan 27 24:35:22 2002", "Sun Jan 27 00:60:22 2002", "Sun Jan 27 00:35:61 2002", "Sun Jan 27 00:35:22 1980",
        "Sun Jan 27 00:35:22 2106", "Sun Jan 27 00:35:22 99999999999999999999", "Sun Jan -1 00:35:22 2002"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_local_time(text, length));
  }
}

TEST_CASE("A zone gives times their place, in summer and in winter", "[import]") {
  const TimeZone vienna("Europe/Vienna");
  CHECK(vienna.resolve(local("Wed May 15 12:00:00 2024"), {}) == 1715767200);
  CHECK(vienna.resolve(local("Mon Jan 15 12:00:00 2024"), {}) == 1705316400);
}

TEST_CASE("Of the hour that comes twice, the order in the log tells which", "[import]") {
  const TimeZone vienna("Europe/Vienna");
  const std::time_t first = vienna.resolve(local("Sun Oct 27 02:50:00 2024"), {});
  CHECK(first == 1729990200);
  const std::time_t second = vienna.resolve(local("Sun Oct 27 02:10:00 2024"), first);
  CHECK(second == 1729991400);
  CHECK(vienna.resolve(local("Sun Oct 27 02:50:00 2024"), second) == 1729993800);
  CHECK(vienna.resolve(local("Sun Oct 27 03:00:00 2024"), second) == 1729994400);
  CHECK(vienna.resolve(local("Sun Oct 27 02:10:00 2024"), 1729999999) == 1729987800);
}

TEST_CASE("A time in the hour that daylight saving leaves out is taken for the hour after", "[import]") {
  const TimeZone vienna("Europe/Vienna");
  CHECK(vienna.resolve(local("Sun Mar 31 02:30:00 2024"), {}) == 1711848600);  // 03:30 summer time
}

TEST_CASE("A change of the zone without daylight saving is known too", "[import]") {
  const TimeZone moscow("Europe/Moscow");
  const std::time_t first = moscow.resolve(local("Sun Oct 26 01:30:00 2014"), {});
  CHECK(moscow.resolve(local("Sun Oct 26 01:10:00 2014"), first) == first + 2400);
}

TEST_CASE("POSIX rules are accepted, unknown names are not, and TZ is as before", "[import]") {
  ::setenv("TZ", "Asia/Tokyo", 1);
  {
    const TimeZone rules("CET-1CEST,M3.5.0,M10.5.0/3");
    CHECK(rules.resolve(local("Wed May 15 12:00:00 2024"), {}) == 1715767200);
  }
  CHECK(std::string(std::getenv("TZ")) == "Asia/Tokyo");
  {
    const TimeZone machine("");
    CHECK(machine.resolve(local("Wed May 15 12:00:00 2024"), {}) == 1715742000);
  }
  for (const char* name :
       {"Europe/Wein", "Mars", "..", "/etc/passwd", "../../../etc/passwd", "Europe", " ", "A1", "+1"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(TimeZone(name), TimeZoneError);
  }
  ::unsetenv("TZ");
  CHECK(TimeZone("UTC").resolve(0, {}) == 0);
  CHECK(std::getenv("TZ") == nullptr);
}

}  // namespace iptraf::importer
