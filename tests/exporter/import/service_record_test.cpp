// SPDX-License-Identifier: GPL-2.0-or-later
// Records of service statistics in the spellings of all versions.
#include "import/record_parser.hpp"
#include "parse_text.hpp"
#include "support/catch.hpp"

namespace iptraf::importer {
namespace {

using test::parse_text;
using test::service_record;

constexpr const char* kDate = "Wed May 15 12:00:00 2024";

/// The entries as "tcp/80 in P/B out P/B", and what was said.
std::string read(const std::string& lines) {
  const test::TextLog parsed = parse_text(service_record(kDate, lines));
  std::string text;
  for (const LogRecord& record : parsed.log.records) {
    for (const ServiceTotals& service : std::get<std::vector<ServiceTotals>>(record.totals)) {
      text += std::string(service.is_udp ? "udp/" : "tcp/") + std::to_string(service.port) + " in " +
              std::to_string(service.in.packets) + "/" + std::to_string(service.in.bytes) + " out " +
              std::to_string(service.out.packets) + "/" + std::to_string(service.out.bytes) + "\n";
    }
  }
  return text + parsed.messages;
}

}  // namespace

TEST_CASE("A service line is read whatever its version says of rates", "[import]") {
  const std::string expected = "tcp/22 in 3027/4198328 out 1618/103828\n";
  CHECK(read("TCP/22: 4645 packets, 4302156 bytes total; 3027 packets, 4198328 bytes incoming;1618 packets, 103828 "
             "bytes outgoing") == expected);
  for (const std::string rate : {"254.52 kbits/s", "9,18 kbits/s", "     6.16 kbps", "0.06 kBps", "1.5 kbytes/s",
                                 "2 Mbps", "3.25 GBps", "nan kbps"}) {
    CAPTURE(rate);
    CHECK(read("TCP/22: 4645 packets, 4302156 bytes total, " + rate + "; 3027 packets, 4198328 bytes incoming, " +
               rate + "; 1618 packets, 103828 bytes outgoing, " + rate) == expected);
  }
}

TEST_CASE("TCP and UDP on one port stay apart, in the order of ports", "[import]") {
  CHECK(read("UDP/80: 7 packets, 700 bytes total; 3 packets, 300 bytes incoming; 4 packets, 400 bytes outgoing\n"
             "TCP/443: 1 packets, 40 bytes total; 1 packets, 40 bytes incoming; 0 packets, 0 bytes outgoing\n"
             "TCP/80: 2 packets, 80 bytes total; 1 packets, 40 bytes incoming; 1 packets, 40 bytes outgoing") ==
        "tcp/80 in 1/40 out 1/40\ntcp/443 in 1/40 out 0/0\nudp/80 in 3/300 out 4/400\n");
}

TEST_CASE("A service name is mapped back to its port, also a name that IPTraf has cut", "[import]") {
  const std::string rest = ": 2 packets, 80 bytes total; 1 packets, 40 bytes incoming; 1 packets, 40 bytes outgoing";
  CHECK(read("TCP/http" + rest) == "tcp/80 in 1/40 out 1/40\n");
  CHECK(read("TCP/www" + rest) == "tcp/80 in 1/40 out 1/40\n");
  CHECK(read("UDP/www" + rest) == "udp/8888 in 1/40 out 1/40\n");
  CHECK(read("UDP/netbios-ns" + rest) == "udp/137 in 1/40 out 1/40\n");
  CHECK(read("UDP/netbios-dg" + rest) == "udp/138 in 1/40 out 1/40\n");
  for (const std::string unknown : {"UDP/http", "TCP/ambiguous-", "TCP/netb", "UDP/netbios-d", "TCP/*"}) {
    CAPTURE(unknown);
    CHECK(read(unknown + rest) ==
          "x.log:3: is of a service that /etc/services does not name, or not clearly: " + unknown + rest + "\n");
  }
}

TEST_CASE("A service line that is not whole is reported with file and line and breaks nothing else", "[import]") {
  const std::string good =
      "TCP/80: 2 packets, 80 bytes total; 1 packets, 40 bytes incoming; 1 packets, 40 bytes outgoing";
  for (std::size_t length = 1; length < good.size() - 1; ++length) {
    const std::string cut = good.substr(0, length);
    CAPTURE(cut);
    const test::TextLog parsed = parse_text(service_record(kDate, cut + "\n" + good));
    REQUIRE(parsed.log.records.size() == 1);
    CHECK_FALSE(parsed.log.records[0].is_whole);
    CHECK(parsed.log.skipped == 1);
    CHECK(parsed.messages.starts_with("x.log:3: is no line of TCP/UDP service statistics: "));
    CHECK(std::get<std::vector<ServiceTotals>>(parsed.log.records[0].totals).size() == 1);
  }
  CHECK(read("TCP/65536" + good.substr(6)).starts_with("x.log:3: is of a port above 65535"));
  CHECK(read("TCP/80: 99999999999999999999 packets, 80 bytes total").starts_with("x.log:3: is no line of TCP/UDP"));
}

}  // namespace iptraf::importer
