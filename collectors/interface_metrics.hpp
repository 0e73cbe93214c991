// SPDX-License-Identifier: GPL-2.0-or-later
// The metrics of collector `interface`.
#pragma once

#include <cstddef>

#include "core/labels.hpp"
#include "core/metric.hpp"

namespace iptraf::collectors::interface_metrics {

inline constexpr LabelDesc kReasonLabel{"reason", format_word<kMalformedWords>};

inline constexpr MetricDesc kReceivePackets{
    "iptraf_interface_receive_packets_total",
    MetricKind::kCounter,
    {kDeviceLabel, kNetworkLabel, kTransportLabel},
    "Packets received by the interface, each once; IPTraf's incoming Total is the "
    "sum over network and transport."};
inline constexpr MetricDesc kTransmitPackets{
    "iptraf_interface_transmit_packets_total",
    MetricKind::kCounter,
    {kDeviceLabel, kNetworkLabel, kTransportLabel},
    "Packets transmitted by the interface, each once; IPTraf's outgoing Total is "
    "the sum over network and transport."};
inline constexpr MetricDesc kReceiveBytes{
    "iptraf_interface_receive_bytes_total",
    MetricKind::kCounter,
    {kDeviceLabel, kNetworkLabel, kTransportLabel},
    "Frame bytes received: length on the wire with link header and VLAN tags, without "
    "frame check sequence."};
inline constexpr MetricDesc kTransmitBytes{
    "iptraf_interface_transmit_bytes_total",
    MetricKind::kCounter,
    {kDeviceLabel, kNetworkLabel, kTransportLabel},
    "Frame bytes transmitted: length on the wire with link header and VLAN tags, "
    "without frame check sequence."};
inline constexpr MetricDesc kReceiveIpBytes{
    "iptraf_interface_receive_ip_bytes_total",
    MetricKind::kCounter,
    {kDeviceLabel, kNetworkLabel, kTransportLabel},
    "IP bytes received: IP header and payload, without link header and padding."};
inline constexpr MetricDesc kTransmitIpBytes{
    "iptraf_interface_transmit_ip_bytes_total",
    MetricKind::kCounter,
    {kDeviceLabel, kNetworkLabel, kTransportLabel},
    "IP bytes transmitted: IP header and payload, without link header and padding."};
inline constexpr MetricDesc kReceiveBroadcastPackets{"iptraf_interface_receive_broadcast_packets_total",
                                                     MetricKind::kCounter,
                                                     {kDeviceLabel},
                                                     "Packets received for the link layer's broadcast address."};
inline constexpr MetricDesc kTransmitBroadcastPackets{"iptraf_interface_transmit_broadcast_packets_total",
                                                      MetricKind::kCounter,
                                                      {kDeviceLabel},
                                                      "Packets transmitted to the link layer's broadcast address."};
inline constexpr MetricDesc kReceiveBroadcastBytes{"iptraf_interface_receive_broadcast_bytes_total",
                                                   MetricKind::kCounter,
                                                   {kDeviceLabel},
                                                   "Frame bytes received for the link layer's broadcast address."};
inline constexpr MetricDesc kTransmitBroadcastBytes{"iptraf_interface_transmit_broadcast_bytes_total",
                                                    MetricKind::kCounter,
                                                    {kDeviceLabel},
                                                    "Frame bytes transmitted to the link layer's broadcast address."};
inline constexpr MetricDesc kReceiveMulticastPackets{
    "iptraf_interface_receive_multicast_packets_total",
    MetricKind::kCounter,
    {kDeviceLabel},
    "Packets received for a group address of the link layer, broadcast "
    "excepted."};
inline constexpr MetricDesc kTransmitMulticastPackets{
    "iptraf_interface_transmit_multicast_packets_total",
    MetricKind::kCounter,
    {kDeviceLabel},
    "Packets transmitted to a group address of the link layer, broadcast "
    "excepted."};
inline constexpr MetricDesc kReceiveMulticastBytes{
    "iptraf_interface_receive_multicast_bytes_total",
    MetricKind::kCounter,
    {kDeviceLabel},
    "Frame bytes received for a group address of the link layer, broadcast "
    "excepted."};
inline constexpr MetricDesc kTransmitMulticastBytes{"iptraf_interface_transmit_multicast_bytes_total",
                                                    MetricKind::kCounter,
                                                    {kDeviceLabel},
                                                    "Frame bytes transmitted to a group address of the link layer, "
                                                    "broadcast excepted."};
inline constexpr MetricDesc kReceiveChecksumErrors{"iptraf_interface_receive_checksum_errors_total",
                                                   MetricKind::kCounter,
                                                   {kDeviceLabel},
                                                   "Packets received whose IPv4 header checksum is wrong."};
inline constexpr MetricDesc kTransmitChecksumErrors{"iptraf_interface_transmit_checksum_errors_total",
                                                    MetricKind::kCounter,
                                                    {kDeviceLabel},
                                                    "Packets transmitted whose IPv4 header checksum is wrong."};
inline constexpr MetricDesc kReceiveMalformed{
    "iptraf_interface_receive_malformed_packets_total",
    MetricKind::kCounter,
    {kDeviceLabel, kReasonLabel},
    "Packets received with a header that cannot be read or contradicts itself."};
inline constexpr MetricDesc kTransmitMalformed{"iptraf_interface_transmit_malformed_packets_total",
                                               MetricKind::kCounter,
                                               {kDeviceLabel, kReasonLabel},
                                               "Packets transmitted with a header that cannot be read or contradicts "
                                               "itself."};
inline constexpr MetricDesc kMtuBytes{"iptraf_interface_mtu_bytes",
                                      MetricKind::kGauge,
                                      {kDeviceLabel},
                                      "Largest network size that the interface transmits.",
                                      Merge::kMax};
inline constexpr MetricDesc kUp{"iptraf_interface_up",
                                MetricKind::kGauge,
                                {kDeviceLabel},
                                "1 while the interface is there and up; a capture file is always up.",
                                Merge::kMax};

/// The same count for both directions.
struct Pair {
  const MetricDesc& receive;
  const MetricDesc& transmit;

