// SPDX-License-Identifier: GPL-2.0-or-later
// Reads logs, merges them, writes what they say.
#include "import/import.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <system_error>

#include "core/file_descriptor.hpp"
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

class LogFiles {
 public:
  LogFiles(const std::vector<std::string>& paths, const ImportStreams& streams)
      : streams_(streams), names_(names::ServiceNames::load()), progress_(streams.messages, streams.is_terminal) {
    for (const std::string& path : std::set<std::string>(paths.begin(), paths.end())) {  // each once
      readers_.push_back(std::make_unique<LineReader>(path));
      all_bytes_ += readers_.back()->file_bytes();
    }
  }

  std::vector<ParsedLog> read() {
    std::vector<ParsedLog> logs;
    for (const auto& reader : readers_) logs.push_back(read_one(*reader));
    progress_.clear();
    return logs;
  }

 private:
  ParsedLog read_one(LineReader& reader) {
    const std::string& path = reader.path();
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

  std::vector<std::unique_ptr<LineReader>> readers_;
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

/// The file of text, or standard output. What the file held stays until something else is written.
class TextOutput {
 public:
  TextOutput(const ImportSettings& settings, std::ostream& standard_output)
      : path_(settings.target == Target::kOpenMetrics ? settings.output : ""), standard_output_(standard_output) {
    if (path_.empty()) return;
    // In a directory of others a link could lead root to any file of the system.
    const int no_links = ::geteuid() == 0 ? O_NOFOLLOW : 0;
    descriptor_ = FileDescriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | no_links, 0666));
    if (!descriptor_.is_open() && errno == ELOOP && no_links != 0) {
      throw ImportError("cannot write the file " + path_ +
                        ": it is a symbolic link, which root does not follow; name the file itself");
    }
    if (descriptor_.is_open()) {
      file_.open("/proc/self/fd/" + std::to_string(descriptor_.get()), std::ios::binary | std::ios::app);
    }
    if (!descriptor_.is_open() || !file_) fail_to_write("the file " + path_);
  }

  /// How many files were written.
  std::size_t write(const OpenMetricsText& text) {
    if (path_.empty()) {
      text.write(standard_output_);
      if (!standard_output_.flush()) fail_to_write("to standard output");
      return 0;
    }
    if (status().st_size > 0 && ::ftruncate(descriptor_.get(), 0) != 0) fail_to_write("the file " + path_);
    text.write(file_);
    if (!file_.flush()) fail_to_write("the file " + path_);
    return 1;
  }

  /// A file that was made for nothing becomes one that holds nothing, and is valid.
  void leave() {
    if (descriptor_.is_open() && S_ISREG(status().st_mode) && status().st_size == 0) write({});
  }

 private:
  struct stat status() const {
    struct stat status {};
    ::fstat(descriptor_.get(), &status);
    return status;
  }

  std::string path_;
  std::ostream& standard_output_;
  FileDescriptor descriptor_;
  std::ofstream file_;
};

OpenMetricsText to_open_metrics(const History& history, const ImportStreams& streams, std::uint64_t all_records) {
  OpenMetricsText text;
  Progress progress(streams.messages, streams.is_terminal);
  std::uint64_t done = 0;
  for (const auto& [key, records] : history.streams) {
    for (const LogRecord& record : records) {
      add_samples(record, text);
      progress.show("the records", ++done, all_records);
    }
  }
  progress.clear();
  return text;
}

void write_rrd(const History& history, const ImportSettings& settings, const ImportStreams& streams, Tally& tally) {
  config::Rrd rrd = settings.rrd;
  rrd.directory = settings.database_directory();
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
  LogFiles files(settings.logs, streams);
  TextOutput text(settings, streams.text);
  if (settings.when_open) settings.when_open();
  std::vector<ParsedLog> logs = files.read();
  Tally tally;
  for (const ParsedLog& log : logs) tally.skipped += log.skipped;
  const History history = merge_logs(std::move(logs), settings.device, zone);
  tally.repeated = history.repeated_records;
  tally.misdated = history.misdated_records;
  for (const auto& [key, records] : history.streams) tally.records += records.size();
  const bool has_records = tally.records > 0;
  if (has_records && settings.target == Target::kOpenMetrics) {
    tally.files_written = text.write(to_open_metrics(history, streams, tally.records));
  }
  if (!has_records) text.leave();
  if (has_records && settings.target == Target::kRrd) write_rrd(history, settings, streams, tally);
  report(tally, streams.messages);
  return has_records && tally.files_failed == 0;
}

}  // namespace iptraf::importer
