// SPDX-License-Identifier: GPL-2.0-or-later
// SlowRoutes: runs what may take seconds on a thread of its own, so that no other client waits for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace iptraf::web {

/// Runs from start() to stop() or destruction; one job at a time, in their order.
class SlowRoutes {
 public:
  static constexpr std::size_t kMaxWaiting = 8;

  SlowRoutes() = default;
  ~SlowRoutes() { stop(); }
  SlowRoutes(const SlowRoutes&) = delete;
  SlowRoutes& operator=(const SlowRoutes&) = delete;

  void start();

  /// False, and nothing happens: enough wait already, it has stopped, or there is no memory. `job` must not throw.
  /// Any thread.
  bool run(std::function<void()> job) noexcept;

  /// Runs what waits, and takes no more. Once, by the owner.
  void stop();

 private:
  void run_jobs();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace iptraf::web
