// SPDX-License-Identifier: GPL-2.0-or-later
// RecordParser: the lines of one record, for each kind of log.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/log_record.hpp"
#include "names/service_names.hpp"

namespace iptraf::importer {

/// The line that begins a record: "*** ... generated DATE".
struct LogHeader {
  LogKind kind = LogKind::kService;
  LocalSeconds local = 0;
  std::string device;  ///< empty: the line names none
};

std::optional<LogHeader> parse_header(std::string_view line);

/// Whether the line ends a record: "Running time: 60 seconds" or "60 seconds running time". The time itself is not
/// used: in iptraf-ng's last record it is the difference of two unrelated clocks.
bool is_end_of_record(std::string_view line);

/// The name of an interface as a label; empty when it is too long to be one.
std::string device_name(std::string_view text);

/// Reads the lines between header and end, blank ones excepted. Never throws on account of what they hold.
class RecordParser {
 public:
  virtual ~RecordParser() = default;

  /// What is wrong with the line; empty when it was read or says nothing that is wanted.
  virtual std::string read_line(std::string_view line) = 0;

  /// Appends what was read, one record for each interface, or says why there is none.
  virtual std::string finish(std::vector<LogRecord>& records) = 0;
};

/// `names` outlives the parser.
std::unique_ptr<RecordParser> make_record_parser(const LogHeader& header, const names::ServiceNames& names);

std::unique_ptr<RecordParser> make_service_parser(const LogHeader& header, const names::ServiceNames& names);
std::unique_ptr<RecordParser> make_general_parser(const LogHeader& header);
std::unique_ptr<RecordParser> make_detailed_parser(const LogHeader& header);
std::unique_ptr<RecordParser> make_packet_size_parser(const LogHeader& header);
std::unique_ptr<RecordParser> make_lan_station_parser(const LogHeader& header);

}  // namespace iptraf::importer
