// SPDX-License-Identifier: GPL-2.0-or-later
// Records of the packet size breakdown (IPTraf -z).
#include <limits>
#include <utility>

#include "import/record_parser.hpp"
#include "import/text_scanner.hpp"

namespace iptraf::importer {
namespace {

constexpr std::size_t kMaxBrackets = 20;

bool read_size(TextScanner& scanner, std::uint32_t& size) {
  std::uint64_t number = 0;
  if (!scanner.number(number) || number > std::numeric_limits<std::uint32_t>::max()) return false;
  size = static_cast<std::uint32_t>(number);
  return true;
}

class PacketSizeParser final : public RecordParser {
 public:
  explicit PacketSizeParser(const LogHeader& header) { record_.local = header.local; }

  std::string read_line(std::string_view line) override {
    if (line.starts_with("Interface: ")) return read_interface(line);
    if (line.starts_with("Packet Size (bytes)")) {
      totals_.has_directions = line.find("Count") == std::string_view::npos;
      has_columns_ = true;
      return {};
    }
    SizeBracket bracket;
    if (!has_columns_ || totals_.brackets.size() == kMaxBrackets || !read_bracket(line, bracket)) {
      record_.is_whole = false;
      return "is no line of a packet size breakdown";
    }
    totals_.brackets.push_back(bracket);
    return {};
  }

  std::string finish(std::vector<LogRecord>& records) override {
    if (record_.device.empty() || totals_.brackets.empty()) return "the record lacks lines and is not used";
    record_.totals = std::move(totals_);
    records.push_back(std::move(record_));
    return {};
  }

 private:
  /// "Interface: eth0   MTU: 1500".
  std::string read_interface(std::string_view line) {
    TextScanner scanner(line);
    scanner.literal("Interface: ");
    const std::size_t end = scanner.rest().find_first_of(" \t");
    record_.device = device_name(scanner.rest().substr(0, end));
    if (record_.device.empty()) return "names no interface";
    if (end == std::string_view::npos) return {};
    scanner = TextScanner(scanner.rest().substr(end));
    scanner.blanks();
    const bool is_read = scanner.literal("MTU:") && scanner.blanks() && read_size(scanner, totals_.mtu_bytes);
    return is_read ? std::string() : "tells no MTU";
  }

  /// "1 to 75:", then a count for each column. The last bracket's bound may be marked with a plus.
  bool read_bracket(std::string_view line, SizeBracket& bracket) const {
    TextScanner scanner(line);
    scanner.blanks();
    if (!read_size(scanner, bracket.first_bytes) || !scanner.literal(" to ") || !read_size(scanner, bracket.last_bytes))
      return false;
    scanner.literal("+");
    if (!scanner.literal(":") || !scanner.blanks() || !scanner.number(bracket.in_packets)) return false;
    if (totals_.has_directions && !(scanner.blanks() && scanner.number(bracket.out_packets))) return false;
    scanner.blanks();
    return scanner.at_end() && bracket.first_bytes <= bracket.last_bytes;
  }

  LogRecord record_;
  SizeTotals totals_;
  bool has_columns_ = false;
};

}  // namespace

std::unique_ptr<RecordParser> make_packet_size_parser(const LogHeader& header) {
  return std::make_unique<PacketSizeParser>(header);
}

}  // namespace iptraf::importer
