// SPDX-License-Identifier: GPL-2.0-or-later
// The families of imported samples: those of the collectors, and those that only logs have.
#pragma once

#include <string_view>

#include "core/metric.hpp"

namespace iptraf::importer {

/// The family of a collector. Throws std::out_of_range: there is none of that name.
const MetricDesc& live_metric(std::string_view name);

/// The same count for both directions of an interface or of a station.
struct MetricPair {
  const MetricDesc& receive;
  const MetricDesc& transmit;
};

// What logs tell in another way than the exporter counts; "network bytes" are without link header.
extern const MetricDesc kGeneralPackets;
extern const MetricDesc kGeneralChecksumErrors;
extern const MetricDesc kInterfaceChecksumErrors;
extern const MetricDesc kBroadcastNetworkBytes;
extern const MetricDesc kSizePackets;
extern const MetricPair kNetworkBytes;
extern const MetricPair kIpv4Packets;
extern const MetricPair kIpv4Bytes;
extern const MetricPair kNonIpPackets;
extern const MetricPair kNonIpBytes;
extern const MetricPair kDirectedSizePackets;
extern const MetricPair kStationNetworkBytes;

}  // namespace iptraf::importer
