// SPDX-License-Identifier: GPL-2.0-or-later
// StepScheduler: calls outputs at the boundaries of their steps, by the wall clock or by packet time.
#include "output/step_scheduler.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace iptraf::output {
namespace {

/// How soon a changed clock is noticed, and how often what failed is tried again.
constexpr auto kLongestSleep = std::chrono::seconds(5);

/// Steps without a packet that are taken one by one. Of a longer gap only the two ends are taken: nothing is known
/// between them, and what was before it is not pushed out of a finite archive.
constexpr std::time_t kMaxEmptySteps = 20'000;

std::time_t wall_seconds() { return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()); }

std::time_t boundary_before(std::time_t seconds, std::time_t step) { return seconds / step * step; }

/// Until the second begins, and no longer than a changed clock may go unnoticed.
std::chrono::nanoseconds until(std::time_t seconds) {
  const auto left = std::chrono::system_clock::from_time_t(seconds) - std::chrono::system_clock::now();
  return std::clamp<std::chrono::nanoseconds>(left, std::chrono::nanoseconds(0), kLongestSleep);
}

}  // namespace

StepScheduler::StepScheduler(std::vector<StepTask> tasks, std::shared_ptr<capture::StepBarrier> barrier)
    : barrier_(std::move(barrier)) {
  for (StepTask& task : tasks) tasks_.push_back({std::move(task), 0});
}

void StepScheduler::start() {
  thread_ = std::thread([this] { barrier_ ? run_by_packet_time() : run_by_wall_clock(); });
  ::pthread_setname_np(thread_.native_handle(), "steps");
}

void StepScheduler::finish() {
  if (barrier_ && thread_.joinable()) thread_.join();
}

void StepScheduler::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stopping_.notify_all();
  if (barrier_) barrier_->stop();
  if (thread_.joinable()) thread_.join();
}

std::time_t StepScheduler::earliest() const {
  const auto is_earlier = [](const Scheduled& a, const Scheduled& b) { return a.next < b.next; };
  return std::min_element(tasks_.begin(), tasks_.end(), is_earlier)->next;
}

void StepScheduler::run_by_wall_clock() {
  for (Scheduled& task : tasks_) {
    task.next = boundary_before(wall_seconds(), task.task.step_seconds) + task.task.step_seconds;
  }
  std::unique_lock lock(mutex_);
  while (!stopping_.wait_for(lock, until(earliest()), [this] { return is_stopping_; })) {
    lock.unlock();
    for (Scheduled& scheduled : tasks_) {
      const std::time_t step = scheduled.task.step_seconds;
      const std::time_t boundary = boundary_before(wall_seconds(), step);
      if (boundary >= scheduled.next) {
        scheduled.task.at_step(boundary);
      } else {
        scheduled.task.between();
      }
      scheduled.next = boundary + step;  // also where the clock was set back
    }
    lock.lock();
  }
}

void StepScheduler::run_by_packet_time() {
  std::optional<Timestamp> time = barrier_->wait();
  if (!time || *time == kNever) return;
  for (Scheduled& scheduled : tasks_) scheduled.task.before_first(*time);
  for (Scheduled& scheduled : tasks_) {
    const std::time_t step = scheduled.task.step_seconds;
    scheduled.next = boundary_before(*time / kNanosecondsPerSecond, step);
    if (scheduled.task.takes_edges) scheduled.task.at_step(scheduled.next);  // nothing has been counted yet
    scheduled.next += step;
  }
  while (time) {
    barrier_->open(earliest() * kNanosecondsPerSecond);
    time = barrier_->wait();
    if (!time) return;
    if (*time == kNever) break;
    take_steps_up_to(*time);
  }
  for (Scheduled& scheduled : tasks_) {
    if (scheduled.task.takes_edges) scheduled.task.at_step(scheduled.next);
  }
}

/// No packet before `time` is still to come.
void StepScheduler::take_steps_up_to(Timestamp time) {
  const std::time_t seconds = time / kNanosecondsPerSecond;
  for (Scheduled& scheduled : tasks_) {
    const std::time_t step = scheduled.task.step_seconds;
    const bool is_gap_filled = (seconds - scheduled.next) / step <= kMaxEmptySteps;
    while (scheduled.next <= seconds) {
      scheduled.task.at_step(scheduled.next);
      scheduled.next += step;
      if (!is_gap_filled) scheduled.next = std::max(scheduled.next, boundary_before(seconds, step));
    }
  }
}

}  // namespace iptraf::output
