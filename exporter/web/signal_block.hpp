// SPDX-License-Identifier: GPL-2.0-or-later
// SignalBlock: threads created in its scope take no signals.
#pragma once

#include <pthread.h>

#include <csignal>

namespace iptraf::web {

/// Blocks every signal for the calling thread and gives it its own mask back at the end. A new thread inherits the
/// mask of its creator, so signals stay with the thread that waits for them.
class SignalBlock {
 public:
  SignalBlock() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous_);
  }
  ~SignalBlock() { pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }
  SignalBlock(const SignalBlock&) = delete;
  SignalBlock& operator=(const SignalBlock&) = delete;

 private:
  sigset_t previous_{};
};

}  // namespace iptraf::web
