// SPDX-License-Identifier: GPL-2.0-or-later
// Capabilities: given up for good.
#pragma once

namespace iptraf::privilege {

/// Takes the bounding set away, as far as the process may: before it changes its identity, which ends that right.
void clear_bounding_set() noexcept;

/// Clears every other set and sets no_new_privs, so that no program that is started gets more (capabilities(7),
/// prctl(2)); the process cannot be traced or leave a core file. Throws PrivilegeError when anything is left.
/// For the calling thread and those that it makes.
void drop_capabilities();

}  // namespace iptraf::privilege
