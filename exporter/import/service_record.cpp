// SPDX-License-Identifier: GPL-2.0-or-later
// Records of the TCP/UDP service statistics (IPTraf -s).
#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "import/record_parser.hpp"
#include "import/text_scanner.hpp"

namespace iptraf::importer {
namespace {

/// IPTraf cuts the names of services.
constexpr std::size_t kNameCharacters = 10;

struct ServiceLine {
  bool is_udp = false;
  std::string_view port;
  Count total;
  Count in;
  Count out;
};

/// "3027 packets, 4198328 bytes incoming", and a rate behind a comma, which is passed over whatever its unit.
bool read_count(TextScanner& scanner, std::string_view what, Count& count) {
  scanner.blanks();
  const bool is_read = scanner.number(count.packets) && scanner.literal(" packets, ") && scanner.number(count.bytes) &&
                       scanner.literal(" bytes ") && scanner.literal(what);
  if (!is_read) return false;
  scanner.blanks();
  std::string_view rate;
  if (scanner.at_end()) return what == "outgoing";
  if (scanner.rest().front() == ',') return scanner.until(';', rate) || what == "outgoing";
  return scanner.literal(";");
}

bool read_service_line(std::string_view line, ServiceLine& read) {
  TextScanner scanner(line);
  read.is_udp = scanner.literal("UDP/");
  if (!read.is_udp && !scanner.literal("TCP/")) return false;
  constexpr std::string_view kColon = ": ";
  const std::size_t colon = scanner.rest().find(kColon);
  if (colon == 0 || colon == std::string_view::npos) return false;
  read.port = scanner.rest().substr(0, colon);
  TextScanner counts(scanner.rest().substr(colon + kColon.size()));
  return read_count(counts, "total", read.total) && read_count(counts, "incoming", read.in) &&
         read_count(counts, "outgoing", read.out);
}

class ServiceParser final : public RecordParser {
 public:
  ServiceParser(const LogHeader& header, const names::ServiceNames& names) : names_(names) {
    record_.local = header.local;
  }

  std::string read_line(std::string_view line) override {
    ServiceLine read;
    if (!read_service_line(line, read)) return skip("is no line of TCP/UDP service statistics");
    ServiceTotals service{read.is_udp, 0, read.in, read.out};
    TextScanner digits(read.port);
    std::uint64_t number = 0;
    if (digits.number(number) && digits.at_end()) {
      if (number > std::numeric_limits<std::uint16_t>::max()) return skip("is of a port above 65535");
      service.port = static_cast<std::uint16_t>(number);
    } else {
      const auto port = names_.find_port(read.is_udp ? "udp" : "tcp", read.port, kNameCharacters);
      if (!port) return skip("is of a service that /etc/services does not name, or not clearly");
      service.port = *port;
    }
    services_.push_back(service);
    return {};
  }

  std::string finish(std::vector<LogRecord>& records) override {
    const auto key = [](const ServiceTotals& service) { return std::tuple(service.is_udp, service.port); };
    std::stable_sort(services_.begin(), services_.end(),
                     [&](const ServiceTotals& a, const ServiceTotals& b) { return key(a) < key(b); });
    const auto same = std::unique(services_.begin(), services_.end(),
                                  [&](const ServiceTotals& a, const ServiceTotals& b) { return key(a) == key(b); });
    services_.erase(same, services_.end());
    record_.totals = std::move(services_);
    records.push_back(std::move(record_));
    return {};
  }

 private:
  std::string skip(const char* why) {
    record_.is_whole = false;
    return why;
  }

  const names::ServiceNames& names_;
  LogRecord record_;
  std::vector<ServiceTotals> services_;
};

}  // namespace

std::unique_ptr<RecordParser> make_service_parser(const LogHeader& header, const names::ServiceNames& names) {
  return std::make_unique<ServiceParser>(header, names);
}

}  // namespace iptraf::importer
