// SPDX-License-Identifier: GPL-2.0-or-later
// Logs merged in the order of time, and where totals begin anew.
#include "import/history.hpp"

#include <algorithm>

#include "parse_text.hpp"
#include "support/catch.hpp"

namespace iptraf::importer {
namespace {

std::string line(const std::string& port, int packets) {
  const std::string count = std::to_string(packets) + " packets, " + std::to_string(packets * 40) + " bytes ";
  return "TCP/" + port + ": " + count + "total; " + count + "incoming; 0 packets, 0 bytes outgoing\n";
}

ParsedLog log(const std::string& path, const std::string& text) { return test::parse_text(text, path).log; }

std::string record(const std::string& clock, int packets) {
  return test::service_record("Wed May 15 " + clock + " 2024", line("80", packets));
}

std::string start(const std::string& clock) {
  return "Wed May 15 " + clock + " 2024; ******** TCP/UDP service monitor started ********\n";
}

/// "seconds after noon: packets" of the records, with a star where totals begin anew.
std::string shown(const History& history, const std::string& device = "eth0") {
  std::string text;
  const auto found = history.streams.find({LogKind::kService, device});
  if (found == history.streams.end()) return "none";
  for (const LogRecord& one : found->second) {
    const auto& services = std::get<std::vector<ServiceTotals>>(one.totals);
    text += (one.begins_anew ? "*" : "") + std::to_string(one.seconds - 1715774400) + ":" +
            std::to_string(services.empty() ? 0 : services[0].in.packets) + " ";
  }
  return text;
}

const std::string kName = "tcp_udp_services-eth0.log";

}  // namespace

TEST_CASE("A rotated log gives the same in any order", "[import]") {
  const TimeZone zone("UTC");
  std::vector<ParsedLog> logs;
  logs.push_back(log(kName + ".2", start("11:59:00") + record("12:00:00", 1) + record("12:01:00", 2)));
  logs.push_back(log(kName + ".1", record("12:02:00", 3) + record("12:03:00", 5) + start("12:03:30")));
  logs.push_back(log(kName, record("12:04:00", 7) + record("12:05:00", 9)));
  std::sort(logs.begin(), logs.end(), [](const ParsedLog& a, const ParsedLog& b) { return a.path < b.path; });
  do {
    CHECK(shown(merge_logs(logs, "", zone)) == "*0:1 60:2 120:3 180:5 *240:7 300:9 ");
  } while (std::next_permutation(logs.begin(), logs.end(),
                                 [](const ParsedLog& a, const ParsedLog& b) { return a.path < b.path; }));
}

TEST_CASE("Totals that go back are a restart, and so is a port that is gone from a whole record", "[import]") {
  const TimeZone zone("UTC");
  CHECK(shown(merge_logs({log(kName, record("12:00:00", 5) + record("12:01:00", 4))}, "", zone)) == "0:5 *60:4 ");
  const std::string both = test::service_record("Wed May 15 12:00:00 2024", line("80", 5) + line("443", 5));
  CHECK(shown(merge_logs({log(kName, both + record("12:01:00", 6))}, "", zone)) == "0:5 *60:6 ");
  const std::string damaged = test::service_record("Wed May 15 12:01:00 2024", line("80", 6) + "TCP/443: 5 pack\n");
  CHECK(shown(merge_logs({log(kName, both + damaged)}, "", zone)) == "0:5 60:6 ");
}

TEST_CASE("A log that is given twice counts once", "[import]") {
  const TimeZone zone("UTC");
  const ParsedLog one = log(kName, record("12:00:00", 5) + record("12:01:00", 6));
  const History history = merge_logs({one, one}, "", zone);
  CHECK(shown(history) == "0:5 60:6 ");
  CHECK(history.repeated_records == 2);
}

TEST_CASE("The interface comes from the log, else from its name, else from the command line", "[import]") {
  const TimeZone zone("UTC");
  CHECK(shown(merge_logs({log("services.log", record("12:00:00", 5))}, "wan", zone), "wan") == "0:5 ");
  CHECK(shown(merge_logs({log(kName, record("12:00:00", 5))}, "wan", zone), "eth0") == "0:5 ");
  CHECK_THROWS_WITH(
      merge_logs({log("services.log", record("12:00:00", 5))}, "", zone),
      "the log services.log (TCP/UDP service statistics) does not tell which interface it is of: give it as "
      "--device=NAME");
}

TEST_CASE("The hour that comes twice is resolved across rotated logs", "[import]") {
  const TimeZone zone("Europe/Vienna");
  const auto at = [](const std::string& clock, int packets) {
    return test::service_record("Sun Oct 27 " + clock + " 2024", line("80", packets));
  };
  const History history = merge_logs({log(kName, at("02:40:00", 4) + at("03:10:00", 5)),
                                      log(kName + ".1", at("02:20:00", 1) + at("02:50:00", 2) + at("02:10:00", 3))},
                                     "", zone);
  const auto& records = history.streams.at({LogKind::kService, "eth0"});
  REQUIRE(records.size() == 5);
  const std::vector<std::time_t> expected{1729988400, 1729990200, 1729991400, 1729993200, 1729995000};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(records[i].seconds == expected[i]);
    CHECK_FALSE(records[i].begins_anew);
  }
}

