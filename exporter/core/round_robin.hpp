// SPDX-License-Identifier: GPL-2.0-or-later
// RoundRobinFile: what one round-robin database shows of a snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace iptraf {

/// One data source: a total since the start, unless it is a gauge. Without a value it is unknown.
struct RoundRobinValue {
  std::string source;  ///< at most 19 of [A-Za-z0-9_]
  std::optional<std::uint64_t> value;
  bool is_gauge = false;
};

/// The values of one file in the order of its data sources.
struct RoundRobinFile {
  std::string device;
  std::string name;  ///< below the device's directory, without ".rrd": "interface", "lan_stations/02-00-00-00-00-0a"
  std::vector<RoundRobinValue> values;
  bool begins_at_zero = false;  ///< where it was not there at the step before, it had counted nothing then

  void add_counter(std::string source, std::uint64_t value) { values.push_back({std::move(source), value, false}); }
  void add_gauge(std::string source, std::uint64_t value) { values.push_back({std::move(source), value, true}); }
};

using RoundRobinFiles = std::vector<RoundRobinFile>;

}  // namespace iptraf
