// SPDX-License-Identifier: GPL-2.0-or-later
// Times, numbers and rates as IPTraf's logs write them, whatever the locale is.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace iptraf::output {

/// `Sun Jan 27 00:35:22 2002`: local time, in English, the day padded with a space.
std::string time_text(std::time_t seconds);

/// The text at the right of `width` columns, or whole if it is longer.
std::string right_aligned(std::string_view text, std::size_t width);

/// With a decimal point and two digits behind it.
std::string two_decimals(double value);

/// Bits per second: nine columns and kbps, Mbps or Gbps in iptraf-ng's format, else kbits/s without padding.
std::string rate_text(config::LogFormat format, double bytes_per_second);

/// Packets per second: nine columns and pps in iptraf-ng's format, else with decimals and packets/s.
std::string packet_rate_text(config::LogFormat format, double packets_per_second);

/// `T; ******** FACILITY started ********`, or another word than started.
std::string facility_line(std::time_t seconds, std::string_view facility, std::string_view word);

/// `T; ***** TEXT *****`
std::string notice_line(std::time_t seconds, std::string_view text);

}  // namespace iptraf::output
