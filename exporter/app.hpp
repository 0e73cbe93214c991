// SPDX-License-Identifier: GPL-2.0-or-later
// The program: what it does with the options, and the exit status it ends with.
#pragma once

#include "config/config.hpp"
#include "options.hpp"

namespace iptraf {

/// Exit status of the program.
namespace exit_status {
inline constexpr int kSuccess = 0;
inline constexpr int kUsage = 1;        ///< configuration or command line, an address in use, output not writable
inline constexpr int kCapture = 2;      ///< capture could not be opened
inline constexpr int kDamagedFile = 3;  ///< a capture file ended in damage
}  // namespace exit_status

/// Reads a capture file and prints one exposition (--once).
int run_once(const Options& options, const config::Config& config);

/// Captures and serves until a signal or --run-for ends it.
int run_daemon(const Options& options, const config::Config& config);

}  // namespace iptraf
