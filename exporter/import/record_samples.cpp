// SPDX-License-Identifier: GPL-2.0-or-later
// Each kind of record as samples.
#include "import/record_samples.hpp"

#include <string>
#include <vector>

#include "import/import_metrics.hpp"

namespace iptraf::importer {
namespace {

/// The collectors' families for one direction of an interface.
struct InterfaceMetrics {
  explicit InterfaceMetrics(const std::string& direction)
      : packets(live_metric("iptraf_interface_" + direction + "_packets_total")),
        bytes(live_metric("iptraf_interface_" + direction + "_bytes_total")),
        ip_bytes(live_metric("iptraf_interface_" + direction + "_ip_bytes_total")),
        checksum_errors(live_metric("iptraf_interface_" + direction + "_checksum_errors_total")) {}

  const MetricDesc& packets;
  const MetricDesc& bytes;
  const MetricDesc& ip_bytes;
  const MetricDesc& checksum_errors;
};

/// Of one direction: the families, and which count of a DirectedCount is of it.
struct Direction {
  InterfaceMetrics live;
  const MetricDesc& network_bytes;
  const MetricDesc& ipv4_packets;
  const MetricDesc& ipv4_bytes;
  const MetricDesc& non_ip_packets;
  const MetricDesc& non_ip_bytes;
  Count DirectedCount::*count;
};

struct Transport {
  const char* word;
  DirectedCount DetailedTotals::*count;
};
constexpr Transport kTransports[] = {{"tcp", &DetailedTotals::tcp},
                                     {"udp", &DetailedTotals::udp},
                                     {"icmp", &DetailedTotals::icmp},
                                     {"other", &DetailedTotals::other_ip}};

/// Packets that no row for IP protocols counts: not IP, or with a wrong checksum.
std::uint64_t packets_without_transport(const DetailedTotals& totals, Count DirectedCount::*direction) {
  std::uint64_t with = 0;
  for (const Transport& transport : kTransports) with += (totals.*transport.count.*direction).packets;
  const std::uint64_t all = (totals.total.*direction).packets;
  return all < with ? 0 : all - with;
}

class Samples {
 public:
  Samples(const LogRecord& record, OpenMetricsText& out) : record_(record), out_(out) {}

  void operator()(const std::vector<ServiceTotals>& services) {
    static const MetricDesc& in_packets = live_metric("iptraf_service_in_packets_total");
    static const MetricDesc& in_bytes = live_metric("iptraf_service_in_bytes_total");
    static const MetricDesc& out_packets = live_metric("iptraf_service_out_packets_total");
    static const MetricDesc& out_bytes = live_metric("iptraf_service_out_bytes_total");
    for (const ServiceTotals& service : services) {
      const std::vector<std::string> labels{service.is_udp ? "udp" : "tcp", std::to_string(service.port)};
      add(in_packets, labels, service.in.packets);
      add(in_bytes, labels, service.in.bytes);
      add(out_packets, labels, service.out.packets);
      add(out_bytes, labels, service.out.bytes);
    }
  }

  void operator()(const GeneralTotals& totals) {
    add(kGeneralPackets, {"ipv4"}, totals.ipv4_packets);
    add(kGeneralPackets, {"non_ip"}, totals.non_ip_packets);
    const std::uint64_t told = totals.ipv4_packets + totals.non_ip_packets;
    add(kGeneralPackets, {"ipv6"}, totals.packets < told ? 0 : totals.packets - told);
    add(kGeneralChecksumErrors, {}, totals.checksum_errors);
  }

  void operator()(const DetailedTotals& totals) {
    static const Direction receive{InterfaceMetrics("receive"), kNetworkBytes.receive, kIpv4Packets.receive,
                                   kIpv4Bytes.receive,          kNonIpPackets.receive, kNonIpBytes.receive,
                                   &DirectedCount::in};
    static const Direction transmit{InterfaceMetrics("transmit"), kNetworkBytes.transmit, kIpv4Packets.transmit,
                                    kIpv4Bytes.transmit,          kNonIpPackets.transmit, kNonIpBytes.transmit,
                                    &DirectedCount::out};
    add_direction(totals, receive);
    add_direction(totals, transmit);
    add_broadcast(totals.broadcast);
    const DirectedErrors errors = checksum_errors_of(totals);
    if (errors.is_known) {
      add(receive.live.checksum_errors, {}, errors.in);
      add(transmit.live.checksum_errors, {}, errors.out);
    } else if (totals.has_checksum_errors) {
      add(kInterfaceChecksumErrors, {}, totals.checksum_errors);
    }
  }

