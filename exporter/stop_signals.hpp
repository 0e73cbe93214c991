// SPDX-License-Identifier: GPL-2.0-or-later
// StopSignals: the signals of the daemon, taken by the main thread alone.
#pragma once

#include "config/config.hpp"
#include "core/file_descriptor.hpp"

namespace iptraf {

/// SIGTERM, SIGINT and SIGUSR2 stop. SIGHUP and SIGUSR1 never kill: this version has nothing to reload and no log to
/// reopen, and says so. SIGPIPE is ignored.
/// Threading: construct before the first thread, so that every thread inherits the mask.
class StopSignals {
 public:
  StopSignals();

  /// Returns when a signal stops the program, when `end_fd` becomes readable (-1: none), or after `limit` unless that
  /// is 0.
  void wait(config::Duration limit, int end_fd = -1);

 private:
  bool is_stop_pending();

  FileDescriptor fd_;
};

}  // namespace iptraf
