// SPDX-License-Identifier: GPL-2.0-or-later
// Watchdog: tells the service manager that the daemon is alive, as long as it is.
#include "watchdog.hpp"

#include <pthread.h>

#include <utility>

namespace iptraf {

Watchdog::Watchdog(const ServiceManager& manager, std::function<bool()> is_alive)
    : manager_(manager), is_alive_(std::move(is_alive)) {
  if (const auto timeout = manager.watchdog_timeout()) thread_ = std::thread([this, timeout] { run(*timeout / 2); });
}

Watchdog::~Watchdog() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  ends_.notify_all();
  thread_.join();
}

void Watchdog::run(std::chrono::microseconds period) {
  ::pthread_setname_np(::pthread_self(), "watchdog");
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    lock.unlock();
    if (is_alive_()) manager_.say_alive();
    lock.lock();
    ends_.wait_for(lock, period, [this] { return is_ending_; });
  }
}

}  // namespace iptraf
