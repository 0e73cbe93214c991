// SPDX-License-Identifier: GPL-2.0-or-later
// Finds records and starts among the lines of a log.
#include "import/log_parser.hpp"

#include <array>
#include <utility>

#include "import/text_scanner.hpp"

namespace iptraf::importer {
namespace {

struct Facility {
  std::string_view name;
  LogKind kind;
};
constexpr Facility kFacilities[] = {{"General interface statistics", LogKind::kGeneral},
                                    {"Detailed interface statistics", LogKind::kDetailed},
                                    {"TCP/UDP service monitor", LogKind::kService},
                                    {"Packet size distribution facility", LogKind::kPacketSize},
                                    {"LAN traffic monitor", LogKind::kLanStation}};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

/// A record that does not tell the version is of that of the records around it: a log is one program's.
void fill_versions(std::vector<LogRecord>& records) {
  LogVersion version = LogVersion::kUnknown;
  for (const LogRecord& record : records) {
    if (version == LogVersion::kUnknown) version = record.version;
  }
  for (LogRecord& record : records) {
    if (record.version == LogVersion::kUnknown) record.version = version;
    version = record.version;
  }
}

}  // namespace

void LogParser::read_line(std::uint64_t number, std::string_view line) {
  if (is_blank(line)) return;
  if (line.starts_with("*** ")) {
    begin_record(number, line);
    return;
  }
  if (read_event(line)) return;
  if (is_end_of_record(line) && (record_ || is_passing_over_)) {
    end_record(number);
    return;
  }
  if (is_passing_over_) return;
  const std::string problem = record_ ? record_->read_line(line) : "is no line of an IPTraf log";
  if (!problem.empty()) problems_.add(number, problem, line);
}

void LogParser::read_too_long_line(std::uint64_t number, std::string_view beginning) {
  problems_.add(number, "is longer than any line of an IPTraf log", beginning);
  is_passing_over_ = is_passing_over_ || record_ != nullptr;
  record_.reset();
}

ParsedLog LogParser::finish() {
  drop_open_record();
  fill_versions(log_.records);
  log_.skipped = problems_.count();
  return std::move(log_);
}

void LogParser::begin_record(std::uint64_t number, std::string_view line) {
  drop_open_record();
  const auto header = parse_header(line);
  is_passing_over_ = !header;
  if (!header) {
    problems_.add(number, "begins no record that can be read", line);
    return;
  }
  record_ = make_record_parser(*header, names_);
  record_line_ = number;
}

void LogParser::end_record(std::uint64_t number) {
  is_passing_over_ = false;
  if (!record_) return;
  const std::string problem = record_->finish(log_.records);
  if (!problem.empty()) problems_.add(number, problem, "");
  record_.reset();
}

void LogParser::drop_open_record() {
  if (record_) problems_.add(record_line_, "the record that begins here is cut and is not used", "");
  record_.reset();
}

/// "DATE; ******** TCP/UDP service monitor started ********", and the other lines that begin with a date.
bool LogParser::read_event(std::string_view line) {
  std::size_t length = 0;
  const auto local = parse_local_time(line, length);
  if (!local) return false;
  TextScanner scanner(line.substr(length));
  if (!scanner.literal(";")) return false;
  scanner.blanks();
  if (!scanner.literal("***")) {
    ++log_.monitor_lines;
    return true;
  }
  while (scanner.literal("*")) continue;
  scanner.blanks();
  for (const Facility& facility : kFacilities) {
    if (!scanner.literal(facility.name)) continue;
    if (!scanner.literal(" started")) break;
    drop_open_record();
    is_passing_over_ = false;
    log_.starts.push_back({*local, facility.kind, log_.records.size()});
    break;
  }
  return true;
}

std::string device_of_log_name(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  const std::size_t end = name.rfind(".log");
  if (end == std::string_view::npos) return {};
  name = name.substr(0, end);
  for (const std::string_view beginning : {"tcp_udp_services-", "iface_stats_detailed-", "packet_size-"}) {
    if (name.starts_with(beginning)) return device_name(name.substr(beginning.size()));
  }
  const std::size_t dash = name.rfind('-');
  const bool is_numbered = name.starts_with("lan_statistics") || name.starts_with("ip_traffic");
  return dash == std::string_view::npos || is_numbered ? std::string() : device_name(name.substr(dash + 1));
}

}  // namespace iptraf::importer
