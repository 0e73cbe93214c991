// SPDX-License-Identifier: GPL-2.0-or-later
// landlock(7): which directories the process may still use.
#pragma once

#include <string>
#include <vector>

namespace iptraf::privilege {

/// Directories with all that is below them. What does not exist is passed over.
struct DirectoryRules {
  std::vector<std::string> readable;
  std::vector<std::string> writable;  ///< read, make, write, rename and remove files and directories
};

/// Forbids every other directory, starting programs anywhere, and new TCP listeners, for the calling thread and those
/// that it makes, as far as the kernel knows how to. Empty when it is in force; else why it is not.
/// Needs no_new_privs.
std::string restrict_to(const DirectoryRules& rules);

}  // namespace iptraf::privilege
