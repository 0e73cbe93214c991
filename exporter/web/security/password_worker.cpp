// SPDX-License-Identifier: GPL-2.0-or-later
// The queue of passwords to check.
#include "web/security/password_worker.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

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

bool PasswordWorker::ask(Question question) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || waiting_.size() >= max_waiting_) return false;
    waiting_.push_back(std::move(question));
  } catch (const std::exception&) {
    return false;
  }
  changed_.notify_one();
  return true;
}

void PasswordWorker::run() {
  pthread_setname_np(pthread_self(), "http-password");
  // Guessing of passwords must not take the processor from capture. On Linux this is the thread's, not the process's.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNiceness);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Question question = std::move(waiting_.front());
    waiting_.pop_front();
    const bool is_stopping = is_stopping_;
    lock.unlock();
    question.answer(is_stopping ? Verdict::kNotChecked : check(question));
    lock.lock();
  }
}

}  // namespace iptraf::web
