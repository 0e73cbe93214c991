// SPDX-License-Identifier: GPL-2.0-or-later
// Records of LAN station statistics.
#include "import/record_parser.hpp"
#include "import/record_samples.hpp"
#include "parse_text.hpp"
#include "support/catch.hpp"

namespace iptraf::importer {
namespace {

constexpr const char* kCounts =
    "\tIncoming total 2 packets, 200 bytes; 1 IP packets\n\tOutgoing total 5 packets, 352 bytes; 4 IP packets\n"
    "\tAverage rates:      0.20 kbps incoming,      0,35 kbps outgoing\n\tLast 5-second rates: 0.00 kbps incoming\n\n";

test::TextLog read(const std::string& lines) {
  return test::parse_text("*** LAN traffic log, generated Wed May 15 12:00:00 2024\n\n" + lines +
                          "Running time: 8 seconds\n");
}

}  // namespace

TEST_CASE("A station's address has colons or none, a link type, and perhaps a description", "[import]") {
  const test::TextLog parsed =
      read("Ethernet address: 02:00:00:00:00:0a (my host (A))\n" + std::string(kCounts) +
           "FDDI address: 02000000000B\n" + kCounts + "PLIP address: fcfc00000001 ()\n" + kCounts);
  CHECK(parsed.messages.empty());
  const auto& stations = std::get<std::vector<StationTotals>>(parsed.log.records.at(0).totals);
  REQUIRE(stations.size() == 3);
  CHECK(mac_text(stations[0], ':') == "02:00:00:00:00:0a");
  CHECK(stations[0].description == "my host (A)");
  CHECK_FALSE(stations[0].is_fddi);
  CHECK(stations[0].in.packets == 2);
  CHECK(stations[0].in.bytes == 200);
  CHECK(stations[0].in.ip_packets == 1);
  CHECK(stations[0].out.packets == 5);
  CHECK(stations[0].out.bytes == 352);
  CHECK(stations[0].out.ip_packets == 4);
  CHECK(mac_text(stations[1], '-') == "02-00-00-00-00-0b");
  CHECK(stations[1].is_fddi);
  CHECK(mac_text(stations[2], ':') == "fc:fc:00:00:00:01");
  CHECK_FALSE(stations[2].is_fddi);
  CHECK(stations[2].description.empty());
}

TEST_CASE("An address on two link types is one station", "[import]") {
  const test::TextLog parsed =
      read("Ethernet address: 02000000000a\n" + std::string(kCounts) + "FDDI address: 02000000000a\n" + kCounts);
  const auto& stations = std::get<std::vector<StationTotals>>(parsed.log.records.at(0).totals);
  REQUIRE(stations.size() == 1);
  CHECK(stations[0].in.packets == 4);
  CHECK(stations[0].out.bytes == 704);
}

TEST_CASE("A station whose lines are not all there is left out", "[import]") {
  for (const std::string bad : {"Ethernet address: 02:00:00:00:00\n", "Ethernet address: 0200000000zz\n",
                                "Ethernet address: 02:00:0000:00:0a\n", "Token address: 02000000000a\n"}) {
    CAPTURE(bad);
    const test::TextLog parsed = read(bad + kCounts);
    CHECK(std::get<std::vector<StationTotals>>(parsed.log.records.at(0).totals).empty());
    CHECK_FALSE(parsed.log.records[0].is_whole);
    CHECK(parsed.log.skipped == 3);
  }
  const test::TextLog half =
      read("Ethernet address: 02000000000a\n\tIncoming total 2 packets, 200 bytes; 2 IP packets\n");
  CHECK(std::get<std::vector<StationTotals>>(half.log.records.at(0).totals).empty());
  CHECK_FALSE(half.log.records[0].is_whole);
}

}  // namespace iptraf::importer
