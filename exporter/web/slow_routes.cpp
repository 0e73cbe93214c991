// SPDX-License-Identifier: GPL-2.0-or-later
// The queue of slow requests.
#include "web/slow_routes.hpp"

#include <pthread.h>

#include <exception>
#include <utility>

#include "web/signal_block.hpp"

namespace iptraf::web {

void SlowRoutes::start() {
  const SignalBlock block;
  thread_ = std::thread([this] { run_jobs(); });
}

void SlowRoutes::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool SlowRoutes::run(Job job) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || waiting_.size() >= kMaxWaiting) return false;
    waiting_.push_back(std::move(job));
  } catch (const std::exception&) {
    return false;
  }
  changed_.notify_one();
  return true;
}

void SlowRoutes::run_jobs() {
  pthread_setname_np(pthread_self(), "http-slow");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Job job = std::move(waiting_.front());
    waiting_.pop_front();
    const bool may_run = !is_stopping_;
    lock.unlock();
    job(may_run);
    lock.lock();
  }
}

}  // namespace iptraf::web
