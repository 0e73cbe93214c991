// SPDX-License-Identifier: GPL-2.0-or-later
// seccomp(2): system calls that no exporter makes.
#pragma once

#include <string>

namespace iptraf::privilege {

/// Refuses with EPERM what an intruder would want next: other programs, other processes' memory, mounts, namespaces,
/// kernel modules, BPF, keys, packet and raw sockets. For the calling thread and those that it makes.
/// Empty when it is in force; else why it is not. Needs no_new_privs.
std::string refuse_system_calls();

}  // namespace iptraf::privilege
