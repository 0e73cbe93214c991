// SPDX-License-Identifier: GPL-2.0-or-later
// Files that a reload reads: whether the user can read them that the process has become.
#pragma once

#include <string>
#include <vector>

namespace iptraf::privilege {

/// Opens each. Throws PrivilegeError that names the first that cannot be read, and the command that lets it be.
void check_readable(const std::vector<std::string>& files);

}  // namespace iptraf::privilege
