// SPDX-License-Identifier: GPL-2.0-or-later
// The lines of IPTraf's traffic monitor log.
#pragma once

#include <ctime>
#include <string>

#include "config/config.hpp"
#include "core/log_figures.hpp"
#include "core/traffic_event.hpp"

namespace iptraf::output {

/// One line, at the time of the event. Sizes are IP bytes; of what is not IP, frame bytes.
std::string event_line(config::LogFormat format, const std::string& device, const TrafficEvent& event);

/// Tells of one direction of an open connection.
std::string active_line(std::time_t seconds, const std::string& device, const ActiveHalf& half);

}  // namespace iptraf::output
