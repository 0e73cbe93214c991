// SPDX-License-Identifier: GPL-2.0-or-later
// Records of packet size breakdowns with one and with two columns.
#include "core/text.hpp"
#include "import/record_parser.hpp"
#include "parse_text.hpp"
#include "support/catch.hpp"

namespace iptraf::importer {
namespace {

std::string record(const std::string& columns, const std::string& rows) {
  return "*** Packet Size Distribution, generated Wed May 15 12:00:00 2024\n\nInterface: vB   MTU: 1500\n\n"
         "Packet Size (bytes)" +
         columns + "\n" + rows + "\nRunning time: 61 seconds\n";
}

}  // namespace

TEST_CASE("Packet sizes of iptraf-ng have a column for each direction", "[import]") {
  const test::TextLog parsed =
      test::parse_text(record("\tIn\t\tOut", "1 to 75:\t\t       3\t       0\n76 to 150:\t\t       1\t       2\n"));
  CHECK(parsed.messages.empty());
  REQUIRE(parsed.log.records.size() == 1);
  CHECK(parsed.log.records[0].device == "vB");
  const auto& totals = std::get<SizeTotals>(parsed.log.records[0].totals);
  CHECK(totals.mtu_bytes == 1500);
  CHECK(totals.has_directions);
  REQUIRE(totals.brackets.size() == 2);
  CHECK(totals.brackets[1].first_bytes == 76);
  CHECK(totals.brackets[1].last_bytes == 150);
  CHECK(totals.brackets[1].in_packets == 1);
  CHECK(totals.brackets[1].out_packets == 2);
}

TEST_CASE("Packet sizes of IPTraf up to 3.0 have one column, and a plus at the last bound", "[import]") {
  const test::TextLog parsed = test::parse_text(record("\tCount", "1 to 75:\t\t3\n1426 to 1500+:\t\t9\n"));
  CHECK(parsed.messages.empty());
  const auto& totals = std::get<SizeTotals>(parsed.log.records.at(0).totals);
  CHECK_FALSE(totals.has_directions);
  REQUIRE(totals.brackets.size() == 2);
  CHECK(totals.brackets[1].last_bytes == 1500);
  CHECK(totals.brackets[1].in_packets == 9);
}

TEST_CASE("A bracket that cannot be read is reported and the others stay", "[import]") {
  for (const std::string bad :
       {"75 to 1:\t3\t0", "1 to 75:\t3", "1 to 75:", "1 to 75:\t3\t0 x", "1 to 4294967296:\t3\t0"}) {
    CAPTURE(bad);
    const test::TextLog parsed = test::parse_text(record("\tIn\t\tOut", bad + "\n76 to 150:\t1\t2\n"));
    REQUIRE(parsed.log.records.size() == 1);
    CHECK_FALSE(parsed.log.records[0].is_whole);
    CHECK(std::get<SizeTotals>(parsed.log.records[0].totals).brackets.size() == 1);
    CHECK(parsed.messages == "x.log:6: is no line of a packet size breakdown: " + printable_utf8(bad) + "\n");
  }
}

}  // namespace iptraf::importer
