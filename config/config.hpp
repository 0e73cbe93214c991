// SPDX-License-Identifier: GPL-2.0-or-later
// The typed configuration: every key of the YAML file with its default. Plain data, no third-party include.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "core/packet.hpp"

namespace iptraf::config {

/// Seconds. YAML and flags spell durations as 10s, 15m, 24h, 500ms.
struct Duration {
  double seconds = 0;
  friend bool operator==(const Duration&, const Duration&) = default;
};

/// Who waits for ten years or more waits for ever: a capture file may be glued together from those of many years.
inline constexpr double kForeverSeconds = 10.0 * 365 * 24 * 3600;

/// In the unit of packet times. For ever is more than any two of them are apart.
constexpr Timestamp to_nanoseconds(Duration duration) noexcept {
  if (duration.seconds >= kForeverSeconds) return std::numeric_limits<Timestamp>::max();
  return static_cast<Timestamp>(duration.seconds * static_cast<double>(kNanosecondsPerSecond));
}

/// Inclusive; a single port has first == last.
struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  friend bool operator==(const PortRange&, const PortRange&) = default;
};

enum class Offload : std::uint8_t { kAuto, kExact, kEstimate };
enum class Replay : std::uint8_t { kAsap, kRealtime };

struct Capture {
  std::vector<std::string> interfaces{"auto"};  ///< "auto", "all", or names; the keywords stand alone
  std::vector<std::string> exclude;             ///< names or globs
  bool promiscuous = false;
  std::string filter;  ///< pcap-filter expression, empty: everything
  std::uint32_t threads = 1;
  std::uint32_t ring_mib = 64;  ///< per thread
  std::uint32_t snapshot_length = 256;
  Offload offload = Offload::kAuto;
  std::uint32_t file_mtu = 1500;  ///< bytes; the MTU of a capture file's device
  friend bool operator==(const Capture&, const Capture&) = default;
};

/// One side of a filter rule as written; addresses are compiled by the filter room.
struct FilterEndpoint {
  std::string address = "any";   ///< any, address, CIDR or host name
  std::string mask;              ///< IPv4 wildcard mask, need not be contiguous; empty: none
  std::vector<PortRange> ports;  ///< empty: any
  friend bool operator==(const FilterEndpoint&, const FilterEndpoint&) = default;
};

struct FilterRule {
  std::vector<std::string> protocols;  ///< names, numbers or ranges 101-104; empty: all
  FilterEndpoint a;
  FilterEndpoint b;
  bool include = true;
  bool both_ways = true;
  int line = 0;  ///< where the rule stands in the file
  friend bool operator==(const FilterRule&, const FilterRule&) = default;
};

/// What every collector has. Collectors without keys of their own compare by this base.
struct CollectorBase {
  bool enabled = true;
  std::string filter;                ///< name of a filter, empty: none
  std::vector<std::string> devices;  ///< globs; empty: all
  friend bool operator==(const CollectorBase&, const CollectorBase&) = default;
};

struct Interface : CollectorBase {};
struct PacketSize : CollectorBase {};

/// Ports below always count, as in IPTraf.
inline constexpr std::uint16_t kFirstUnprivilegedPort = 1024;

struct Service : CollectorBase {
  std::vector<PortRange> additional_ports;
  std::uint32_t max_ports = 2048;  ///< per device

  /// The port counts by its number, as long as there is room.
  bool counts(std::uint16_t port) const {
    const auto has_port = [port](const PortRange& range) { return range.first <= port && port <= range.last; };
    return (port > 0 && port < kFirstUnprivilegedPort) ||
           std::any_of(additional_ports.begin(), additional_ports.end(), has_port);
  }
  friend bool operator==(const Service&, const Service&) = default;
};

struct LanStation : CollectorBase {
  std::uint32_t max_stations = 1024;
  Duration idle{24.0 * 3600};
  std::map<std::string, std::string> descriptions;  ///< by MAC address as aa:bb:cc:dd:ee:ff
  std::vector<std::string> description_files;
  friend bool operator==(const LanStation&, const LanStation&) = default;
};

struct Tcp : CollectorBase {
  Duration timeout{15.0 * 60};
  Duration closed_persistence{5.0 * 60};
  std::uint32_t max_connections = 65536;
  friend bool operator==(const Tcp&, const Tcp&) = default;
};

struct IpTraffic : CollectorBase {
  bool arp = true;
  bool rarp = true;
  bool non_ip = true;
  std::vector<std::string> protocols;  ///< empty: all
  friend bool operator==(const IpTraffic&, const IpTraffic&) = default;
};

struct Collectors {
  Interface interface;
  PacketSize packet_size;
  Service service;
  LanStation lan_station;
  Tcp tcp;
  IpTraffic ip_traffic;
  friend bool operator==(const Collectors&, const Collectors&) = default;
};

struct Names {
  bool services = true;
  bool vendors = true;
  bool reverse_lookup = false;
  friend bool operator==(const Names&, const Names&) = default;
};

enum class RrdType : std::uint8_t { kDerive, kCounter };

/// A port of one transport protocol.
struct ServicePort {
  bool is_tcp = true;
  std::uint16_t port = 0;
  friend bool operator==(const ServicePort&, const ServicePort&) = default;
};

/// An archive of a round-robin database: each of `rows` values stands for `steps` steps.
struct RrdArchive {
  std::uint32_t steps = 0;
  std::uint32_t rows = 0;
  friend bool operator==(const RrdArchive&, const RrdArchive&) = default;
};

struct Rrd {
  bool enabled = false;
  std::string directory = "/var/lib/iptraf_exporter/rrd";
  Duration step{5.0 * 60};
  std::string daemon;
  RrdType ds_type = RrdType::kDerive;
  std::vector<ServicePort> services{{true, 22}, {true, 25}, {true, 80}, {true, 443}};
  std::vector<RrdArchive> archives{{1, 600}, {6, 700}, {24, 775}, {288, 797}};
  friend bool operator==(const Rrd&, const Rrd&) = default;
};

enum class LogFormat : std::uint8_t { kNg, k25, k27 };

struct IptrafLog {
  bool enabled = false;
  std::string directory = "/var/log/iptraf";
  Duration interval{60.0 * 60};
  LogFormat format = LogFormat::kNg;
  bool packets = false;
  friend bool operator==(const IptrafLog&, const IptrafLog&) = default;
};

struct Limits {
  std::uint32_t max_series = 50000;
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct Web {
  std::uint32_t max_connections = 64;
  Duration timeout{10};
  bool open_api = false;
  friend bool operator==(const Web&, const Web&) = default;
};

struct Config {
  Capture capture;
  std::map<std::string, std::vector<FilterRule>> filters;
  Collectors collectors;
  Names names;
  Rrd rrd;
  IptrafLog iptraf_log;
  Limits limits;
  Web web;
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace iptraf::config
