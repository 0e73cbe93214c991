// SPDX-License-Identifier: GPL-2.0-or-later
// RrdImport: records as updates of round-robin databases.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "import/history.hpp"
#include "import/record_sources.hpp"
#include "output/rrd/rrd_file.hpp"

namespace iptraf::importer {

/// Threading: one thread, as RrdFile.
class RrdImport {
 public:
  /// Files stand below `settings.directory`. Problems that leave the rest intact go to `messages`, which outlives this.
  RrdImport(const config::Rrd& settings, std::ostream& messages);

  /// Feeds each record at its own time; times that a file has are passed over. `on_record` runs after each record.
  /// A database that fails is told and left out; the others go on.
  void write(const std::vector<LogRecord>& records, const std::function<void()>& on_record);

  /// Files that took at least one record.
  std::size_t files_written() const noexcept { return written_.size(); }

  /// Files that could not be created, read or updated.
  std::size_t files_failed() const noexcept { return files_failed_; }

  /// Values of a file that were not later than what it has.
  std::uint64_t updates_passed_over() const noexcept { return updates_passed_over_; }

 private:
  struct File {
    std::unique_ptr<output::RrdFile> rrd;  ///< null: there is none, and nothing to create it with
    std::set<std::string> sources;         ///< of the records', those that it has
    std::size_t run = 0;                   ///< how often totals had begun anew when it was last written
  };

  /// Databases hold as unknown what is longer than two steps.
  void report_gaps(const std::vector<LogRecord>& records) const;
  void report_dropped_ports(const std::string& device, const std::set<ServiceKey>& ports);
  File& open(const SourceValues& values, std::time_t seconds);
  std::unique_ptr<output::RrdFile> open_rrd(const std::string& path, const SourceValues& values, std::time_t seconds);
  void feed(const SourceValues& values, const LogRecord& record, std::size_t run);

  const config::Rrd settings_;
  const output::RrdLayout layout_;
  std::ostream& messages_;
  output::LockPatience patience_;      ///< with other programs' locks of files
  std::map<std::string, File> files_;  ///< by path
  std::set<std::string> written_;
  std::uint64_t updates_passed_over_ = 0;
  std::size_t files_open_ = 0;
  std::size_t files_failed_ = 0;
  bool has_told_limit_ = false;
};

}  // namespace iptraf::importer
