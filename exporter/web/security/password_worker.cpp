// SPDX-License-Identifier: GPL-2.0-or-later
// The queue of passwords to check.
#include "web/security/password_worker.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "web/security/password_hash.hpp"
#include "web/signal_block.hpp"

namespace iptraf::web {
namespace {

constexpr int kNiceness = 10;

PasswordWorker::Verdict check(const PasswordWorker::Question& question) noexcept {
  try {
    return has_bcrypt_hash(question.password, question.hash) ? PasswordWorker::Verdict::kRight
                                                             : PasswordWorker::Verdict::kWrong;
  } catch (const std::exception&) {
    return PasswordWorker::Verdict::kNotChecked;
  }
}

}  // namespace

void PasswordWorker::start() {
  const SignalBlock block;
  thread_ = std::thread([this] { run(); });
}

void PasswordWorker::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::size_t PasswordWorker::waiting_of(std::uint64_t network) const {
  return static_cast<std::size_t>(
      std::count_if(waiting_.begin(), waiting_.end(), [&](const Question& one) { return one.network == network; }));
}

/// Of those who have most, the one that came last.
PasswordWorker::Waiting::iterator PasswordWorker::latest_of_crowd() {
  auto chosen = waiting_.begin();
  for (auto one = waiting_.begin(); one != waiting_.end(); ++one) {
    if (waiting_of(one->network) >= waiting_of(chosen->network)) chosen = one;
  }
  return chosen;
}

/// Of those who have fewest, the one that came first.
PasswordWorker::Waiting::iterator PasswordWorker::next() {
  return std::min_element(waiting_.begin(), waiting_.end(), [this](const Question& a, const Question& b) {
    return waiting_of(a.network) < waiting_of(b.network);
  });
}

bool PasswordWorker::ask(Question question) noexcept {
  std::function<void(Verdict)> pushed_out;
  bool is_taken = false;
  try {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return false;
    if (waiting_.size() >= max_waiting_) {
      const auto latest = latest_of_crowd();
      if (waiting_of(latest->network) <= waiting_of(question.network) + 1) return false;
      pushed_out = std::move(latest->answer);
      waiting_.erase(latest);
    }
    waiting_.push_back(std::move(question));
    is_taken = true;
  } catch (const std::exception&) {
    // Without memory for it the question is not taken.
  }
  if (is_taken) changed_.notify_one();
  if (pushed_out) pushed_out(Verdict::kNotChecked);
  return is_taken;
}

void PasswordWorker::run() {
  pthread_setname_np(pthread_self(), "http-password");
  // Guessing of passwords must not take the processor from capture. On Linux this is the thread's, not the process's.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const auto chosen = next();
    const Question question = std::move(*chosen);
    waiting_.erase(chosen);
    const bool is_stopping = is_stopping_;
    lock.unlock();
    question.answer(is_stopping ? Verdict::kNotChecked : check(question));
    lock.lock();
  }
}

}  // namespace iptraf::web
