// SPDX-License-Identifier: GPL-2.0-or-later
// What the page shows of collector `ip_traffic` on device vB, for its tests.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "collectors/registry.hpp"
#include "support/packet_builder.hpp"
#include "support/run_offline.hpp"

namespace iptraf::test::traffic {

inline const CollectorSpec& ip_traffic() {
  const auto specs = collectors::all();
  return **std::find_if(specs.begin(), specs.end(), [](const auto* spec) { return spec->name == "ip_traffic"; });
}

inline const std::string kPrefix = "iptraf_ip_traffic_";

/// Packets and bytes.
using Pair = std::array<double, 2>;

inline std::string series(const std::string& family, const std::string& labels) {
  return kPrefix + family + "_total{device=\"vB\"," + labels + "}";
}

inline Pair pair_of(const Page& page, const std::string& family, const std::string& label) {
  return {page.value(series(family + "packets", label)), page.value(series(family + "bytes", label))};
}

inline Pair protocol(const Page& page, const std::string& word) {
  return pair_of(page, "", "protocol=\"" + word + "\"");
}
inline Pair ethertype(const Page& page, const std::string& word) {
  return pair_of(page, "non_ip_", "ethertype=\"" + word + "\"");
}

inline bool has_ethertype(const Page& page, const std::string& word) {
  return page.has(series("non_ip_packets", "ethertype=\"" + word + "\""));
}

inline double icmp(const Page& page, const std::string& version, const std::string& type,
                   const std::string& code = "") {
  return page.value(series("icmp_packets", "version=\"" + version + "\",type=\"" + type + "\",code=\"" + code + "\""));
}

inline double ospf(const Page& page, const std::string& version, const std::string& type) {
  return page.value(series("ospf_packets", "version=\"" + version + "\",type=\"" + type + "\""));
}

inline double arp(const Page& page, const std::string& operation) {
  return page.value(series("arp_packets", "operation=\"" + operation + "\""));
}

inline double evictions(const Page& page, const std::string& reason) {
  return page.value("iptraf_table_evictions_total{table=\"ethertype\",reason=\"" + reason + "\"}");
}

/// How many series of a family there are, and their sum.
inline std::size_t count(const Page& page, const std::string& family) {
  return page.count(kPrefix + family + "_total{");
}
inline double sum(const Page& page, const std::string& family) { return page.sum(kPrefix + family + "_total{"); }

inline PacketBuilder eth() { return PacketBuilder().eth(); }

/// A frame of 60 bytes.
inline Bytes typed_frame(std::uint16_t type) { return PacketBuilder().eth({.type = type}).payload(46).build(); }

inline Page page_of(const std::vector<Bytes>& frames, const config::IpTraffic& settings = {}) {
  ChainSettings chain_settings;
  chain_settings.config.collectors.ip_traffic = settings;
  LiveChain chain(chain_settings);
  std::vector<Packet> packets;
  for (const Bytes& frame : frames) packets.push_back(decoded(frame));
  chain.feed(packets);
  return chain.page();
}

}  // namespace iptraf::test::traffic
