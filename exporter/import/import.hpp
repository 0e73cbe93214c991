// SPDX-License-Identifier: GPL-2.0-or-later
// import_logs(): IPTraf's logs as round-robin databases or as OpenMetrics text.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace iptraf::importer {

enum class Target : std::uint8_t { kOpenMetrics, kRrd };

struct ImportSettings {
  std::vector<std::string> logs;
  Target target = Target::kOpenMetrics;
  std::string device;     ///< of logs that do not tell their interface; empty: none
  std::string time_zone;  ///< of the logs; empty: the machine's
  std::string output;     ///< file, or directory for round-robin databases; empty: standard output, or the default
  config::Rrd rrd;        ///< how databases are made
  std::string user;       ///< whom root becomes when all is open; empty: the default

  /// Called once the logs and a file of text are open, before a byte of them is looked at; empty: nothing is done then.
  std::function<void()> when_open{};

  /// Where the databases are made.
  const std::string& database_directory() const noexcept { return output.empty() ? rrd.directory : output; }
};

/// Where an import writes to.
struct ImportStreams {
  std::ostream& text;        ///< OpenMetrics without `output`
  std::ostream& messages;    ///< problems, progress and the summary
  bool is_terminal = false;  ///< `messages` is one: progress is shown
};

/// Reads all logs, then writes. Lines that cannot be used are reported and passed over. False when no record was found
/// or a database failed.
/// Throws an exception derived from std::runtime_error that says what is wrong: a log that cannot be read or tells no
/// interface, an unknown time zone, an output that cannot be written. Threading: changes TZ while it runs.
bool import_logs(const ImportSettings& settings, const ImportStreams& streams);

}  // namespace iptraf::importer
