// SPDX-License-Identifier: GPL-2.0-or-later
// EventLines: what has happened on all shards since it was last asked, as lines for each device's log.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/traffic_event.hpp"

namespace iptraf::output {

/// Threading: one thread.
class EventLines {
 public:
  /// Whole lines, as many as are appended to a file at a time.
  using Chunks = std::vector<std::string>;

  explicit EventLines(config::LogFormat format) : format_(format) {}

  void add(const std::string& device, const TrafficEvent& event);
  bool is_empty() const noexcept { return lines_.empty(); }

  /// By name of the device, in the order of time; events of the same time in the order in which they were added.
  std::map<std::string, Chunks> by_device() const;

 private:
  struct Line {
    Timestamp time = 0;
    std::string device;
    std::string text;
  };

  const config::LogFormat format_;
  std::vector<Line> lines_;
};

}  // namespace iptraf::output
