// SPDX-License-Identifier: GPL-2.0-or-later
// Logging to standard error, a line per event, as logfmt or JSON.
#pragma once

#include <string>
#include <string_view>

#include "options.hpp"

namespace iptraf {

/// Makes spdlog's default logger write to standard error in this style. Call once, before the first thread.
void set_up_logging(LogLevel level, LogStyle style);

/// `text` as the value of a logfmt pair: bare where it can be, else in double quotes with escapes.
std::string logfmt_value(std::string_view text);

}  // namespace iptraf
