// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the times, numbers and rates of IPTraf's logs.
#include "output/iptraf_log/log_text.hpp"

#include "exporter/output/iptraf_log/time_zone.hpp"
#include "support/catch.hpp"

using namespace iptraf::output;
using iptraf::config::LogFormat;
using iptraf::test::TimeZone;

TEST_CASE("A time is local, in English, and its day padded with a space") {
  const TimeZone utc;
  CHECK(time_text(1'012'091'722) == "Sun Jan 27 00:35:22 2002");
  CHECK(time_text(1'000'000'000) == "Sun Sep  9 01:46:40 2001");
  CHECK(time_text(0) == "Thu Jan  1 00:00:00 1970");
  const TimeZone new_york("EST5EDT");
  CHECK(time_text(1'012'091'722) == "Sat Jan 26 19:35:22 2002");
}

TEST_CASE("iptraf-ng's rates have nine columns and a unit that grows") {
  const auto rate = [](double bits_per_second) { return rate_text(LogFormat::kNg, bits_per_second / 8); };
  CHECK(rate(0) == "     0.00 kbps");
  CHECK(rate(6160) == "     6.16 kbps");
  CHECK(rate(999'999'990) == "999999.99 kbps");
  CHECK(rate(999'999'996) == "  1000.00 Mbps");
  CHECK(rate(25e12) == " 25000.00 Gbps");
  CHECK(rate(1e21) == "1000000000.00 Tbps");
}

TEST_CASE("Older rates are kbits/s without padding") {
  CHECK(rate_text(LogFormat::k27, 2'666'961.25) == "21335.69 kbits/s");
  CHECK(rate_text(LogFormat::k25, 0) == "0.00 kbits/s");
  CHECK(packet_rate_text(LogFormat::k27, 1.5) == "1.50 packets/s");
  CHECK(packet_rate_text(LogFormat::kNg, 1.6) == "        2 pps");
}

TEST_CASE("Facilities start and stop with a line that scripts look for") {
  const TimeZone utc;
  CHECK(facility_line(1'012'091'722, "TCP/UDP service monitor", "started") ==
        "Sun Jan 27 00:35:22 2002; ******** TCP/UDP service monitor started ********\n");
  CHECK(notice_line(1'012'091'722, "Logfile reopened") == "Sun Jan 27 00:35:22 2002; ***** Logfile reopened *****\n");
}
