// SPDX-License-Identifier: GPL-2.0-or-later
// Watchdog: tells the service manager that the daemon is alive, as long as it is.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "service_manager.hpp"

namespace iptraf {

/// Asks `is_alive` twice in each timeout of the service manager and passes a yes on. Does nothing when it does not
/// watch. Threading: `is_alive` runs on a thread of its own, from construction to destruction; it must not throw.
class Watchdog {
 public:
  Watchdog(const ServiceManager& manager, std::function<bool()> is_alive);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void run(std::chrono::microseconds period);

  const ServiceManager& manager_;
  const std::function<bool()> is_alive_;
  std::mutex mutex_;
  std::condition_variable ends_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace iptraf
