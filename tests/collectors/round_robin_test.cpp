// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the collectors' round-robin databases: files, data sources and their values.
#include <algorithm>
#include <map>

#include "output/rrd/rrd_file.hpp"
#include "output/rrd/rrd_output.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"
#include "support/run_offline.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

/// A SYN to port 80 of 46 bytes, its SYN/ACK back, a datagram from port 53 of 100 bytes, and an ARP request.
std::map<std::string, RoundRobinFile> files_of(const config::Rrd& settings) {
  const Ipv4 there{.source = "10.0.0.1", .destination = "10.0.0.2"};
  const Ipv4 back{.source = "10.0.0.2", .destination = "10.0.0.1"};
  const OfflineResult result =
      run_frames({PacketBuilder().eth().ipv4(there).tcp({.source = 4000, .destination = 80, .flags = 2}).build(),
                  PacketBuilder().eth().ipv4(back).tcp({.source = 80, .destination = 4000, .flags = 0x12}).build(),
                  PacketBuilder().eth().ipv4(there).udp({.source = 53, .destination = 4000}).payload(72).build(),
                  PacketBuilder().eth().arp().build()});
  std::map<std::string, RoundRobinFile> files;
  for (RoundRobinFile& file : output::round_robin_files(*result.snapshot, settings)) {
    std::string path = output::rrd_path(file);
    files.emplace(std::move(path), std::move(file));
  }
  return files;
}

std::uint64_t value(const RoundRobinFile& file, const std::string& source) {
  INFO(file.name << " " << source);
  const auto found = std::find_if(file.values.begin(), file.values.end(),
                                  [&source](const RoundRobinValue& value) { return value.source == source; });
  REQUIRE(found != file.values.end());
  return found->value.value();
}

std::string sources(const RoundRobinFile& file) {
  std::string all;
  for (const RoundRobinValue& value : file.values) all += (all.empty() ? "" : " ") + value.source;
  return all;
}

}  // namespace

TEST_CASE("The files and their data sources are those of the contract") {
  config::Rrd settings;
  settings.services = {{true, 80}, {true, 22}, {false, 53}};
  const auto files = files_of(settings);
  std::string stations;
  for (const auto& [path, file] : files) {
    if (path.starts_with("vB/lan_stations/")) stations = sources(file);
  }
  CHECK(stations == "rx_packets tx_packets rx_ip_packets tx_ip_packets rx_bytes tx_bytes");
  CHECK(sources(files.at("vB/tcp_services.rrd")) == "80_in 80_out 22_in 22_out");
  CHECK(sources(files.at("vB/udp_services.rrd")) == "53_in 53_out");
  CHECK(sources(files.at("vB/tcp_connections.rrd")) == "open opened fin reset idle unreachable evicted");
  CHECK(
      sources(files.at("vB/interface.rrd")) ==
      "rx_packets tx_packets rx_bytes tx_bytes rx_ipv4_b rx_ipv6_b rx_tcp_b rx_udp_b rx_icmp_b rx_otherip_b rx_nonip_b "
      "rx_bcast_b rx_mcast_b tx_ipv4_b tx_ipv6_b tx_tcp_b tx_udp_b tx_icmp_b tx_otherip_b tx_nonip_b tx_bcast_b "
      "tx_mcast_b rx_cksum_err tx_cksum_err");
  std::string sizes;
  for (const std::string prefix : {"rx_", "tx_"}) {
    for (int i = 1; i <= 20; ++i) sizes += prefix + (i < 10 ? "0" : "") + std::to_string(i) + " ";
    sizes += prefix + "over ";
  }
  sizes.pop_back();
  CHECK(sources(files.at("vB/packet_size.rrd")) == sizes);
  for (const auto& [path, file] : files) {
    for (const RoundRobinValue& value : file.values) {
      CHECK(value.source.size() <= 19);
      CHECK(value.is_gauge == (value.source == "open"));
    }
  }
}

TEST_CASE("A protocol without ports to keep has no file") {
  CHECK(files_of({}).count("vB/udp_services.rrd") == 0);
  CHECK(files_of({}).count("vB/tcp_services.rrd") == 1);
}

TEST_CASE("The values are the totals of the page") {
  config::Rrd settings;
  settings.services = {{true, 80}, {false, 53}};
  const auto files = files_of(settings);
  const RoundRobinFile& interface = files.at("vB/interface.rrd");
  CHECK(value(interface, "rx_packets") == 4);
  CHECK(value(interface, "tx_packets") == 0);
  CHECK(value(interface, "rx_bytes") == value(interface, "rx_ipv4_b") + value(interface, "rx_nonip_b"));
  CHECK(value(interface, "rx_ipv4_b") == value(interface, "rx_tcp_b") + value(interface, "rx_udp_b"));
  CHECK(value(interface, "rx_udp_b") == 114);
  CHECK(value(interface, "rx_icmp_b") + value(interface, "rx_otherip_b") + value(interface, "rx_ipv6_b") == 0);
  CHECK(value(files.at("vB/tcp_services.rrd"), "80_in") == 40);
  CHECK(value(files.at("vB/tcp_services.rrd"), "80_out") == 40);
  CHECK(value(files.at("vB/udp_services.rrd"), "53_out") == 100);
  CHECK(value(files.at("vB/udp_services.rrd"), "53_in") == 0);
  const RoundRobinFile& connections = files.at("vB/tcp_connections.rrd");
  CHECK(value(connections, "open") == 1);
  CHECK(value(connections, "opened") == 1);
  CHECK(value(connections, "fin") == 0);
  const RoundRobinFile& sizes = files.at("vB/packet_size.rrd");
  CHECK(value(sizes, "rx_01") == 3);  // up to 75 bytes
  CHECK(value(sizes, "rx_02") == 1);
}
