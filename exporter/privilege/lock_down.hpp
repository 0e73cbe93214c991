// SPDX-License-Identifier: GPL-2.0-or-later
// lock_down(): everything is open; from here on the process may do almost nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "privilege/identity.hpp"
#include "privilege/output_directory.hpp"

namespace iptraf::privilege {

struct LockDown {
  std::optional<std::string> user;        ///< --user
  std::vector<OutputDirectory> outputs;   ///< made, and handed over to the user or judged
  std::vector<std::string> reload_files;  ///< that a reload reads
};

/// Gives up every privilege, in the order that the README of this folder tells. The name of the user whose rights are
/// left. Throws PrivilegeError. Threading: the main thread, before there is any other.
std::string lock_down(const LockDown& settings);

}  // namespace iptraf::privilege
