// SPDX-License-Identifier: GPL-2.0-or-later
// LogFigures: what the records of IPTraf's logs say of a snapshot, as numbers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/device.hpp"

namespace iptraf {

/// Totals since the start.
struct Tally {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;

  Tally& operator+=(const Tally& other) noexcept {
    packets += other.packets;
    bytes += other.bytes;
    return *this;
  }
};

/// Incoming and outgoing as the facility means them: received and sent, or to and from a port.
struct TwoWays {
  Tally in;
  Tally out;

  Tally total() const noexcept { return {in.packets + out.packets, in.bytes + out.bytes}; }
};

/// General (-g) and detailed (-d) interface statistics. Total, non-IP and broadcast in frame bytes, the rest in IP
/// bytes; packets whose IP header cannot be trusted are in no row but the total.
struct InterfaceFigures {
  TwoWays total;
  TwoWays ipv4;
  TwoWays tcp;
  TwoWays udp;
  TwoWays icmp;
  TwoWays other_ip;
  TwoWays non_ip;
  Tally broadcast;  ///< received
  std::uint64_t checksum_errors = 0;
  std::uint64_t ipv4_packets = 0;  ///< also those whose header cannot be trusted
};

inline constexpr std::size_t kSizeBrackets = 20;

/// Packet-size breakdown (-z). Packets of each bracket, and of those that are larger.
struct SizeFigures {
  std::uint32_t mtu_bytes = 0;
  std::array<std::uint64_t, kSizeBrackets> bounds{};  ///< largest size of each bracket
  std::array<std::uint64_t, kSizeBrackets + 1> in{};
  std::array<std::uint64_t, kSizeBrackets + 1> out{};
};

/// TCP/UDP service statistics (-s) of one port, in IP bytes; in is to the port.
struct ServiceFigures {
  bool is_tcp = true;
  std::uint16_t port = 0;
  TwoWays traffic;
};

/// LAN station monitor (-l), one station, in frame bytes.
struct StationFigures {
  std::string mac;
  std::string description;
  bool is_fddi = false;
  TwoWays traffic;
  std::uint64_t in_ip_packets = 0;
  std::uint64_t out_ip_packets = 0;
};

/// One direction of a TCP connection that is open.
struct ActiveHalf {
  IpAddress source{};
  IpAddress destination{};
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  Tally traffic;
};

/// What a facility that does not run on a device has is missing.
struct DeviceFigures {
  std::uint64_t life = 0;  ///< Device::life: another one began with counts of its own
  std::optional<InterfaceFigures> interface;
  std::optional<SizeFigures> sizes;
  std::optional<std::vector<ServiceFigures>> services;
  std::optional<std::vector<StationFigures>> stations;
  bool has_traffic_monitor = false;
  std::vector<ActiveHalf> active;  ///< empty when the snapshot was taken without rows
};

/// By name of the device.
using LogFigures = std::map<std::string, DeviceFigures>;

/// The entry of a device, made when it is the first of its figures.
inline DeviceFigures& figures_of(LogFigures& figures, const Device& device) {
  DeviceFigures& entry = figures[device.name];
  entry.life = device.life;
  return entry;
}

}  // namespace iptraf
