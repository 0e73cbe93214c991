// SPDX-License-Identifier: GPL-2.0-or-later
// How many files the process may have open (getrlimit(2), RLIMIT_NOFILE).
#pragma once

#include <cstddef>

namespace iptraf {

/// Raises the soft limit to the hard one: the soft one is low for programs that use select(2), which this one does not.
void raise_open_file_limit() noexcept;

/// How many more may be opened. Main thread, before others open any.
std::size_t open_files_left();

}  // namespace iptraf