TEST_CASE("A log that begins in the hour that comes twice follows the one that ends in it", "[import]") {
  const TimeZone zone("Europe/Vienna");
  const auto at = [](const std::string& clock, int packets) {
    return test::service_record("Sun Oct 27 " + clock + " 2024", line("80", packets));
  };
  const History history = merge_logs(
      {log(kName, at("02:10:00", 3) + at("03:10:00", 4)), log(kName + ".1", at("02:20:00", 1) + at("02:50:00", 2))}, "",
      zone);
  const auto& records = history.streams.at({LogKind::kService, "eth0"});
  REQUIRE(records.size() == 4);
  CHECK(records[1].seconds == 1729990200);
  CHECK(records[2].seconds == 1729991400);
  CHECK_FALSE(records[2].begins_anew);
}

TEST_CASE("A record dated later than the next one is not used, and a clock set back loses none", "[import]") {
  const TimeZone zone("UTC");
  const std::string wrong = test::service_record("Wed May 15 12:01:00 2104", line("80", 2));
  const History history =
      merge_logs({log(kName, record("12:00:00", 1) + wrong + record("12:02:00", 3) + record("12:03:00", 4))}, "", zone);
  CHECK(shown(history) == "0:1 120:3 180:4 ");
  CHECK(history.misdated_records == 1);
  const History set_back = merge_logs(
      {log(kName, record("12:10:00", 3) + record("12:11:00", 4) + record("12:00:30", 5) + record("12:01:30", 6))}, "",
      zone);
  CHECK(set_back.misdated_records == 0);
  CHECK(set_back.streams.at({LogKind::kService, "eth0"}).size() == 4);
  const History restarted = merge_logs(
      {log(kName, record("12:00:00", 1) + record("12:05:00", 2) + start("12:01:00") + record("12:02:00", 1))}, "",
      zone);
  CHECK(restarted.misdated_records == 0);
}

TEST_CASE("A start in a general log is that of all its interfaces", "[import]") {
  const TimeZone zone("UTC");
  const auto general = [](const std::string& clock) {
    return "*** General interface statistics log generated Wed May 15 " + clock +
           " 2024\n\na: 5 total, 5 IP, 0 non-IP, 0 IP checksum errors\nb: 7 total, 7 IP, 0 non-IP, 0 IP checksum "
           "errors\n"
           "\n60 seconds running time\n";
  };
  const History history = merge_logs(
      {log("iface_stats_general.log",
           general("12:00:00") + "Wed May 15 12:00:30 2024; ******** General interface statistics started ********\n" +
               general("12:01:00"))},
      "", zone);
  for (const std::string device : {"a", "b"}) {
    const auto& records = history.streams.at({LogKind::kGeneral, device});
    REQUIRE(records.size() == 2);
    CHECK_FALSE(records[0].begins_anew);
    CHECK(records[1].begins_anew);
  }
}

}  // namespace iptraf::importer
