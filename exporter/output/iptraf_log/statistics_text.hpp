// SPDX-License-Identifier: GPL-2.0-or-later
// The records of IPTraf's five statistics facilities as text.
#pragma once

#include <cstdint>
#include <ctime>
#include <map>
#include <span>
#include <string>

#include "config/config.hpp"
#include "core/log_figures.hpp"
#include "output/iptraf_log/rate_meter.hpp"

namespace iptraf::output {

/// What every record states beside its numbers.
struct RecordHead {
  config::LogFormat format = config::LogFormat::kNg;
  std::time_t time = 0;              ///< when it is generated
  std::int64_t running_seconds = 0;  ///< since the facility started

  /// Activity, and rates that IPTraf leaves out at first, are told from now on.
  bool has_rates() const noexcept { return running_seconds >= 5; }
};

/// One line of the general record.
struct GeneralLine {
  std::string device;
  InterfaceFigures figures;
  RateMeter activity;
};

/// The rates of the latest interval, by MAC address.
using StationMeters = std::map<std::string, TwoWayMeter>;

std::string general_record(const RecordHead& head, std::span<const GeneralLine> lines);
std::string detailed_record(const RecordHead& head, const std::string& device, const InterfaceFigures& figures,
                            const TwoWayMeter& meter);
std::string service_record(const RecordHead& head, std::span<const ServiceFigures> services);
std::string size_record(const RecordHead& head, const std::string& device, const SizeFigures& sizes);

/// `meters` has an entry for each station.
std::string station_record(const RecordHead& head, std::span<const StationFigures> stations,
                           const StationMeters& meters);

}  // namespace iptraf::output
