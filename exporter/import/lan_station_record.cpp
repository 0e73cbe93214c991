// SPDX-License-Identifier: GPL-2.0-or-later
// Records of the LAN station statistics (IPTraf -l).
#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "import/record_parser.hpp"
#include "import/text_scanner.hpp"
#include "names/text_file.hpp"

namespace iptraf::importer {
namespace {

constexpr std::size_t kMaxDescriptionBytes = 256;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

/// Twelve hexadecimal digits, with or without a colon between each two.
bool read_mac(TextScanner& scanner, std::array<std::uint8_t, 6>& mac) {
  const std::string_view text = scanner.rest();
  const std::size_t step = text.size() > 2 && text[2] == ':' ? 3 : 2;
  const std::size_t length = step * mac.size() - (step - 2);
  if (text.size() < length) return false;
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const auto high = hex_digit(text[i * step]);
    const auto low = hex_digit(text[i * step + 1]);
    if (!high || !low || (i > 0 && step == 3 && text[i * step - 1] != ':')) return false;
    mac.at(i) = static_cast<std::uint8_t>(*high * 16 + *low);
  }
  return scanner.literal(text.substr(0, length));
}

/// "Ethernet address: 02:00:00:00:00:0a (my host A)"; PLIP is Ethernet to the exporter.
bool read_address(std::string_view line, StationTotals& station) {
  TextScanner scanner(line);
  station.is_fddi = scanner.literal("FDDI");
  if (!station.is_fddi && !scanner.literal("Ethernet") && !scanner.literal("PLIP")) return false;
  if (!scanner.literal(" address:")) return false;
  scanner.blanks();
  if (!read_mac(scanner, station.mac)) return false;
  scanner.blanks();
  const std::string_view rest = names::trim_blanks(scanner.rest());
  if (rest.size() > 2 && rest.front() == '(' && rest.back() == ')') {
    station.description = printable_utf8(names::cut_utf8(rest.substr(1, rest.size() - 2), kMaxDescriptionBytes));
    return true;
  }
  return rest.empty() || rest == "()";
}

/// "Incoming total 2 packets, 200 bytes; 2 IP packets".
bool read_count(TextScanner& scanner, StationCount& count) {
  return scanner.literal(" total ") && scanner.number(count.packets) && scanner.literal(" packets, ") &&
         scanner.number(count.bytes) && scanner.literal(" bytes; ") && scanner.number(count.ip_packets) &&
         scanner.literal(" IP packets");
}

class LanStationParser final : public RecordParser {
 public:
  explicit LanStationParser(const LogHeader& header) { record_.local = header.local; }

  std::string read_line(std::string_view line) override {
    TextScanner scanner(line);
    scanner.blanks();
    const std::string_view text = scanner.rest();
    StationTotals station;
    if (read_address(text, station)) {
      close_station();
      station_ = std::move(station);
      return {};
    }
    if (scanner.literal("Incoming")) return read_direction(scanner, has_in_, &StationTotals::in);
    if (scanner.literal("Outgoing")) return read_direction(scanner, has_out_, &StationTotals::out);
    if (scanner.literal("Average rates:") || scanner.literal("Last 5-second rates:")) return {};
    return skip("is no line of LAN station statistics");
  }

  std::string finish(std::vector<LogRecord>& records) override {
    close_station();
    std::stable_sort(stations_.begin(), stations_.end(),
                     [](const StationTotals& a, const StationTotals& b) { return a.mac < b.mac; });
    merge_link_types();
    record_.totals = std::move(stations_);
    records.push_back(std::move(record_));
    return {};
  }

 private:
  std::string read_direction(TextScanner& scanner, bool& has, StationCount StationTotals::*count) {
    if (!station_) return skip("belongs to no station");
    has = read_count(scanner, (*station_).*count);
    return has ? std::string() : skip("tells no packets, bytes and IP packets");
  }

  std::string skip(const char* why) {
    record_.is_whole = false;
    return why;
  }

  void close_station() {
    if (station_ && has_in_ && has_out_) stations_.push_back(std::move(*station_));
    if (station_ && !(has_in_ && has_out_)) record_.is_whole = false;
    station_.reset();
    has_in_ = has_out_ = false;
  }

  /// An address that was seen on Ethernet and on FDDI is one station.
  void merge_link_types() {
    std::vector<StationTotals> merged;
    for (StationTotals& station : stations_) {
      if (merged.empty() || merged.back().mac != station.mac) {
        merged.push_back(std::move(station));
        continue;
      }
      add(merged.back().in, station.in);
      add(merged.back().out, station.out);
    }
    stations_ = std::move(merged);
  }

  static void add(StationCount& to, const StationCount& from) {
    to.packets += from.packets;
    to.bytes += from.bytes;
    to.ip_packets += from.ip_packets;
  }

  LogRecord record_;
  std::vector<StationTotals> stations_;
  std::optional<StationTotals> station_;  ///< whose lines are being read
  bool has_in_ = false;
  bool has_out_ = false;
};

}  // namespace

std::unique_ptr<RecordParser> make_lan_station_parser(const LogHeader& header) {
  return std::make_unique<LanStationParser>(header);
}

}  // namespace iptraf::importer
