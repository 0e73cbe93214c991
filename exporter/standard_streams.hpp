// SPDX-License-Identifier: GPL-2.0-or-later
// Standard input, output and error: what has to be of them before anything is opened.
#pragma once

namespace iptraf {

/// Opens /dev/null in the place of each that is closed: otherwise what is opened next, such as the packet socket, gets
/// its number, and log lines are written into it. Reading from it, or writing to it, is an error as before. Call first
/// of all.
void open_missing_standard_streams() noexcept;

}  // namespace iptraf
