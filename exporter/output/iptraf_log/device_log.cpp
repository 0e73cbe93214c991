// SPDX-License-Identifier: GPL-2.0-or-later
// DeviceLog: the log files of one device, one for each facility of IPTraf that runs on it.
#include "output/iptraf_log/device_log.hpp"

#include <cmath>

#include "output/device_file_name.hpp"
#include "output/iptraf_log/log_text.hpp"

namespace iptraf::output {
namespace {

struct FacilityName {
  std::string_view file;      ///< before the device
  std::string_view facility;  ///< as the log calls it
};

/// By DeviceFacility.
constexpr std::array<FacilityName, kDeviceFacilities> kNames{{
    {"iface_stats_detailed", "Detailed interface statistics"},
    {"tcp_udp_services", "TCP/UDP service monitor"},
    {"packet_size", "Packet size distribution facility"},
    {"lan_statistics", "LAN traffic monitor"},
    {"ip_traffic", "IP traffic monitor"},
}};

bool runs(const DeviceFigures& figures, DeviceFacility facility) {
  switch (facility) {
    case DeviceFacility::kDetailed:
      return figures.interface.has_value();
    case DeviceFacility::kServices:
      return figures.services.has_value();
    case DeviceFacility::kSizes:
      return figures.sizes.has_value();
    case DeviceFacility::kStations:
      return figures.stations.has_value();
    case DeviceFacility::kTrafficMonitor:
      break;
  }
  return figures.has_traffic_monitor;
}

}  // namespace

void FacilityLog::start(std::time_t now) { append(facility_line(now, facility_, "started")); }

void FacilityLog::stop(std::time_t now) { append(facility_line(now, facility_, "stopped")); }

void FacilityLog::reopen(std::time_t now, const std::string& last_lines) {
  append(notice_line(now, "USR1 signal received, preparing to reopen log file") + last_lines);
  file_.close();
  append(notice_line(now, "Logfile reopened"));
}

DeviceLog::DeviceLog(std::string device, const config::IptrafLog& settings, IptrafLogStatus& status, std::uint64_t life,
                     const Moment& start)
    : device_(std::move(device)), settings_(settings), status_(status), life_(life), start_(start) {}

void DeviceLog::follow(const DeviceFigures& figures, const Moment& now) {
  for (std::size_t i = 0; i < kDeviceFacilities; ++i) {
    const bool is_wanted = runs(figures, static_cast<DeviceFacility>(i));
    if (is_wanted == logs_[i].has_value()) continue;
    if (is_wanted) {
      const std::string name = std::string(kNames[i].file) + "-" + device_file_name(device_) + ".log";
      logs_[i].emplace(settings_.directory + "/" + name, kNames[i].facility, status_);
      logs_[i]->start(now.seconds);
    } else {
      logs_[i]->stop(now.seconds);
      logs_[i].reset();
    }
  }
}

void DeviceLog::update_meters(const DeviceFigures& figures, double seconds) {
  if (figures.interface) interface_meter_.update(figures.interface->total, seconds);
  if (!figures.stations) return;
  StationMeters meters;
  for (const StationFigures& station : *figures.stations) {
    TwoWayMeter& meter = meters[station.mac];
    const auto known = station_meters_.find(station.mac);
    if (known != station_meters_.end()) meter = known->second;
    meter.update(station.traffic, seconds);
  }
  station_meters_ = std::move(meters);  // without those that are no longer there
}

void DeviceLog::record(const DeviceFigures& figures, const Moment& now) {
  const double seconds = now.elapsed - start_.elapsed;
  update_meters(figures, seconds);
  const RecordHead head{settings_.format, now.seconds, std::llround(seconds)};
  if (figures.interface) {
    log_of(DeviceFacility::kDetailed)->append(detailed_record(head, device_, *figures.interface, interface_meter_));
  }
  if (figures.services) log_of(DeviceFacility::kServices)->append(service_record(head, *figures.services));
  if (figures.sizes) log_of(DeviceFacility::kSizes)->append(size_record(head, device_, *figures.sizes));
  if (figures.stations) {
    log_of(DeviceFacility::kStations)->append(station_record(head, *figures.stations, station_meters_));
  }
}

void DeviceLog::append_traffic(std::string_view lines) noexcept {
  Log& log = log_of(DeviceFacility::kTrafficMonitor);
  if (log && !lines.empty()) log->append(lines);
}

void DeviceLog::reopen(std::time_t now, const std::string& active) {
  for (std::size_t i = 0; i < kDeviceFacilities; ++i) {
    const bool is_monitor = static_cast<DeviceFacility>(i) == DeviceFacility::kTrafficMonitor;
    if (logs_[i]) logs_[i]->reopen(now, is_monitor ? active : std::string());
  }
}

void DeviceLog::stop(std::time_t now) {
  for (Log& log : logs_) {
    if (log) log->stop(now);
    log.reset();
  }
}

}  // namespace iptraf::output
