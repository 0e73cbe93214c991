// SPDX-License-Identifier: GPL-2.0-or-later
// Directories that the process goes on to write to after it has become somebody else.
#pragma once

#include <string>

#include "privilege/identity.hpp"

namespace iptraf::privilege {

/// Makes `path` and what is missing above it, and gives it to `identity` with the files in it that are root's.
/// A directory that belongs to a third user is refused, as is one in which others than root could have put links to
/// files of root's. One that cannot be made is left to the output, which tells of it and goes on trying.
/// `key` is what the configuration calls it. Throws PrivilegeError. Only for root.
void hand_over_directory(const std::string& key, const std::string& path, const Identity& identity);

}  // namespace iptraf::privilege
