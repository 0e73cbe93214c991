// SPDX-License-Identifier: GPL-2.0-or-later
// Records of general and of detailed interface statistics.
#include "import/record_parser.hpp"
#include "parse_text.hpp"
#include "support/catch.hpp"

namespace iptraf::importer {
namespace {

using test::parse_text;

constexpr const char* kRows =
    "Total: \t6 packets, 1798 bytes\n\t(incoming: 5 packets, 298 bytes; outgoing: 1 packets, 1500 bytes)\n"
    "IP: \t3 packets, 1640 bytes\n\t(incoming: 2 packets, 140 bytes; outgoing: 1 packets, 1500 bytes)\n"
    "TCP: 2 packets, 1540 bytes\n\t(incoming: 1 packets, 40 bytes; outgoing: 1 packets, 1500 bytes)\n"
    "UDP: 1 packets, 100 bytes\n\t(incoming: 1 packets, 100 bytes; outgoing: 0 packets, 0 bytes)\n"
    "ICMP: 1 packets, 60 bytes\n\t(incoming: 1 packets, 60 bytes; outgoing: 0 packets, 0 bytes)\n"
    "Other IP: 0 packets, 0 bytes\n\t(incoming: 0 packets, 0 bytes; outgoing: 0 packets, 0 bytes)\n"
    "Non-IP: 1 packets, 46 bytes\n\t(incoming: 1 packets, 46 bytes; outgoing: 0 packets, 0 bytes)\n"
    "Broadcast: 1 packets, 46 bytes\n";

std::string detailed(const std::string& rows, const std::string& rates) {
  return "*** Detailed statistics for interface vB, generated Wed May 15 12:00:00 2024\n\n" + rows + "\n" + rates +
         "\nIP checksum errors: 1\n\nRunning time: 61 seconds\n";
}

constexpr const char* kNgRates =
    "Average rates:\n  Total:\t     0.00 kbps,         0 pps\n  Incoming:\t     0.00 kBps,         0 pps\n"
    "Peak total activity:      2.86 kbps,         1 pps\n";
constexpr const char* kOldRates =
    "Average rates:\n  Total:\t0,00 kbits/s, 0.00 packets/s\nPeak total activity: 2.86 kbytes/s, 1.00 packets/s\n";

}  // namespace

TEST_CASE("A general record tells of each interface", "[import]") {
  const test::TextLog parsed = parse_text(
      "\n*** General interface statistics log generated Wed May 15 12:00:00 2024\n\n"
      "vB: 5 total, 2 IP, 2 non-IP, 1 IP checksum errors, average activity      0.39 kbps, peak activity 0.47 kbps\n"
      "eth0:1: 7 total, 7 IP, 0 non-IP, 0 IP checksum errors\nnonsense\n\n6 seconds running time\n");
  REQUIRE(parsed.log.records.size() == 2);
  CHECK(parsed.log.records[0].device == "vB");
  CHECK(parsed.log.records[1].device == "eth0:1");
  const auto& totals = std::get<GeneralTotals>(parsed.log.records[0].totals);
  CHECK(totals.packets == 5);
  CHECK(totals.ipv4_packets == 2);
  CHECK(totals.non_ip_packets == 2);
  CHECK(totals.checksum_errors == 1);
  CHECK(parsed.messages == "x.log:6: is no line of general interface statistics: nonsense\n");
}

TEST_CASE("A detailed record has all rows, and the units of its rates tell the version", "[import]") {
  for (const auto& [rates, version] : {std::pair{kNgRates, LogVersion::kNg}, std::pair{kOldRates, LogVersion::kClassic},
                                       std::pair{"", LogVersion::kUnknown}}) {
    CAPTURE(rates);
    const test::TextLog parsed = parse_text(detailed(kRows, rates));
    CHECK(parsed.messages.empty());
    REQUIRE(parsed.log.records.size() == 1);
    CHECK(parsed.log.records[0].device == "vB");
    CHECK(parsed.log.records[0].version == version);
    const auto& totals = std::get<DetailedTotals>(parsed.log.records[0].totals);
    CHECK(totals.total.in == Count{5, 298});
    CHECK(totals.total.out == Count{1, 1500});
    CHECK(totals.ipv4.total == Count{3, 1640});
    CHECK(totals.tcp.out == Count{1, 1500});
    CHECK(totals.udp.in == Count{1, 100});
    CHECK(totals.icmp.in == Count{1, 60});
    CHECK(totals.other_ip.total == Count{0, 0});
    CHECK(totals.non_ip.in == Count{1, 46});
    CHECK(totals.broadcast == Count{1, 46});
    CHECK(totals.checksum_errors == 1);
  }
}

TEST_CASE("A record without rates is of the version of the log's other records", "[import]") {
  const test::TextLog parsed = parse_text(detailed(kRows, "") + detailed(kRows, kOldRates) + detailed(kRows, ""));
  REQUIRE(parsed.log.records.size() == 3);
  for (const LogRecord& record : parsed.log.records) CHECK(record.version == LogVersion::kClassic);
}

TEST_CASE("A detailed record that lacks a row is not used", "[import]") {
  const std::string rows = kRows;
  const std::size_t tcp = rows.find("TCP: ");
  const std::size_t udp = rows.find("UDP: ");
  const test::TextLog parsed = parse_text(detailed(rows.substr(0, tcp) + rows.substr(udp), kNgRates));
  CHECK(parsed.log.records.empty());
  CHECK(parsed.messages == "x.log:24: the record lacks lines and is not used\n");
  const test::TextLog broken = parse_text(detailed(rows.substr(0, tcp) + "TCP: 2 packets\n" + rows.substr(udp), ""));
  CHECK(broken.log.records.empty());
  CHECK(broken.log.skipped == 2);
}

}  // namespace iptraf::importer
