// SPDX-License-Identifier: GPL-2.0-or-later
// The families of imported samples.
#include "import/import_metrics.hpp"

#include <stdexcept>
#include <string>

#include "collectors/registry.hpp"

namespace iptraf::importer {
namespace {

constexpr LabelDesc kDevice{"device", nullptr};
constexpr LabelDesc kNetwork{"network", nullptr};
constexpr LabelDesc kUpTo{"up_to_bytes", nullptr};
constexpr LabelDesc kMac{"mac", nullptr};

constexpr MetricDesc kReceiveNetworkBytes{"iptraf_import_interface_receive_network_bytes_total",
                                          MetricKind::kCounter,
                                          {kDevice},
                                          "Bytes received without link header, padding included, as iptraf-ng logs "
                                          "them; not frame bytes."};
constexpr MetricDesc kTransmitNetworkBytes{"iptraf_import_interface_transmit_network_bytes_total",
                                           MetricKind::kCounter,
                                           {kDevice},
                                           "Bytes transmitted without link header, padding included, as iptraf-ng logs "
                                           "them; not frame bytes."};
constexpr MetricDesc kReceiveIpv4Packets{"iptraf_import_interface_receive_ipv4_packets_total",
                                         MetricKind::kCounter,
                                         {kDevice},
                                         "IPv4 packets received with a right header checksum; a part of all packets."};
constexpr MetricDesc kTransmitIpv4Packets{"iptraf_import_interface_transmit_ipv4_packets_total",
                                          MetricKind::kCounter,
                                          {kDevice},
                                          "IPv4 packets transmitted with a right header checksum; a part of all "
                                          "packets."};
constexpr MetricDesc kReceiveIpv4Bytes{"iptraf_import_interface_receive_ipv4_bytes_total",
                                       MetricKind::kCounter,
                                       {kDevice},
                                       "IP bytes of the IPv4 packets received: IP header and payload; a part of all IP "
                                       "bytes."};
constexpr MetricDesc kTransmitIpv4Bytes{"iptraf_import_interface_transmit_ipv4_bytes_total",
                                        MetricKind::kCounter,
                                        {kDevice},
                                        "IP bytes of the IPv4 packets transmitted: IP header and payload; a part of "
                                        "all IP bytes."};
constexpr MetricDesc kReceiveNonIpPackets{"iptraf_import_interface_receive_non_ip_packets_total",
                                          MetricKind::kCounter,
                                          {kDevice},
                                          "Packets received that are not IP; a part of all packets."};
constexpr MetricDesc kTransmitNonIpPackets{"iptraf_import_interface_transmit_non_ip_packets_total",
                                           MetricKind::kCounter,
                                           {kDevice},
                                           "Packets transmitted that are not IP; a part of all packets."};
constexpr MetricDesc kReceiveNonIpBytes{"iptraf_import_interface_receive_non_ip_bytes_total",
                                        MetricKind::kCounter,
                                        {kDevice},
                                        "Bytes received that are not IP, without link header, padding included (IPTraf "
                                        "2: frame bytes)."};
constexpr MetricDesc kTransmitNonIpBytes{"iptraf_import_interface_transmit_non_ip_bytes_total",
                                         MetricKind::kCounter,
                                         {kDevice},
                                         "Bytes transmitted that are not IP, without link header, padding included "
                                         "(IPTraf 2: frame bytes)."};
constexpr MetricDesc kReceiveSizePackets{"iptraf_import_packet_size_receive_packets_total",
                                         MetricKind::kCounter,
                                         {kDevice, kUpTo},
                                         "Packets received by network size: those of one bracket, up to its upper "
                                         "bound. Packets above the MTU are not in the log."};
constexpr MetricDesc kTransmitSizePackets{"iptraf_import_packet_size_transmit_packets_total",
                                          MetricKind::kCounter,
                                          {kDevice, kUpTo},
                                          "Packets transmitted by network size: those of one bracket, up to its upper "
                                          "bound. Packets above the MTU are not in the log."};
constexpr MetricDesc kStationReceiveBytes{"iptraf_import_lan_station_receive_network_bytes_total",
                                          MetricKind::kCounter,
                                          {kDevice, kMac},
                                          "Bytes addressed to the station without link header, padding included; not "
                                          "frame bytes."};
constexpr MetricDesc kStationTransmitBytes{"iptraf_import_lan_station_transmit_network_bytes_total",
                                           MetricKind::kCounter,
                                           {kDevice, kMac},
                                           "Bytes coming from the station without link header, padding included; not "
                                           "frame bytes."};

}  // namespace

constexpr MetricDesc kGeneralPackets{"iptraf_import_general_packets_total",
                                     MetricKind::kCounter,
                                     {kDevice, kNetwork},
                                     "Packets of both directions together, by network: ipv4 (wrong checksums "
                                     "included), ipv6, non_ip. From general interface statistics."};
constexpr MetricDesc kGeneralChecksumErrors{"iptraf_import_general_checksum_errors_total",
                                            MetricKind::kCounter,
                                            {kDevice},
                                            "Packets of both directions together whose IPv4 header checksum is wrong. "
                                            "From general interface statistics."};
constexpr MetricDesc kInterfaceChecksumErrors{
    "iptraf_import_interface_checksum_errors_total",
    MetricKind::kCounter,
    {kDevice},
    "Packets whose IPv4 header checksum is wrong, where the log does not tell "
    "their direction."};
constexpr MetricDesc kBroadcastNetworkBytes{"iptraf_import_interface_receive_broadcast_network_bytes_total",
                                            MetricKind::kCounter,
                                            {kDevice},
                                            "Bytes received for the link layer's broadcast address without link "
                                            "header, padding included; not frame bytes."};
constexpr MetricDesc kSizePackets{"iptraf_import_packet_size_packets_total",
                                  MetricKind::kCounter,
                                  {kDevice, kUpTo},
                                  "Packets of both directions together by network size: those of one bracket, up to "
                                  "its upper bound. The last one holds those above the MTU too."};
constexpr MetricPair kNetworkBytes{kReceiveNetworkBytes, kTransmitNetworkBytes};
constexpr MetricPair kIpv4Packets{kReceiveIpv4Packets, kTransmitIpv4Packets};
constexpr MetricPair kIpv4Bytes{kReceiveIpv4Bytes, kTransmitIpv4Bytes};
constexpr MetricPair kNonIpPackets{kReceiveNonIpPackets, kTransmitNonIpPackets};
constexpr MetricPair kNonIpBytes{kReceiveNonIpBytes, kTransmitNonIpBytes};
constexpr MetricPair kDirectedSizePackets{kReceiveSizePackets, kTransmitSizePackets};
constexpr MetricPair kStationNetworkBytes{kStationReceiveBytes, kStationTransmitBytes};

const MetricDesc& live_metric(std::string_view name) {
  for (const CollectorSpec* spec : collectors::all()) {
    for (const MetricDesc* metric : spec->metrics) {
      if (metric->name == name) return *metric;
    }
  }
  throw std::out_of_range("no collector has the family " + std::string(name));
}

}  // namespace iptraf::importer
