// SPDX-License-Identifier: GPL-2.0-or-later
// LogParser: the lines of one log file as records.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/log_record.hpp"
#include "import/problem_report.hpp"
#include "import/record_parser.hpp"
#include "names/service_names.hpp"

namespace iptraf::importer {

/// The facility was started: the totals that follow have nothing to do with those before.
struct LogStart {
  LocalSeconds local = 0;
  LogKind kind = LogKind::kService;
  std::size_t record = 0;  ///< how many records of the log come before it
};

struct ParsedLog {
  std::string path;
  std::vector<LogRecord> records;  ///< in the order of the log
  std::vector<LogStart> starts;
  std::uint64_t skipped = 0;
  std::uint64_t monitor_lines = 0;  ///< of the IP traffic monitor, which logs events and no totals
};

/// Total over any bytes: a line that cannot be used is reported and passed over, and the record that it broke with it.
class LogParser {
 public:
  /// Both outlive the parser.
  LogParser(const names::ServiceNames& names, ProblemReport& problems) : names_(names), problems_(problems) {}

  void read_line(std::uint64_t number, std::string_view line);
  void read_too_long_line(std::uint64_t number, std::string_view beginning);

  /// The last line was read. Call once.
  ParsedLog finish();

 private:
  void begin_record(std::uint64_t number, std::string_view line);
  void end_record(std::uint64_t number);
  void drop_open_record();
  bool read_event(std::string_view line);

  const names::ServiceNames& names_;
  ProblemReport& problems_;
  ParsedLog log_;
  std::unique_ptr<RecordParser> record_;  ///< the open one
  std::uint64_t record_line_ = 0;         ///< where it began
  bool is_passing_over_ = false;          ///< the lines of a record whose header cannot be read
};

/// The interface that the name of a log tells: "tcp_udp_services-eth0.log.1" gives "eth0"; empty when it tells none.
std::string device_of_log_name(std::string_view path);

}  // namespace iptraf::importer
