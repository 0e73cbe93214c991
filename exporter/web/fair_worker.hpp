// SPDX-License-Identifier: GPL-2.0-or-later
// FairWorker: runs what takes long on a thread of its own, so that no other client waits for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace iptraf::web {

/// Runs from start() to stop() or destruction; one job at a time. Those of the network that has fewest waiting come
/// first, so that who asks for many keeps others waiting for the one that runs and no longer.
class FairWorker {
 public:
  /// Called once, with `may_run` on the worker's thread, or without it where there is no room or the end came first.
  /// Must not throw.
  using Job = std::function<void(bool may_run)>;

  /// At most `max_waiting` jobs wait. The thread has this name, of 15 characters at most, and as little right to a
  /// processor as `niceness` says, see nice(2).
  FairWorker(std::string thread_name, std::size_t max_waiting, int niceness = 0)
      : thread_name_(std::move(thread_name)), max_waiting_(max_waiting), niceness_(niceness) {}
  ~FairWorker() { stop(); }
  FairWorker(const FairWorker&) = delete;
  FairWorker& operator=(const FairWorker&) = delete;

  void start();

  /// Where enough wait already, the latest of the network that has most is pushed out; when that would be one of
  /// `network`'s own, or there is no memory, or the worker has stopped, it is this job. Those that may not run are
  /// called at once, on this thread. `network` is peer_network(). Any thread.
  void ask(std::uint64_t network, Job job) noexcept;

  /// Waits for the job that runs, calls those that wait without letting them run, and takes no more. Once, by the
  /// owner.
  void stop();

 private:
  struct Waiting {
    std::uint64_t network = 0;
    Job job;
  };
  using Queue = std::deque<Waiting>;

  Job put_into_queue(std::uint64_t network, Job job) noexcept;
  std::size_t waiting_of(std::uint64_t network) const;
  Queue::iterator latest_of_crowd();
  Queue::iterator next();
  void run();

  const std::string thread_name_;
  const std::size_t max_waiting_;
  const int niceness_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Queue waiting_;  // the earliest first
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace iptraf::web
