// SPDX-License-Identifier: GPL-2.0-or-later
// What flags have to be beyond their syntax: single values that make sense, and combinations that do.
#pragma once

#include <string>
#include <string_view>

#include "options.hpp"

namespace iptraf {

/// Throws UsageError unless `address` can be read by the server.
void check_listen_address(const std::string& address);

/// Throws UsageError unless `path` is an absolute URL path that no other page of the server has.
void check_telemetry_path(std::string_view path);

/// Which of the flags that have a default were given.
struct GivenFlags {
  bool capture_replay = false;
  bool format = false;
};

/// Throws UsageError when flags contradict each other or need one that is missing.
void check_combinations(const Options& options, const GivenFlags& given);

}  // namespace iptraf
