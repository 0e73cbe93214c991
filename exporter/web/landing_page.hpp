// SPDX-License-Identifier: GPL-2.0-or-later
// The landing page: what this is and where everything else is.
#pragma once

#include <string>

namespace iptraf::web {

/// HTML without scripts.
std::string landing_page(const std::string& telemetry_path);

}  // namespace iptraf::web
