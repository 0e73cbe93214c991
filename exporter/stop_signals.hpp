// SPDX-License-Identifier: GPL-2.0-or-later
// StopSignals: the signals of the daemon, taken by the main thread alone.
#pragma once

#include <functional>

#include "config/config.hpp"
#include "core/file_descriptor.hpp"

namespace iptraf {

/// SIGTERM, SIGINT and SIGUSR2 stop, SIGHUP reloads, SIGUSR1 reopens the logs. SIGPIPE and SIGALRM are ignored: what
/// they would tell of is an error of the call. Threading: construct before the first thread, so that every thread
/// inherits the mask.
class StopSignals {
 public:
  StopSignals();

  /// Returns when a signal stops the program, when `end_fd` becomes readable (-1: none), or after `limit` unless that
  /// is 0. Meanwhile SIGHUP calls `reload` and SIGUSR1 `reopen`, once for all that came together; without them these
  /// signals are passed over. True when it was `end_fd`.
  bool wait(config::Duration limit, int end_fd = -1, const std::function<void()>& reload = {},
            const std::function<void()>& reopen = {});

 private:
  /// What the signals that came ask for.
  struct Pending {
    bool is_stop = false;
    bool is_reload = false;
    bool is_reopen = false;
  };
  Pending take_pending();

  FileDescriptor fd_;
};

}  // namespace iptraf
