// SPDX-License-Identifier: GPL-2.0-or-later
// Files that a reload names: whether they lie where the process may still look.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace iptraf::config {

/// Which directories can be read is settled at the start: those of the files that were read then, `first_files`, and
/// the system's. Nothing when `file` lies in one of them; else what `subject` names, and that it needs a restart.
std::optional<std::string> new_directory_problem(const std::string& subject, const std::string& file,
                                                 const std::vector<std::string>& first_files);

}  // namespace iptraf::config
