// SPDX-License-Identifier: GPL-2.0-or-later
// From a YAML file to a checked Config.
#pragma once

#include <string>
#include <string_view>

#include "config/config.hpp"
#include "config/problems.hpp"

namespace iptraf::config {

/// Reads and checks the file at `path`: a regular file of at most 1 MiB. Any thread. Throws ConfigError with
/// every problem, each `FILE:LINE:COLUMN: message` (`FILE: message` when it cannot be read).
Config load_file(const std::string& path);

/// The same for a text in memory; `file_name` is what the messages call it. An empty text gives the defaults.
Config parse(std::string_view text, std::string_view file_name);

}  // namespace iptraf::config
