// SPDX-License-Identifier: GPL-2.0-or-later
// The `filters` key: IPTraf display filters by name, each a list of rules.
#pragma once

#include "config/fields.hpp"

namespace iptraf::config {

/// The key `filters` of the configuration.
Field<Config> filters_field();

/// Reports every collector whose `filter` names no filter of the file.
void check_filter_names(const Node& root, Problems& problems);

}  // namespace iptraf::config
