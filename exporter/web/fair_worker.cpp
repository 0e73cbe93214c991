// SPDX-License-Identifier: GPL-2.0-or-later
// The queue of a worker.
#include "web/fair_worker.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "web/signal_block.hpp"

namespace iptraf::web {

void FairWorker::start() {
  const SignalBlock block;
  thread_ = std::thread([this] { run(); });
}

void FairWorker::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  for (const Waiting& one : std::exchange(waiting_, {})) one.job(false);  // nobody else touches the queue any more
}

std::size_t FairWorker::waiting_of(std::uint64_t network) const {
  return static_cast<std::size_t>(
      std::count_if(waiting_.begin(), waiting_.end(), [&](const Waiting& one) { return one.network == network; }));
}

/// Of those who have most, the one that came last.
FairWorker::Queue::iterator FairWorker::latest_of_crowd() {
  auto chosen = waiting_.begin();
  for (auto one = waiting_.begin(); one != waiting_.end(); ++one) {
    if (waiting_of(one->network) >= waiting_of(chosen->network)) chosen = one;
  }
  return chosen;
}

/// Of those who have fewest, the one that came first.
FairWorker::Queue::iterator FairWorker::next() {
  return std::min_element(waiting_.begin(), waiting_.end(), [this](const Waiting& a, const Waiting& b) {
    return waiting_of(a.network) < waiting_of(b.network);
  });
}

/// Gives the job that has no room: none, another one, or this one.
FairWorker::Job FairWorker::put_into_queue(std::uint64_t network, Job job) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return job;
    Job pushed_out;
    if (waiting_.size() >= max_waiting_) {
      const auto latest = latest_of_crowd();
      if (waiting_of(latest->network) <= waiting_of(network) + 1) return job;
      pushed_out = std::move(latest->job);
      waiting_.erase(latest);
    }
    Waiting& added = waiting_.emplace_back();
    added.network = network;
    added.job = std::move(job);
    return pushed_out;
  } catch (const std::exception&) {
    return job;  // there is no memory for it
  }
}

void FairWorker::ask(std::uint64_t network, Job job) noexcept {
  const Job refused = put_into_queue(network, std::move(job));
  changed_.notify_one();
  if (refused) refused(false);
}

void FairWorker::run() {
  pthread_setname_np(pthread_self(), thread_name_.c_str());
  // On Linux this is the calling thread's, not the process's.
  if (niceness_ != 0) setpriority(PRIO_PROCESS, 0, niceness_);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (is_stopping_) return;
    const auto chosen = next();
    const Job job = std::move(chosen->job);
    waiting_.erase(chosen);
    lock.unlock();
    job(true);
    lock.lock();
  }
}

}  // namespace iptraf::web
