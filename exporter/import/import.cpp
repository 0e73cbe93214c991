// SPDX-License-Identifier: GPL-2.0-or-later
// Reads logs, merges them, writes what they say.
#include "import/import.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

#include "import/history.hpp"
#include "import/line_reader.hpp"
#include "import/log_parser.hpp"
#include "import/open_metrics.hpp"
#include "import/progress.hpp"
#include "import/record_samples.hpp"
#include "import/rrd_import.hpp"
#include "names/service_names.hpp"

namespace iptraf::importer {
namespace {

constexpr std::uint64_t kLinesPerLook = 4096;

/// How much came of it, for the summary.
struct Tally {
  std::uint64_t records = 0;
  std::uint64_t skipped = 0;
  std::uint64_t repeated = 0;
  std::uint64_t misdated = 0;
  std::size_t files_written = 0;
  std::uint64_t updates_passed_over = 0;
  std::size_t files_failed = 0;
};

std::uint64_t size_of(const std::string& path) {
  std::error_code ignored;
  const std::uintmax_t size = std::filesystem::file_size(path, ignored);
  return ignored ? 0 : size;
}

class LogFiles {
 public:
  LogFiles(const std::vector<std::string>& paths, const ImportStreams& streams)
      : paths_(paths.begin(), paths.end()),
        streams_(streams),
        names_(names::ServiceNames::load()),
        progress_(streams.messages, streams.is_terminal) {
    for (const std::string& path : paths_) all_bytes_ += size_of(path);
  }

  std::vector<ParsedLog> read() {
    std::vector<ParsedLog> logs;
    for (const std::string& path : paths_) logs.push_back(read_one(path));
    progress_.clear();
    return logs;
  }

 private:
  ParsedLog read_one(const std::string& path) {
    LineReader reader(path);
    ProblemReport problems(streams_.messages, path);
    LogParser parser(names_, problems);
    for (std::string_view line; reader.next(line);) {
      if (reader.line_number() == 1 && line.starts_with("\x1f\x8b")) {
        throw ImportError("the log " + path + " is compressed: give what gunzip makes of it");
      }
      const std::uint64_t before = problems.count();
      if (reader.line_number() % kLinesPerLook == 0) {
        progress_.show(path, done_bytes_ + reader.bytes_read(), all_bytes_);
      }
      if (reader.is_too_long()) {
        parser.read_too_long_line(reader.line_number(), line);
      } else {
        parser.read_line(reader.line_number(), line);
      }
      if (problems.count() != before) streams_.messages.flush();
    }
    done_bytes_ += reader.file_bytes();
    progress_.clear();
    ParsedLog log = parser.finish();
    problems.close();
    log.path = path;
    report_empty(log);
    return log;
  }

  void report_empty(const ParsedLog& log) const {
    if (!log.records.empty()) return;
    streams_.messages << log.path
                      << (log.monitor_lines == 0 ? ": no record of a statistics facility\n"
                                                 : ": events of the IP traffic monitor are no totals and cannot be "
                                                   "imported\n");
  }

  std::set<std::string> paths_;  ///< each once
  const ImportStreams& streams_;
  names::ServiceNames names_;
  Progress progress_;
  std::uint64_t all_bytes_ = 0;
  std::uint64_t done_bytes_ = 0;
};

void check_output(const ImportSettings& settings) {
  for (const std::string& log : settings.logs) {
    std::error_code ignored;
    if (!settings.output.empty() && std::filesystem::equivalent(log, settings.output, ignored)) {
      throw ImportError("the output " + settings.output + " is one of the logs");
    }
  }
}

[[noreturn]] void fail_to_write(const std::string& what) {
  throw ImportError("cannot write " + what + ": " + std::strerror(errno));
}

void write_open_metrics(const History& history, const ImportSettings& settings, const ImportStreams& streams,
                        Tally& tally) {
  OpenMetricsText text;
  Progress progress(streams.messages, streams.is_terminal);
  std::uint64_t done = 0;
  for (const auto& [key, records] : history.streams) {
    for (const LogRecord& record : records) {
      add_samples(record, text);
      progress.show("the records", ++done, tally.records);
    }
  }
  progress.clear();
  if (settings.output.empty()) {
    text.write(streams.text);
    if (!streams.text.flush()) fail_to_write("to standard output");
    return;
  }
  std::ofstream file(settings.output, std::ios::binary);
  if (file) text.write(file);
  if (!file.flush()) fail_to_write("the file " + settings.output);
  tally.files_written = 1;
}

void write_rrd(const History& history, const ImportSettings& settings, const ImportStreams& streams, Tally& tally) {
  config::Rrd rrd = settings.rrd;
  if (!settings.output.empty()) rrd.directory = settings.output;
  RrdImport databases(rrd, streams.messages);
  Progress progress(streams.messages, streams.is_terminal);
  std::uint64_t done = 0;
  for (const auto& [key, records] : history.streams) {
    databases.write(records, [&] { progress.show("the records", ++done, tally.records); });
  }
  tally.files_written = databases.files_written();
  tally.updates_passed_over = databases.updates_passed_over();
  tally.files_failed = databases.files_failed();
}

std::string counted(std::uint64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

void report(const Tally& tally, std::ostream& messages) {
  messages << "iptraf_exporter import: " << counted(tally.records, "record");
  if (tally.repeated > 0) messages << " (" << tally.repeated << " more have the time of another)";
  if (tally.misdated > 0) messages << " (" << tally.misdated << " more are dated later than the next one)";
  messages << ", " << counted(tally.skipped, "line") << " skipped, " << counted(tally.files_written, "file")
           << " written";
  if (tally.updates_passed_over > 0) {
    messages << ", " << counted(tally.updates_passed_over, "update") << " not later than what the files have";
  }
  if (tally.files_failed > 0) messages << ", " << counted(tally.files_failed, "file") << " failed";
  messages << '\n';
}

}  // namespace

bool import_logs(const ImportSettings& settings, const ImportStreams& streams) {
  check_output(settings);
  const TimeZone zone(settings.time_zone);
  std::vector<ParsedLog> logs = LogFiles(settings.logs, streams).read();
  Tally tally;
  for (const ParsedLog& log : logs) tally.skipped += log.skipped;
  const History history = merge_logs(std::move(logs), settings.device, zone);
  tally.repeated = history.repeated_records;
  tally.misdated = history.misdated_records;
  for (const auto& [key, records] : history.streams) tally.records += records.size();
  const bool has_records = tally.records > 0;
  if (has_records && settings.target == Target::kOpenMetrics) write_open_metrics(history, settings, streams, tally);
  if (has_records && settings.target == Target::kRrd) write_rrd(history, settings, streams, tally);
  report(tally, streams.messages);
  return has_records && tally.files_failed == 0;
}

}  // namespace iptraf::importer