  const MetricDesc& of(std::size_t direction) const { return direction == 0 ? receive : transmit; }
};
inline constexpr Pair kPackets{kReceivePackets, kTransmitPackets};
inline constexpr Pair kBytes{kReceiveBytes, kTransmitBytes};
inline constexpr Pair kIpBytes{kReceiveIpBytes, kTransmitIpBytes};
inline constexpr Pair kBroadcastPackets{kReceiveBroadcastPackets, kTransmitBroadcastPackets};
inline constexpr Pair kBroadcastBytes{kReceiveBroadcastBytes, kTransmitBroadcastBytes};
inline constexpr Pair kMulticastPackets{kReceiveMulticastPackets, kTransmitMulticastPackets};
inline constexpr Pair kMulticastBytes{kReceiveMulticastBytes, kTransmitMulticastBytes};
inline constexpr Pair kChecksumErrors{kReceiveChecksumErrors, kTransmitChecksumErrors};
inline constexpr Pair kMalformed{kReceiveMalformed, kTransmitMalformed};

inline constexpr const MetricDesc* kAll[] = {
    &kReceivePackets,
    &kTransmitPackets,
    &kReceiveBytes,
    &kTransmitBytes,
    &kReceiveIpBytes,
    &kTransmitIpBytes,
    &kReceiveBroadcastPackets,
    &kTransmitBroadcastPackets,
    &kReceiveBroadcastBytes,
    &kTransmitBroadcastBytes,
    &kReceiveMulticastPackets,
    &kTransmitMulticastPackets,
    &kReceiveMulticastBytes,
    &kTransmitMulticastBytes,
    &kReceiveChecksumErrors,
    &kTransmitChecksumErrors,
    &kReceiveMalformed,
    &kTransmitMalformed,
    &kMtuBytes,
    &kUp,
};

}  // namespace iptraf::collectors::interface_metrics
