// SPDX-License-Identifier: GPL-2.0-or-later
// Words to values: whole numbers, booleans, durations, ports and services, and how a message quotes a word.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"

namespace iptraf::config {

/// Decimal digits alone: no sign, no leading zero, no 0x, no exponent. Empty when `text` is none or too large.
std::optional<std::uint64_t> parse_whole_number(std::string_view text);

/// `true` or `false`, nothing else.
std::optional<bool> parse_boolean(std::string_view text);

/// As Prometheus writes durations: numbers with the units y w d h m s ms, each at most once and from large to
/// small (1h30m), or a bare 0. A day is 24 hours, a year 365 days. Empty when malformed or above 100 years.
std::optional<Duration> parse_duration(std::string_view text);

/// `PORT` or `FIRST-LAST` with FIRST <= LAST, each 1 to 65535.
std::optional<PortRange> parse_port_range(std::string_view text);

/// `tcp/PORT` or `udp/PORT`, PORT 1 to 65535.
std::optional<ServicePort> parse_service(std::string_view text);

/// `STEPSxROWS`, each 1 to 1000000.
std::optional<RrdArchive> parse_archive(std::string_view text);

/// `text` in double quotes for a message: control characters as \xHH, cut after 60 bytes.
std::string quote(std::string_view text);

}  // namespace iptraf::config
