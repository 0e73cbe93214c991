// SPDX-License-Identifier: GPL-2.0-or-later
// The metrics of collector `lan_station`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/address_text.hpp"
#include "core/labels.hpp"
#include "core/metric.hpp"

namespace iptraf::collectors::station_metrics {

/// Label value of what has no series of its own; sorts behind every address.
inline constexpr std::uint64_t kOtherMac = std::uint64_t{1} << 48;

inline MacAddress to_address(std::uint64_t mac) {
  MacAddress address{};
  for (std::size_t i = address.size(); i-- > 0; mac >>= 8) address[i] = static_cast<std::uint8_t>(mac);
  return address;
}

inline std::string mac_text(std::uint64_t mac) { return mac == kOtherMac ? "other" : to_text(to_address(mac)); }

inline void format_mac(std::uint64_t mac, const LabelContext& /*context*/, std::string& out) { out += mac_text(mac); }

inline constexpr LabelDesc kMacLabel{"mac", format_mac};

inline constexpr MetricDesc kReceivePackets{"iptraf_lan_station_receive_packets_total",
                                            MetricKind::kCounter,
                                            {kDeviceLabel, kMacLabel},
                                            "Packets addressed to the station; IPTraf's PktsIn."};
inline constexpr MetricDesc kReceiveIpPackets{"iptraf_lan_station_receive_ip_packets_total",
                                              MetricKind::kCounter,
                                              {kDeviceLabel, kMacLabel},
                                              "IPv4 and IPv6 packets addressed to the station; IPTraf's IPIn."};
inline constexpr MetricDesc kReceiveBytes{
    "iptraf_lan_station_receive_bytes_total",
    MetricKind::kCounter,
    {kDeviceLabel, kMacLabel},
    "Frame bytes addressed to the station: length on the wire with link header and VLAN "
    "tags, without frame check sequence."};
inline constexpr MetricDesc kTransmitPackets{"iptraf_lan_station_transmit_packets_total",
                                             MetricKind::kCounter,
                                             {kDeviceLabel, kMacLabel},
                                             "Packets coming from the station; IPTraf's PktsOut."};
inline constexpr MetricDesc kTransmitIpPackets{"iptraf_lan_station_transmit_ip_packets_total",
                                               MetricKind::kCounter,
                                               {kDeviceLabel, kMacLabel},
                                               "IPv4 and IPv6 packets coming from the station; IPTraf's IPOut."};
inline constexpr MetricDesc kTransmitBytes{
    "iptraf_lan_station_transmit_bytes_total",
    MetricKind::kCounter,
    {kDeviceLabel, kMacLabel},
    "Frame bytes coming from the station: length on the wire with link header and VLAN "
    "tags, without frame check sequence."};
inline constexpr MetricDesc kInfo{
    "iptraf_lan_station_info",
    MetricKind::kGauge,
    {{"device", nullptr}, {"mac", nullptr}, {"link_type", nullptr}, {"vendor", nullptr}, {"description", nullptr}},
    "1 for each station that is counted by its address."};

inline constexpr const MetricDesc* kAll[] = {&kReceivePackets,    &kReceiveIpPackets, &kReceiveBytes, &kTransmitPackets,
                                             &kTransmitIpPackets, &kTransmitBytes,    &kInfo};

}  // namespace iptraf::collectors::station_metrics
