// SPDX-License-Identifier: GPL-2.0-or-later
// Records and starts among the lines of logs, of whatever bytes.
#include "import/log_parser.hpp"

#include <array>
#include <random>

#include "parse_text.hpp"
#include "support/catch.hpp"

namespace iptraf::importer {
namespace {

using test::parse_text;

constexpr const char* kDate = "Wed May 15 12:00:00 2024";
constexpr const char* kLine =
    "TCP/80: 2 packets, 80 bytes total; 1 packets, 40 bytes incoming; 1 packets, 40 bytes outgoing";

}  // namespace

TEST_CASE("The kind of a log is told by the headers of its records", "[import]") {
  const std::array<std::string, kLogKinds> headers{
      "*** TCP/UDP traffic log, generated ", "*** General interface statistics log generated ",
      "*** Detailed statistics for interface eth0, generated ", "*** Packet Size Distribution, generated ",
      "*** LAN traffic log, generated "};
  for (std::size_t kind = 0; kind < kLogKinds; ++kind) {
    const auto header = parse_header(headers.at(kind) + "Sun Jan  6 00:35:22 2002");
    REQUIRE(header);
    CHECK(header->kind == static_cast<LogKind>(kind));
    CHECK(header->local == 1010277322);
    CHECK(header->device == (kind == 2 ? "eth0" : ""));
    CHECK_FALSE(parse_header(headers.at(kind)));
    CHECK_FALSE(parse_header(headers.at(kind) + "Sun Jan 32 00:35:22 2002"));
  }
  CHECK_FALSE(parse_header("*** Some other log, generated Sun Jan  6 00:35:22 2002"));
}

TEST_CASE("A start is noted before the record that follows it", "[import]") {
  const test::TextLog parsed =
      parse_text("Wed May 15 11:55:00 2024; ******** TCP/UDP service monitor started ********\n\n" +
                 test::service_record(kDate, kLine) +
                 "Wed May 15 12:01:00 2024; ******** TCP/UDP service monitor stopped ********\n" +
                 "Wed May 15 12:02:00 2024; ******** TCP/UDP service monitor started ********\n" +
                 "Wed May 15 12:03:00 2024; ***** USR1 signal received, preparing to reopen log file *****\n" +
                 "Wed May 15 12:03:00 2024; ***** Logfile reopened *****\n");
  CHECK(parsed.messages.empty());
  CHECK(parsed.log.records.size() == 1);
  REQUIRE(parsed.log.starts.size() == 2);
  CHECK(parsed.log.starts[0].record == 0);
  CHECK(parsed.log.starts[1].record == 1);
  CHECK(parsed.log.starts[1].local == 1715774520);
  CHECK(parsed.log.starts[1].kind == LogKind::kService);
}

TEST_CASE("A record that is cut is reported at its beginning and not used", "[import]") {
  const std::string cut = "*** TCP/UDP traffic log, generated " + std::string(kDate) + "\n" + kLine + "\n";
  const test::TextLog at_end = parse_text(cut);
  CHECK(at_end.log.records.empty());
  CHECK(at_end.messages == "x.log:1: the record that begins here is cut and is not used\n");
  const test::TextLog inside = parse_text(cut + test::service_record(kDate, kLine));
  CHECK(inside.log.records.size() == 1);
  CHECK(inside.log.skipped == 1);
  const test::TextLog started =
      parse_text(cut + kDate + "; ******** TCP/UDP service monitor started ********\n" + kLine + "\n");
  CHECK(started.log.records.empty());
  CHECK(started.log.skipped == 2);
}

TEST_CASE("The lines of a record whose header cannot be read are passed over with it", "[import]") {
  const test::TextLog parsed =
      parse_text(test::service_record("Wed Foo 15 12:00:00 2024", kLine) + test::service_record(kDate, kLine));
  CHECK(parsed.log.records.size() == 1);
  CHECK(parsed.messages.starts_with("x.log:1: begins no record that can be read: "));
  CHECK(parsed.log.skipped == 1);
}

TEST_CASE("Lines of the traffic monitor are known, and no records", "[import]") {
  const test::TextLog parsed = parse_text(
      "Wed May 15 12:00:00 2024; TCP; vB; 46 bytes; from 10.0.0.1:1 to 10.0.0.2:80; first packet (SYN)\n"
      "Wed May 15 12:00:00 2024 iptraf[77]: no interface\n");
  CHECK(parsed.log.monitor_lines == 1);
  CHECK(parsed.messages == "x.log:2: is no line of an IPTraf log: Wed May 15 12:00:00 2024 iptraf[77]: no interface\n");
}

TEST_CASE("Twenty lines are shown, the others counted", "[import]") {
  std::string text;
  for (int i = 0; i < 25; ++i) text += "nonsense\n";
  const test::TextLog parsed = parse_text(text);
  CHECK(parsed.log.skipped == 25);
  CHECK(
      parsed.messages.ends_with("x.log:20: is no line of an IPTraf log: nonsense\nx.log: 5 more lines were skipped\n"));
}

TEST_CASE("A line too long for a log breaks the record that it stands in", "[import]") {
  std::ostringstream messages;
  const names::ServiceNames names;
  ProblemReport problems(messages, "x.log");
  LogParser parser(names, problems);
  parser.read_line(1, "*** TCP/UDP traffic log, generated " + std::string(kDate));
  parser.read_too_long_line(2, std::string(70000, 'x'));
  parser.read_line(3, kLine);
  parser.read_line(4, "Running time: 300 seconds");
  const ParsedLog log = parser.finish();
  CHECK(log.records.empty());
  CHECK(log.skipped == 1);
}

TEST_CASE("Any bytes are read without harm", "[import]") {
  std::mt19937 random(20240515);
  const std::array<std::string, 12> pieces{"*** ",
                                           "Detailed statistics for interface ",
                                           ", generated ",
                                           kDate,
                                           "Total: \t",
                                           "(incoming: ",
                                           "18446744073709551616",
                                           " packets, ",
                                           "Running time: ",
                                           "Ethernet address: 02:00",
                                           "Average rates:\n",
                                           "\n"};
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) {
      if (random() % 3 != 0) {
        text += pieces.at(random() % pieces.size());
      } else {
        text += static_cast<char>(random() % 256);
      }
    }
    CHECK(parse_text(text).log.records.size() < 40);
  }
}

TEST_CASE("A damaged byte anywhere in a log harms at most its record", "[import]") {
  const std::string good = test::service_record(kDate, std::string(kLine) + "\n" + kLine);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char damage : {'\0', '\n', '\xff', ' ', '9'}) {
      std::string text = good;
      text[at] = damage;
      const test::TextLog parsed = parse_text(text + good);
      CAPTURE(at, int{damage});
      CHECK(parsed.log.records.size() >= 1);
    }
  }
}

TEST_CASE("The name of a log tells the interface", "[import]") {
  CHECK(device_of_log_name("/var/log/iptraf/tcp_udp_services-eth0.log") == "eth0");
  CHECK(device_of_log_name("tcp_udp_services-br-lan.log.1") == "br-lan");
  CHECK(device_of_log_name("packet_size-eth0.100.log-20240515") == "eth0.100");
  CHECK(device_of_log_name("old-eth1.log") == "eth1");
  CHECK(device_of_log_name("tcp_udp_services.log").empty());
  CHECK(device_of_log_name("lan_statistics-3.log").empty());
  CHECK(device_of_log_name("/var-x/log").empty());
}

}  // namespace iptraf::importer
