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

  /// Called once, on the thread; `may_run` is false when the end came first. Must not throw.
  using Job = std::function<void(bool may_run)>;

  /// False, and nothing happens: enough wait already, it has stopped, or there is no memory. Any thread.
  bool run(Job job) noexcept;

  /// Waits for the job that runs, tells the others that they may not, and takes no more. Once, by the owner.
  void stop();

 private:
  void run_jobs();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace iptraf::web
