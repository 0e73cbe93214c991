// SPDX-License-Identifier: GPL-2.0-or-later
// Records of the general and of the detailed interface statistics (IPTraf -g and -d).
#include <array>
#include <utility>

#include "import/record_parser.hpp"
#include "import/text_scanner.hpp"

namespace iptraf::importer {
namespace {

/// "5 total, 2 IP, 2 non-IP, 1 IP checksum errors", whatever follows.
bool read_general_counts(std::string_view text, GeneralTotals& totals) {
  TextScanner scanner(text);
  return scanner.number(totals.packets) && scanner.literal(" total, ") && scanner.number(totals.ipv4_packets) &&
         scanner.literal(" IP, ") && scanner.number(totals.non_ip_packets) && scanner.literal(" non-IP, ") &&
         scanner.number(totals.checksum_errors) && scanner.literal(" IP checksum errors");
}

class GeneralParser final : public RecordParser {
 public:
  explicit GeneralParser(const LogHeader& header) : local_(header.local) {}

  std::string read_line(std::string_view line) override {
    constexpr std::string_view kColon = ": ";
    for (std::size_t at = line.find(kColon); at != std::string_view::npos; at = line.find(kColon, at + 1)) {
      GeneralTotals totals;
      LogRecord record;
      record.device = device_name(line.substr(0, at));
      if (record.device.empty() || !read_general_counts(line.substr(at + kColon.size()), totals)) continue;
      record.local = local_;
      record.totals = totals;
      records_.push_back(std::move(record));
      return {};
    }
    return "is no line of general interface statistics";
  }

  std::string finish(std::vector<LogRecord>& records) override {
    for (LogRecord& record : records_) records.push_back(std::move(record));
    return {};
  }

 private:
  LocalSeconds local_;
  std::vector<LogRecord> records_;
};

struct DetailedRow {
  std::string_view name;
  DirectedCount DetailedTotals::*count;
};
constexpr std::array<DetailedRow, 7> kRows{{{"Total:", &DetailedTotals::total},
                                            {"IP:", &DetailedTotals::ipv4},
                                            {"TCP:", &DetailedTotals::tcp},
                                            {"UDP:", &DetailedTotals::udp},
                                            {"ICMP:", &DetailedTotals::icmp},
                                            {"Other IP:", &DetailedTotals::other_ip},
                                            {"Non-IP:", &DetailedTotals::non_ip}}};

bool read_count(TextScanner& scanner, Count& count) {
  scanner.blanks();
  return scanner.number(count.packets) && scanner.literal(" packets, ") && scanner.number(count.bytes) &&
         scanner.literal(" bytes");
}

/// "(incoming: 5 packets, 298 bytes; outgoing: 1 packets, 1500 bytes)".
bool read_directions(std::string_view line, DirectedCount& count) {
  TextScanner scanner(line);
  scanner.blanks();
  return scanner.literal("(incoming:") && read_count(scanner, count.in) && scanner.literal(";") && scanner.blanks() &&
         scanner.literal("outgoing:") && read_count(scanner, count.out) && scanner.literal(")");
}

class DetailedParser final : public RecordParser {
 public:
  explicit DetailedParser(const LogHeader& header) {
    record_.local = header.local;
    record_.device = header.device;
  }

  std::string read_line(std::string_view line) override {
    if (is_in_rates_ && read_rate(line)) return {};
    if (open_row_ < kRows.size()) return read_open_row(line);
    TextScanner scanner(line);
    for (std::size_t i = 0; i < kRows.size(); ++i) {
      if (scanner.literal(kRows.at(i).name) && read_count(scanner, (totals_.*kRows.at(i).count).total)) {
        open_row_ = i;
        return {};
      }
    }
    scanner = TextScanner(line);
    if (scanner.literal("Broadcast:")) {
      has_broadcast_ = read_count(scanner, totals_.broadcast);
      if (has_broadcast_) return {};
    }
    if (scanner.literal("IP checksum errors: ")) {
      totals_.has_checksum_errors = scanner.number(totals_.checksum_errors);
      if (totals_.has_checksum_errors) return {};
    }
    is_in_rates_ = line.starts_with("Average rates:");
    return is_in_rates_ ? std::string() : "is no line of detailed interface statistics";
  }

  std::string finish(std::vector<LogRecord>& records) override {
    if (read_rows_ != kAllRows || !has_broadcast_) return "the record lacks lines and is not used";
    record_.totals = totals_;
    records.push_back(std::move(record_));
    return {};
  }

 private:
  static constexpr unsigned kAllRows = (1U << kRows.size()) - 1;

  std::string read_open_row(std::string_view line) {
    const std::size_t row = std::exchange(open_row_, kRows.size());
    if (!read_directions(line, totals_.*kRows.at(row).count)) return "tells no incoming and outgoing packets";
    read_rows_ |= 1U << row;
    return {};
  }

  /// Rates are not used, but their units tell the version.
  bool read_rate(std::string_view line) {
    if (line.front() != ' ' && line.front() != '\t' && !line.starts_with("Peak ")) return false;
    if (line.find("bits/s") != std::string_view::npos || line.find("bytes/s") != std::string_view::npos) {
      record_.version = LogVersion::kClassic;
    } else if (line.find("bps") != std::string_view::npos || line.find("Bps") != std::string_view::npos) {
      record_.version = LogVersion::kNg;
    }
    return true;
  }

  LogRecord record_;
  DetailedTotals totals_;
  std::size_t open_row_ = kRows.size();  ///< whose directions the next line tells
  unsigned read_rows_ = 0;
  bool has_broadcast_ = false;
  bool is_in_rates_ = false;
};

}  // namespace

std::unique_ptr<RecordParser> make_general_parser(const LogHeader& header) {
  return std::make_unique<GeneralParser>(header);
}

std::unique_ptr<RecordParser> make_detailed_parser(const LogHeader& header) {
  return std::make_unique<DetailedParser>(header);
}

}  // namespace iptraf::importer
