// SPDX-License-Identifier: GPL-2.0-or-later
// History: the records of all logs, by facility and interface, in the order of time.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "import/log_parser.hpp"
#include "import/log_record.hpp"
#include "import/log_time.hpp"

namespace iptraf::importer {

using StreamKey = std::pair<LogKind, std::string>;  ///< and the interface

struct History {
  /// Times rise strictly; begins_anew is set where the facility was started or totals went back.
  std::map<StreamKey, std::vector<LogRecord>> streams;
  std::uint64_t repeated_records = 0;  ///< of a time that another record has
  std::uint64_t misdated_records = 0;  ///< later than the next record of their log
};

/// A log tells no interface; what() names it and says what to do.
class UnknownDevice : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The order of `logs` does not matter. `device` is the interface of those that do not tell it. Throws UnknownDevice.
History merge_logs(std::vector<ParsedLog> logs, const std::string& device, const TimeZone& zone);

/// Whether some total is lower than before, which only a restart of the facility does.
bool have_gone_back(const LogRecord& before, const LogRecord& after);

}  // namespace iptraf::importer
