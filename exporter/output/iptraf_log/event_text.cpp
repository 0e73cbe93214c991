// SPDX-License-Identifier: GPL-2.0-or-later
// The lines of IPTraf's traffic monitor log.
#include "output/iptraf_log/event_text.hpp"

#include "core/address_text.hpp"
#include "output/iptraf_log/log_text.hpp"
#include "output/iptraf_log/packet_text.hpp"
#include "output/iptraf_log/rate_meter.hpp"

namespace iptraf::output {
namespace {

std::string endpoint(const IpAddress& address, std::uint16_t port) {
  return to_text(address) + ":" + std::to_string(port);
}

std::string source_of(const Packet& packet) { return endpoint(packet.source, packet.source_port); }
std::string destination_of(const Packet& packet) { return endpoint(packet.destination, packet.destination_port); }

std::string from_to(const Packet& packet) { return "from " + source_of(packet) + " to " + destination_of(packet); }

std::string packets_and_bytes(std::uint64_t packets, std::uint64_t bytes) {
  return std::to_string(packets) + " packets, " + std::to_string(bytes) + " bytes";
}

/// Of one side of the connection since its first packet.
std::string flow_rate(config::LogFormat format, const TrafficEvent& event, std::uint64_t bytes) {
  const auto seconds = static_cast<double>(event.packet.time - event.first_seen) / double{kNanosecondsPerSecond};
  return "avg flow rate " + rate_text(format, rate_of({0, bytes}, seconds).bytes);
}

/// `separator` stands between what the opposite direction counted and its rate.
std::string both_directions(config::LogFormat format, const TrafficEvent& event, const char* separator) {
  return packets_and_bytes(event.packets, event.bytes) + ", " + flow_rate(format, event, event.bytes) +
         "; opposite direction " + packets_and_bytes(event.opposite_packets, event.opposite_bytes) + separator +
         flow_rate(format, event, event.opposite_bytes);
}

/// What stands behind the addresses; IPTraf writes "acknowleged" so.
std::string what_happened(config::LogFormat format, const TrafficEvent& event) {
  if (event.kind == TrafficEventKind::kFirstPacket) {
    return (event.packet.tcp_flags & tcp_flag::kSyn) != 0 ? "first packet (SYN)" : "first packet";
  }
  if (event.kind == TrafficEventKind::kFinAcknowledged) return "FIN acknowleged";
  if (event.kind == TrafficEventKind::kReset) return "Connection reset; " + both_directions(format, event, "; ");
  return "FIN sent; " + packets_and_bytes(event.packets, event.bytes) + ", " + flow_rate(format, event, event.bytes);
}

std::string text_of(config::LogFormat format, const std::string& device, const TrafficEvent& event) {
  const Packet& packet = event.packet;
  switch (event.kind) {
    case TrafficEventKind::kPacket:
      return packet_text(device, packet);
    case TrafficEventKind::kTimedOut:
      return "TCP; Connection " + source_of(packet) + " to " + destination_of(packet) + " timed out, " +
             both_directions(format, event, ", ");
    case TrafficEventKind::kNewSourceMac:
      return "TCP; " + device + "; " + from_to(packet) + ": new source MAC address " + to_text(packet.source_mac) +
             " (previously " + to_text(event.previous_mac) + ")";
    case TrafficEventKind::kFirstPacket:
    case TrafficEventKind::kFinSent:
    case TrafficEventKind::kFinAcknowledged:
    case TrafficEventKind::kReset:
      break;
  }
  return "TCP; " + device + "; " + std::to_string(packet.ip_bytes) + " bytes; " + from_to(packet) + "; " +
         what_happened(format, event);
}

}  // namespace

std::string event_line(config::LogFormat format, const std::string& device, const TrafficEvent& event) {
  return time_text(event.packet.time / kNanosecondsPerSecond) + "; " + text_of(format, device, event) + "\n";
}

std::string active_line(std::time_t seconds, const std::string& device, const ActiveHalf& half) {
  return time_text(seconds) + "; TCP; " + device + "; active; from " + endpoint(half.source, half.source_port) +
         " to " + endpoint(half.destination, half.destination_port) + "; " +
         packets_and_bytes(half.traffic.packets, half.traffic.bytes) + "\n";
}

}  // namespace iptraf::output