  void operator()(const SizeTotals& totals) {
    static const MetricDesc& mtu_bytes = live_metric("iptraf_interface_mtu_bytes");
    if (totals.mtu_bytes != 0) add(mtu_bytes, {}, totals.mtu_bytes);
    for (const SizeBracket& bracket : totals.brackets) {
      const std::vector<std::string> labels{std::to_string(bracket.last_bytes)};
      if (totals.has_directions) {
        add(kDirectedSizePackets.receive, labels, bracket.in_packets);
        add(kDirectedSizePackets.transmit, labels, bracket.out_packets);
      } else {
        add(kSizePackets, labels, bracket.in_packets);
      }
    }
  }

  void operator()(const std::vector<StationTotals>& stations) {
    static const MetricDesc& receive_packets = live_metric("iptraf_lan_station_receive_packets_total");
    static const MetricDesc& receive_ip_packets = live_metric("iptraf_lan_station_receive_ip_packets_total");
    static const MetricDesc& transmit_packets = live_metric("iptraf_lan_station_transmit_packets_total");
    static const MetricDesc& transmit_ip_packets = live_metric("iptraf_lan_station_transmit_ip_packets_total");
    static const MetricDesc& info = live_metric("iptraf_lan_station_info");
    for (const StationTotals& station : stations) {
      const std::string mac = mac_text(station, ':');
      add(receive_packets, {mac}, station.in.packets);
      add(receive_ip_packets, {mac}, station.in.ip_packets);
      add(transmit_packets, {mac}, station.out.packets);
      add(transmit_ip_packets, {mac}, station.out.ip_packets);
      add(kStationNetworkBytes.receive, {mac}, station.in.bytes);
      add(kStationNetworkBytes.transmit, {mac}, station.out.bytes);
      if (station.description.empty()) continue;
      add(info, {mac, station.is_fddi ? "fddi" : "ethernet", "", station.description}, 1);
    }
  }

 private:
  /// `labels` follow the device.
  void add(const MetricDesc& metric, std::vector<std::string> labels, std::uint64_t value) {
    labels.insert(labels.begin(), record_.device);
    out_.add(metric, labels, record_.seconds, value);
  }

  void add_direction(const DetailedTotals& totals, const Direction& direction) {
    const auto of = [&](DirectedCount DetailedTotals::*row) { return totals.*row.*direction.count; };
    for (const Transport& transport : kTransports) {
      add(direction.live.packets, {"", transport.word}, of(transport.count).packets);
      add(direction.live.ip_bytes, {"", transport.word}, of(transport.count).bytes);
    }
    add(direction.live.packets, {"", "none"}, packets_without_transport(totals, direction.count));
    const MetricDesc& bytes = counts_frames() ? direction.live.bytes : direction.network_bytes;
    add(bytes, {}, of(&DetailedTotals::total).bytes);
    add(direction.ipv4_packets, {}, of(&DetailedTotals::ipv4).packets);
    add(direction.ipv4_bytes, {}, of(&DetailedTotals::ipv4).bytes);
    add(direction.non_ip_packets, {}, of(&DetailedTotals::non_ip).packets);
    add(direction.non_ip_bytes, {}, of(&DetailedTotals::non_ip).bytes);
  }

  void add_broadcast(const Count& broadcast) {
    static const MetricDesc& packets = live_metric("iptraf_interface_receive_broadcast_packets_total");
    static const MetricDesc& bytes = live_metric("iptraf_interface_receive_broadcast_bytes_total");
    add(packets, {}, broadcast.packets);
    add(counts_frames() ? bytes : kBroadcastNetworkBytes, {}, broadcast.bytes);
  }

  bool counts_frames() const { return record_.version == LogVersion::kClassic; }

  const LogRecord& record_;
  OpenMetricsText& out_;
};

}  // namespace

DirectedErrors checksum_errors_of(const DetailedTotals& totals) {
  const auto bad = [&](Count DirectedCount::*direction) -> std::uint64_t {
    const std::uint64_t none = packets_without_transport(totals, direction);
    const std::uint64_t non_ip = (totals.non_ip.*direction).packets;
    return none < non_ip ? 0 : none - non_ip;
  };
  DirectedErrors errors{false, bad(&DirectedCount::in), bad(&DirectedCount::out)};
  errors.is_known = totals.has_checksum_errors && errors.in + errors.out == totals.checksum_errors;
  return errors;
}

std::string mac_text(const StationTotals& station, char separator) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : station.mac) {
    if (!text.empty()) text += separator;
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

void add_samples(const LogRecord& record, OpenMetricsText& out) { std::visit(Samples(record, out), record.totals); }

}  // namespace iptraf::importer
