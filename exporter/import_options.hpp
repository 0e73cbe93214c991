// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of the subcommand import.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "import/import.hpp"
#include "options.hpp"

namespace iptraf {

/// The first argument that asks for the import of logs.
inline constexpr const char* kImportCommand = "import";

/// Reads the arguments behind `import`. Throws UsageError.
std::variant<importer::ImportSettings, Information> parse_import_options(const std::vector<std::string>& arguments);

/// Runs the subcommand with these arguments; the result is the exit status. Throws UsageError and what import_logs()
/// throws. Main thread, before any other.
int run_import(const std::vector<std::string>& arguments);

}  // namespace iptraf
