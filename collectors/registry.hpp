// SPDX-License-Identifier: GPL-2.0-or-later
// All collectors there are, from the registration list.
#pragma once

#include <span>

#include "config/config.hpp"
#include "core/collector.hpp"
#include "core/snapshot.hpp"

namespace iptraf::collectors {

/// In the order of collectors.def.
std::span<const CollectorSpec* const> all();

/// The specs whose collector is enabled.
std::vector<const CollectorSpec*> enabled(const config::Collectors& settings);

/// The families of these collectors, then those that tables report themselves in.
Catalog catalog_of(std::span<const CollectorSpec* const> specs);

}  // namespace iptraf::collectors
