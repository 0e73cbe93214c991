// SPDX-License-Identifier: GPL-2.0-or-later
// The schema: every key of the configuration file, what it accepts, and the member it fills.
#pragma once

#include <string>
#include <vector>

#include "config/fields.hpp"

namespace iptraf::config {

/// The whole configuration from the root of a document; what is wrong goes to `problems`.
Config read_config(const Node& root, Problems& problems);

/// Every key that a file may have, dotted (`web.timeout`); filter rules are `filters.NAME.KEY`.
std::vector<std::string> schema_keys();

/// `auto`, `all` or names, as `capture.interfaces` and `--capture.interface` accept them. Empty when all is well,
/// else what is wrong in words.
std::string check_interfaces(const std::vector<std::string>& interfaces);

}  // namespace iptraf::config
