// SPDX-License-Identifier: GPL-2.0-or-later
// The layout of --help: groups, two columns, lines of less than 100 columns.
#pragma once

#include <CLI/CLI.hpp>

namespace iptraf {

/// Makes `app` print its help in this layout.
void use_help_format(CLI::App& app);

}  // namespace iptraf
