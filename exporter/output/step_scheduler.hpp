// SPDX-License-Identifier: GPL-2.0-or-later
// StepScheduler: calls outputs at the boundaries of their steps, by the wall clock or by packet time.
#pragma once

#include <condition_variable>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "capture/step_barrier.hpp"

namespace iptraf::output {

/// An output that is called at every multiple of its step since the epoch.
struct StepTask {
  std::time_t step_seconds = 0;
  std::function<void(std::time_t boundary)> at_step;  ///< all packets before `boundary` have been counted
  std::function<void()> between = [] {};              ///< every few seconds without a step, by the wall clock alone
  /// By packet time alone: called with the time of the first packet, which has not been counted yet.
  std::function<void(Timestamp)> before_first = [](Timestamp) {};
  /// By packet time: at_step() is also called with the boundary before the first packet and the one behind the last.
  bool takes_edges = true;
};

/// Threading: a thread of its own, on which the tasks run; the methods from another.
class StepScheduler {
 public:
  /// With a barrier the steps are those of the packets' times; else those of the wall clock.
  StepScheduler(std::vector<StepTask> tasks, std::shared_ptr<capture::StepBarrier> barrier);
  ~StepScheduler() { stop(); }
  StepScheduler(const StepScheduler&) = delete;
  StepScheduler& operator=(const StepScheduler&) = delete;

  void start();

  /// By packet time: returns when the file has ended and its last step has been taken.
  void finish();

  /// Ends the thread; a task that runs is waited for.
  void stop();

 private:
  struct Scheduled {
    StepTask task;
    std::time_t next = 0;
  };

  void run_by_wall_clock();
  void run_by_packet_time();
  void take_steps_up_to(Timestamp time);
  std::time_t earliest() const;

  std::vector<Scheduled> tasks_;
  const std::shared_ptr<capture::StepBarrier> barrier_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace iptraf::output
