// SPDX-License-Identifier: GPL-2.0-or-later
// Where a record begins and ends, and who reads it.
#include "import/record_parser.hpp"

#include "core/text.hpp"
#include "import/text_scanner.hpp"

namespace iptraf::importer {
namespace {

/// Linux has 15, aliases included; the name of a database's directory has at most 255 with each byte as three.
constexpr std::size_t kMaxDeviceBytes = 64;

bool read_date(TextScanner& scanner, LocalSeconds& local) {
  std::size_t length = 0;
  scanner.blanks();
  const auto time = parse_local_time(scanner.rest(), length);
  if (!time) return false;
  local = *time;
  return true;
}

/// "Detailed statistics for interface eth0, generated DATE".
bool read_detailed_header(TextScanner& scanner, LogHeader& header) {
  constexpr std::string_view kGenerated = ", generated ";
  const std::size_t at = scanner.rest().rfind(kGenerated);
  if (at == std::string_view::npos) return false;
  header.device = device_name(scanner.rest().substr(0, at));
  if (header.device.empty()) return false;
  TextScanner date(scanner.rest().substr(at + kGenerated.size()));
  return read_date(date, header.local);
}

struct HeaderText {
  std::string_view text;
  LogKind kind;
};
constexpr HeaderText kHeaderTexts[] = {{"TCP/UDP traffic log", LogKind::kService},
                                       {"General interface statistics log", LogKind::kGeneral},
                                       {"Packet Size Distribution", LogKind::kPacketSize},
                                       {"LAN traffic log", LogKind::kLanStation}};

}  // namespace

std::optional<LogHeader> parse_header(std::string_view line) {
  TextScanner scanner(line);
  LogHeader header;
  if (!scanner.literal("*** ")) return std::nullopt;
  if (scanner.literal("Detailed statistics for interface ")) {
    header.kind = LogKind::kDetailed;
    return read_detailed_header(scanner, header) ? std::optional(header) : std::nullopt;
  }
  for (const HeaderText& known : kHeaderTexts) {
    if (!scanner.literal(known.text)) continue;
    header.kind = known.kind;
    scanner.literal(",");
    scanner.blanks();
    return scanner.literal("generated ") && read_date(scanner, header.local) ? std::optional(header) : std::nullopt;
  }
  return std::nullopt;
}

std::string device_name(std::string_view text) {
  if (text.size() > kMaxDeviceBytes) return {};
  std::string name = printable_utf8(text);
  return name.size() > kMaxDeviceBytes ? std::string() : name;
}

bool is_end_of_record(std::string_view line) {
  TextScanner scanner(line);
  std::uint64_t seconds = 0;
  if (scanner.literal("Running time: ")) return true;
  return scanner.number(seconds) && scanner.literal(" seconds running time");
}

std::unique_ptr<RecordParser> make_record_parser(const LogHeader& header, const names::ServiceNames& names) {
  switch (header.kind) {
    case LogKind::kService:
      return make_service_parser(header, names);
    case LogKind::kGeneral:
      return make_general_parser(header);
    case LogKind::kDetailed:
      return make_detailed_parser(header);
    case LogKind::kPacketSize:
      return make_packet_size_parser(header);
    case LogKind::kLanStation:
      return make_lan_station_parser(header);
  }
  return nullptr;
}

}  // namespace iptraf::importer
