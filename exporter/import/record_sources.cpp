// SPDX-License-Identifier: GPL-2.0-or-later
// Each kind of record as values of data sources.
#include "import/record_sources.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <tuple>

#include "import/record_samples.hpp"

namespace iptraf::importer {
namespace {

using Value = std::optional<std::uint64_t>;

constexpr std::size_t kBrackets = 20;

void add(RoundRobinFile& file, std::string source, Value value) {
  file.values.push_back({std::move(source), value, false});
}

/// Values of the ports of one protocol. Ports below 1024 always count, so that one without an entry has counted
/// nothing.
class ServiceValues {
 public:
  ServiceValues(const LogRecord& record, bool is_udp)
      : record_(record), is_udp_(is_udp), services_(std::get<std::vector<ServiceTotals>>(record.totals)) {
    values_.file = {record.device, is_udp ? "udp_services" : "tcp_services", {}};
  }

  void add_port(std::uint16_t port) {
    const ServiceKey wanted{is_udp_, port};
    const auto found = std::lower_bound(services_.begin(), services_.end(), wanted,
                                        [](const ServiceTotals& service, const ServiceKey& key) {
                                          return ServiceKey(service.is_udp, service.port) < key;
                                        });
    const bool is_there = found != services_.end() && ServiceKey(found->is_udp, found->port) == wanted;
    const Value absent = record_.is_whole && port < config::kFirstUnprivilegedPort ? Value(0) : std::nullopt;
    add(values_.file, std::to_string(port) + "_in", is_there ? Value(found->in.bytes) : absent);
    add(values_.file, std::to_string(port) + "_out", is_there ? Value(found->out.bytes) : absent);
  }

  void end_created() { values_.created_sources = values_.file.values.size(); }

  SourceValues take() { return std::move(values_); }

 private:
  const LogRecord& record_;
  bool is_udp_;
  const std::vector<ServiceTotals>& services_;  ///< in the order of ServiceKey
  SourceValues values_;
};

SourceValues of_services(const LogRecord& record, bool is_udp, const config::Rrd& settings,
                         const std::set<ServiceKey>& ports) {
  ServiceValues values(record, is_udp);
  std::set<std::uint16_t> wanted;
  for (const config::ServicePort& service : settings.services) {
    if (service.is_tcp == is_udp || !wanted.insert(service.port).second) continue;
    values.add_port(service.port);
  }
  values.end_created();
  for (const auto& [is_udp_port, port] : ports) {
    if (is_udp_port == is_udp && wanted.count(port) == 0) values.add_port(port);
  }
  return values.take();
}

SourceValues whole(RoundRobinFile file) {
  const std::size_t sources = file.values.size();
  return {std::move(file), sources};
}

/// The exporter's bytes are those of frames: of iptraf-ng's, none are.
SourceValues of_detailed(const LogRecord& record) {
  const auto& totals = std::get<DetailedTotals>(record.totals);
  const auto frames = [&](std::uint64_t bytes) {
    return record.version == LogVersion::kClassic ? Value(bytes) : std::nullopt;
  };
  RoundRobinFile file{record.device, "interface", {}};
  add(file, "rx_packets", totals.total.in.packets);
  add(file, "tx_packets", totals.total.out.packets);
  add(file, "rx_bytes", frames(totals.total.in.bytes));
  add(file, "tx_bytes", frames(totals.total.out.bytes));
  for (const std::string prefix : {"rx_", "tx_"}) {
    for (const char* name : {"ipv4", "ipv6", "tcp", "udp", "icmp", "otherip", "nonip"}) {
      add(file, prefix + name + "_b", std::nullopt);
    }
    add(file, prefix + "bcast_b", prefix == "rx_" ? frames(totals.broadcast.bytes) : std::nullopt);
    add(file, prefix + "mcast_b", std::nullopt);
  }
  const DirectedErrors errors = checksum_errors_of(totals);
  add(file, "rx_cksum_err", errors.is_known ? Value(errors.in) : std::nullopt);
  add(file, "tx_cksum_err", errors.is_known ? Value(errors.out) : std::nullopt);
  return whole(std::move(file));
}

std::optional<SourceValues> of_sizes(const LogRecord& record) {
  const auto& totals = std::get<SizeTotals>(record.totals);
  if (!totals.has_directions) return std::nullopt;
  std::array<const SizeBracket*, kBrackets> brackets{};
  for (const SizeBracket& bracket : totals.brackets) {
    const std::uint32_t width = bracket.last_bytes - bracket.first_bytes + 1;
    if (width == 0 || bracket.first_bytes == 0) continue;
    const std::size_t index = (bracket.first_bytes - 1) / width;
    if (index < kBrackets) brackets.at(index) = &bracket;
  }
  RoundRobinFile file{record.device, "packet_size", {}};
  for (const bool is_in : {true, false}) {
    const std::string prefix = is_in ? "rx_" : "tx_";
    for (std::size_t i = 0; i < kBrackets; ++i) {
      const std::string number = std::to_string(i + 1);
      const SizeBracket* const bracket = brackets.at(i);
      const Value value = bracket == nullptr ? std::nullopt : Value(is_in ? bracket->in_packets : bracket->out_packets);
      add(file, prefix + (number.size() == 1 ? "0" : "") + number, value);
    }
    add(file, prefix + "over", std::nullopt);
  }
  return whole(std::move(file));
}

SourceValues of_station(const std::string& device, const StationTotals& station) {
  RoundRobinFile file{device, "lan_stations/" + mac_text(station, '-'), {}};
  add(file, "rx_packets", station.in.packets);
  add(file, "tx_packets", station.out.packets);
  add(file, "rx_ip_packets", station.in.ip_packets);
  add(file, "tx_ip_packets", station.out.ip_packets);
  add(file, "rx_bytes", std::nullopt);
  add(file, "tx_bytes", std::nullopt);
  return whole(std::move(file));
}

}  // namespace

std::set<ServiceKey> service_keys(std::span<const LogRecord> records) {
  std::set<ServiceKey> keys;
  for (const LogRecord& record : records) {
    if (record.kind() != LogKind::kService) continue;
    for (const ServiceTotals& service : std::get<std::vector<ServiceTotals>>(record.totals)) {
      keys.emplace(service.is_udp, service.port);
    }
  }
  return keys;
}

std::vector<SourceValues> source_values(const LogRecord& record, const config::Rrd& settings,
                                        const std::set<ServiceKey>& ports) {
  std::vector<SourceValues> files;
  switch (record.kind()) {
    case LogKind::kService:
      files.push_back(of_services(record, false, settings, ports));
      files.push_back(of_services(record, true, settings, ports));
      break;
    case LogKind::kGeneral:
      break;
    case LogKind::kDetailed:
      files.push_back(of_detailed(record));
      break;
    case LogKind::kPacketSize:
      if (auto sizes = of_sizes(record)) files.push_back(std::move(*sizes));
      break;
    case LogKind::kLanStation:
      for (const StationTotals& station : std::get<std::vector<StationTotals>>(record.totals)) {
        files.push_back(of_station(record.device, station));
      }
      break;
  }
  return files;
}

}  // namespace iptraf::importer
