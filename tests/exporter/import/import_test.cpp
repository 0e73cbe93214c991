// SPDX-License-Identifier: GPL-2.0-or-later
// Whole imports: logs in, text or databases out.
#include "import/import.hpp"

#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "import/progress.hpp"
#include "parse_text.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace iptraf::importer {
namespace {

const std::string kLine =
    "TCP/80: 2 packets, 80 bytes total; 1 packets, 40 bytes incoming; 1 packets, 40 bytes outgoing\n";

struct Outcome {
  bool has_records = false;
  std::string text;
  std::string messages;
};

Outcome run(const ImportSettings& settings) {
  std::ostringstream text;
  std::ostringstream messages;
  const bool has_records = import_logs(settings, {text, messages, false});
  return {has_records, text.str(), messages.str()};
}

ImportSettings settings_for(const std::string& log, Target target = Target::kOpenMetrics) {
  ImportSettings settings;
  settings.logs = {log};
  settings.target = target;
  settings.time_zone = "UTC";
  return settings;
}

}  // namespace

TEST_CASE("A log becomes text, and the summary says what was skipped", "[import]") {
  const test::TemporaryDirectory folder;
  const std::string log =
      folder.write("tcp_udp_services-eth0.log", test::service_record("Wed May 15 12:00:00 2024", kLine + "nonsense\n"));
  const Outcome outcome = run(settings_for(log));
  CHECK(outcome.has_records);
  CHECK(outcome.text.find(
            "iptraf_service_in_bytes_total{device=\"eth0\",protocol=\"tcp\",port=\"80\"} 40 1715774400\n") !=
        std::string::npos);
  CHECK(outcome.text.ends_with("# EOF\n"));
  CHECK(outcome.messages == log +
                                ":4: is no line of TCP/UDP service statistics: nonsense\n"
                                "iptraf_exporter import: 1 record, 1 line skipped, 0 files written\n");
}

TEST_CASE("Logs without records are said to have none", "[import]") {
  const test::TemporaryDirectory folder;
  const std::string empty = folder.write("a.log", "");
  const Outcome nothing = run(settings_for(empty));
  CHECK_FALSE(nothing.has_records);
  CHECK(nothing.text.empty());
  CHECK(nothing.messages == empty +
                                ": no record of a statistics facility\niptraf_exporter import: 0 records, 0 lines "
                                "skipped, 0 files written\n");
  const std::string monitor = folder.write(
      "b.log", "Wed May 15 12:00:00 2024; TCP; vB; 46 bytes; from 10.0.0.1:1 to 10.0.0.2:80; first packet (SYN)\n");
  CHECK(run(settings_for(monitor)).messages.find("events of the IP traffic monitor") != std::string::npos);
}

TEST_CASE("What cannot be done is an error that names the file", "[import]") {
  const test::TemporaryDirectory folder;
  const std::string log =
      folder.write("tcp_udp_services-eth0.log", test::service_record("Wed May 15 12:00:00 2024", kLine));
  ImportSettings settings = settings_for(log);
  settings.output = log;
  CHECK_THROWS_WITH(run(settings), "the output " + log + " is one of the logs");
  settings.output = folder.path();
  CHECK_THROWS_WITH(run(settings), "cannot write the file " + folder.path() + ": Is a directory");
  settings.output = folder.file("out");
  settings.logs.push_back(folder.file("missing"));
  CHECK_THROWS_AS(run(settings), std::runtime_error);
  CHECK_FALSE(std::filesystem::exists(settings.output));
  settings = settings_for(folder.write("x.log.gz", "\x1f\x8b\x08 rest"));
  CHECK_THROWS_WITH(run(settings),
                    "the log " + folder.file("x.log.gz") + " is compressed: give what gunzip makes of it");
}

TEST_CASE("Databases take what is new and nothing twice", "[import]") {
  const test::TemporaryDirectory folder;
  const std::string one = test::service_record("Wed May 15 12:00:00 2024", kLine);
  const std::string two = test::service_record("Wed May 15 12:05:00 2024", kLine);
  ImportSettings settings = settings_for(folder.write("tcp_udp_services-eth0.log", one), Target::kRrd);
  settings.output = folder.file("rrd");
  CHECK(run(settings).messages == "iptraf_exporter import: 1 record, 0 lines skipped, 1 file written\n");
  CHECK(std::filesystem::exists(folder.file("rrd/eth0/tcp_services.rrd")));
  CHECK_FALSE(std::filesystem::exists(folder.file("rrd/eth0/udp_services.rrd")));
  CHECK(run(settings).messages ==
        "iptraf_exporter import: 1 record, 0 lines skipped, 0 files written, 1 update not later than what the files "
        "have\n");
  folder.write("tcp_udp_services-eth0.log", one + two);
  CHECK(run(settings).messages ==
        "iptraf_exporter import: 2 records, 0 lines skipped, 1 file written, 1 update not later than what the files "
        "have\n");
}

TEST_CASE("Records too far apart for a database are said to be so", "[import]") {
  const test::TemporaryDirectory folder;
  const std::string log =
      folder.write("tcp_udp_services-eth0.log", test::service_record("Wed May 15 12:00:00 2024", kLine) +
                                                    test::service_record("Wed May 15 12:10:00 2024", kLine) +
                                                    test::service_record("Wed May 15 13:10:01 2024", kLine));
  ImportSettings settings = settings_for(log, Target::kRrd);
  settings.output = folder.file("rrd");
  CHECK(run(settings).messages ==
        "the TCP/UDP service statistics of eth0 have 1 record more than 600 s after the one before: a round-robin "
        "database "
        "holds the time between as unknown; --to=openmetrics keeps it\n"
        "iptraf_exporter import: 3 records, 0 lines skipped, 1 file written\n");
}

TEST_CASE("Progress is silent without a terminal and for the first half second", "[import]") {
  std::ostringstream out;
  Progress silent(out, false);
  silent.show("x", 1, 2);
  Progress fresh(out, true);
  fresh.show("x", 1, 2);
  fresh.clear();
  CHECK(out.str().empty());
}

}  // namespace iptraf::importer
