// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel knows of this process, for the process_* metrics.
#pragma once

namespace iptraf::output {

/// As Prometheus' client libraries define them. What cannot be read is 0.
struct ProcessStatus {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double open_fds = 0;
  double max_fds = 0;
  double start_seconds = 0;  ///< since the epoch
  double threads = 0;
};

/// Reads /proc/self, see proc(5). Any thread.
ProcessStatus read_process_status();

}  // namespace iptraf::output
