// SPDX-License-Identifier: GPL-2.0-or-later
// DeviceLog: the log files of one device, one for each facility of IPTraf that runs on it.
#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "core/log_figures.hpp"
#include "output/iptraf_log/log_file.hpp"
#include "output/iptraf_log/rate_meter.hpp"
#include "output/iptraf_log/statistics_text.hpp"

namespace iptraf::output {

/// A point in time by two clocks.
struct Moment {
  std::time_t seconds = 0;  ///< since the epoch, as the logs show it
  double elapsed = 0;       ///< seconds by a clock that nobody sets; by packet time the same clock
};

/// A facility's log: says when it starts and stops. Threading: one thread at a time.
class FacilityLog {
 public:
  FacilityLog(std::string path, std::string_view facility, IptrafLogStatus& status)
      : file_(std::move(path), status), facility_(facility) {}

  void append(std::string_view records) noexcept { file_.append(records); }
  void start(std::time_t now);
  void stop(std::time_t now);

  /// Goes on in the file that now has the name. `last_lines` go to the old one.
  void reopen(std::time_t now, const std::string& last_lines = {});

 private:
  LogFile file_;
  std::string_view facility_;
};

/// The facilities that have a log for each device.
enum class DeviceFacility : std::uint8_t { kDetailed, kServices, kSizes, kStations, kTrafficMonitor };
inline constexpr std::size_t kDeviceFacilities = 5;

/// Threading: one thread at a time.
class DeviceLog {
 public:
  /// Counts from `start` on.
  DeviceLog(std::string device, const config::IptrafLog& settings, IptrafLogStatus& status, std::uint64_t life,
            const Moment& start);

  std::uint64_t life() const noexcept { return life_; }
  const RateMeter& activity() const noexcept { return interface_meter_.total; }

  /// Starts and stops facilities as collectors are enabled and disabled.
  void follow(const DeviceFigures& figures, const Moment& now);

  /// Brings the rates up to `now`, then appends a record to every log of statistics.
  void record(const DeviceFigures& figures, const Moment& now);

  void append_traffic(std::string_view lines) noexcept;
  bool has_traffic_monitor() const noexcept { return log_of(DeviceFacility::kTrafficMonitor).has_value(); }

  /// `active` are the lines of the connections that are open.
  void reopen(std::time_t now, const std::string& active);
  void stop(std::time_t now);

 private:
  using Log = std::optional<FacilityLog>;

  Log& log_of(DeviceFacility facility) { return logs_[static_cast<std::size_t>(facility)]; }
  const Log& log_of(DeviceFacility facility) const { return logs_[static_cast<std::size_t>(facility)]; }
  void update_meters(const DeviceFigures& figures, double seconds);

  const std::string device_;
  const config::IptrafLog settings_;
  IptrafLogStatus& status_;
  const std::uint64_t life_;
  const Moment start_;
  std::array<Log, kDeviceFacilities> logs_;  ///< empty: does not run
  TwoWayMeter interface_meter_;
  StationMeters station_meters_;
};

}  // namespace iptraf::output
