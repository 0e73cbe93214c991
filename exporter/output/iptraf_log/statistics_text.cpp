// SPDX-License-Identifier: GPL-2.0-or-later
// The records of IPTraf's five statistics facilities as text.
#include "output/iptraf_log/statistics_text.hpp"

#include <algorithm>

#include "output/iptraf_log/log_text.hpp"

namespace iptraf::output {
namespace {

using config::LogFormat;

std::string packets_and_bytes(const Tally& tally) {
  return std::to_string(tally.packets) + " packets, " + std::to_string(tally.bytes) + " bytes";
}

std::string running_time(const RecordHead& head) {
  return "\nRunning time: " + std::to_string(head.running_seconds) + " seconds\n";
}

/// 2.5 logs no rates of services; later versions leave out those of the first seconds.
bool has_service_rates(const RecordHead& head) {
  return head.format == LogFormat::kNg || (head.format == LogFormat::k27 && head.has_rates());
}

std::string service_part(const RecordHead& head, const Tally& tally, const char* word) {
  std::string text = packets_and_bytes(tally) + " " + word;
  if (!has_service_rates(head)) return text;
  const Rate rate = rate_of(tally, static_cast<double>(head.running_seconds));
  return text + ", " + rate_text(head.format, rate.bytes);
}

std::string detailed_row(const char* label, const TwoWays& row) {
  return std::string(label) + packets_and_bytes(row.total()) + "\n\t(incoming: " + packets_and_bytes(row.in) +
         "; outgoing: " + packets_and_bytes(row.out) + ")\n";
}

std::string both_rates(LogFormat format, const Rate& rate) {
  return rate_text(format, rate.bytes) + ", " + packet_rate_text(format, rate.packets) + "\n";
}

std::string detailed_rates(LogFormat format, const TwoWayMeter& meter) {
  return "Average rates:\n  Total:\t" + both_rates(format, meter.total.average()) + "  Incoming:\t" +
         both_rates(format, meter.in.average()) + "  Outgoing:\t" + both_rates(format, meter.out.average()) +
         "\nPeak total activity: " + both_rates(format, meter.total.peak()) +
         "Peak incoming rate: " + both_rates(format, meter.in.peak()) +
         "Peak outgoing rate: " + both_rates(format, meter.out.peak()) + "\n";
}

std::string size_rows_of_both_directions(const SizeFigures& sizes) {
  constexpr std::size_t kColumns = 8;
  std::string text = "Packet Size (bytes)\tIn\t\tOut\n";
  std::uint64_t first = 1;
  for (std::size_t i = 0; i < kSizeBrackets; ++i) {
    text += std::to_string(first) + " to " + std::to_string(sizes.bounds[i]) + ":\t\t" +
            right_aligned(std::to_string(sizes.in[i]), kColumns) + "\t" +
            right_aligned(std::to_string(sizes.out[i]), kColumns) + "\n";
    first = sizes.bounds[i] + 1;
  }
  return text;
}

/// Before iptraf-ng the last row reached to the MTU, and took in what was larger.
std::string size_rows_of_one_count(const SizeFigures& sizes) {
  std::string text = "Packet Size (bytes)\tCount\n";
  std::uint64_t first = 1;
  for (std::size_t i = 0; i < kSizeBrackets; ++i) {
    const bool is_last = i + 1 == kSizeBrackets;
    const std::uint64_t bound = is_last ? std::max<std::uint64_t>(sizes.mtu_bytes, first) : sizes.bounds[i];
    const std::uint64_t larger = is_last ? sizes.in[kSizeBrackets] + sizes.out[kSizeBrackets] : 0;
    text += std::to_string(first) + " to " + std::to_string(bound) + ":\t\t" +
            std::to_string(sizes.in[i] + sizes.out[i] + larger) + "\n";
    first = sizes.bounds[i] + 1;
  }
  return text;
}

std::string mac_as_written(LogFormat format, std::string mac) {
  if (format != LogFormat::kNg) std::erase(mac, ':');
  return mac;
}

std::string station_rates(LogFormat format, const char* label, const Rate& in, const Rate& out) {
  return std::string("\t") + label + ": " + rate_text(format, in.bytes) + " incoming, " + rate_text(format, out.bytes) +
         " outgoing\n";
}

}  // namespace

std::string general_record(const RecordHead& head, std::span<const GeneralLine> lines) {
  const LogFormat format = head.format;
  const char* const latest =
      format == LogFormat::kNg ? ", last 5-second average activity " : ", last 5-second activity ";
  std::string text = "\n*** General interface statistics log generated " + time_text(head.time) + "\n\n";
  for (const GeneralLine& line : lines) {
    const InterfaceFigures& figures = line.figures;
    text += line.device + ": " + std::to_string(figures.total.total().packets) + " total, " +
            std::to_string(figures.ipv4_packets) + " IP, " + std::to_string(figures.non_ip.total().packets) +
            " non-IP, " + std::to_string(figures.checksum_errors) + " IP checksum errors";
    if (head.has_rates()) {
      text += ", average activity " + rate_text(format, line.activity.average().bytes) + ", peak activity " +
              rate_text(format, line.activity.peak().bytes) + latest + rate_text(format, line.activity.latest().bytes);
    }
    text += "\n";
  }
  return text + "\n" + std::to_string(head.running_seconds) + " seconds running time\n";
}

std::string detailed_record(const RecordHead& head, const std::string& device, const InterfaceFigures& figures,
                            const TwoWayMeter& meter) {
  std::string text = "\n*** Detailed statistics for interface " + device + ", generated " + time_text(head.time) +
                     "\n\n" + detailed_row("Total: \t", figures.total) + detailed_row("IP: \t", figures.ipv4) +
                     detailed_row("TCP: ", figures.tcp) + detailed_row("UDP: ", figures.udp) +
                     detailed_row("ICMP: ", figures.icmp) + detailed_row("Other IP: ", figures.other_ip) +
                     detailed_row("Non-IP: ", figures.non_ip) + "Broadcast: " + packets_and_bytes(figures.broadcast) +
                     "\n\n";
  if (head.has_rates()) text += detailed_rates(head.format, meter);
  return text + "IP checksum errors: " + std::to_string(figures.checksum_errors) + "\n" + running_time(head);
}

std::string service_record(const RecordHead& head, std::span<const ServiceFigures> services) {
  std::string text = "\n*** TCP/UDP traffic log, generated " + time_text(head.time) + "\n\n";
  for (const ServiceFigures& service : services) {
    text += (service.is_tcp ? "TCP/" : "UDP/") + std::to_string(service.port) + ": " +
            service_part(head, service.traffic.total(), "total") + "; " +
            service_part(head, service.traffic.in, "incoming") + "; " +
            service_part(head, service.traffic.out, "outgoing") + "\n\n";
  }
  return text + running_time(head);
}

std::string size_record(const RecordHead& head, const std::string& device, const SizeFigures& sizes) {
  return "*** Packet Size Distribution, generated " + time_text(head.time) + "\n\nInterface: " + device +
         "   MTU: " + std::to_string(sizes.mtu_bytes) + "\n\n" +
         (head.format == LogFormat::kNg ? size_rows_of_both_directions(sizes) : size_rows_of_one_count(sizes)) +
         running_time(head);
}

std::string station_record(const RecordHead& head, std::span<const StationFigures> stations,
                           const StationMeters& meters) {
  std::string text = "\n*** LAN traffic log, generated " + time_text(head.time) + "\n\n";
  for (const StationFigures& station : stations) {
    const TwoWayMeter& meter = meters.at(station.mac);
    text += std::string("\n") + (station.is_fddi ? "FDDI" : "Ethernet") +
            " address: " + mac_as_written(head.format, station.mac) +
            (station.description.empty() ? "" : " (" + station.description + ")") + "\n\tIncoming total " +
            packets_and_bytes(station.traffic.in) + "; " + std::to_string(station.in_ip_packets) +
            " IP packets\n\tOutgoing total " + packets_and_bytes(station.traffic.out) + "; " +
            std::to_string(station.out_ip_packets) + " IP packets\n" +
            station_rates(head.format, "Average rates", meter.in.average(), meter.out.average());
    if (head.has_rates()) {
      text += station_rates(head.format, "Last 5-second rates", meter.in.latest(), meter.out.latest());
    }
  }
  return text + running_time(head);
}

}  // namespace iptraf::output
