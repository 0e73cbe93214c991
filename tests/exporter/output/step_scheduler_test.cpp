// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of StepScheduler by packet time: which boundaries are taken, and that what comes before them has passed.
#include "output/step_scheduler.hpp"

#include <poll.h>

#include <atomic>

#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::output;

namespace {

/// Hands out records at these seconds, as a source does, while tasks take their steps.
class Steps {
 public:
  explicit Steps(std::vector<std::time_t> seconds) : seconds_(std::move(seconds)) {}

  /// What each task saw: the boundary, and how many records had passed.
  using Seen = std::vector<std::pair<std::time_t, int>>;

  std::vector<Seen> take(const std::vector<std::time_t>& steps) {
    std::vector<Seen> seen(steps.size());
    std::vector<StepTask> tasks;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      tasks.push_back({steps[i], [this, &seen, i](std::time_t boundary) { seen[i].emplace_back(boundary, passed_); }});
    }
    StepScheduler scheduler(std::move(tasks), barrier_);
    scheduler.start();
    for (const std::time_t second : seconds_) pass(second * kNanosecondsPerSecond);
    barrier_->arrive(0, kNever);
    scheduler.finish();
    return seen;
  }

 private:
  void pass(Timestamp time) {
    while (time >= barrier_->end_of_step()) {
      barrier_->arrive(0, time);
      pollfd event{barrier_->wake_fd(0), POLLIN, 0};
      ::poll(&event, 1, -1);
    }
    ++passed_;
  }

  const std::vector<std::time_t> seconds_;
  std::shared_ptr<capture::StepBarrier> barrier_ = std::make_shared<capture::StepBarrier>(1);
  std::atomic<int> passed_{0};
};

}  // namespace

TEST_CASE("Every boundary is taken, from the one before the first record to the one behind the last") {
  const auto seen = Steps({1003, 1009, 1010, 1031}).take({10});
  CHECK(seen[0] == Steps::Seen{{1000, 0}, {1010, 2}, {1020, 3}, {1030, 3}, {1040, 4}});
}

TEST_CASE("Tasks with different steps each take their own") {
  const auto seen = Steps({1003, 1009, 1010, 1031}).take({10, 30});
  CHECK(seen[0] == Steps::Seen{{1000, 0}, {1010, 2}, {1020, 3}, {1030, 3}, {1040, 4}});
  CHECK(seen[1] == Steps::Seen{{990, 0}, {1020, 3}, {1050, 4}});
}

TEST_CASE("A task may leave out the outer boundaries, and is told of the first record before any step") {
  const auto barrier = std::make_shared<capture::StepBarrier>(1);
  std::vector<std::string> calls;
  StepTask task{10, [&calls](std::time_t boundary) { calls.push_back("step " + std::to_string(boundary)); }};
  task.before_first = [&calls](Timestamp first) { calls.push_back("first " + std::to_string(first)); };
  task.takes_edges = false;
  StepScheduler scheduler({task}, barrier);
  scheduler.start();
  barrier->arrive(0, 1003 * kNanosecondsPerSecond);
  pollfd event{barrier->wake_fd(0), POLLIN, 0};
  ::poll(&event, 1, -1);
  barrier->arrive(0, 1012 * kNanosecondsPerSecond);
  ::poll(&event, 1, -1);
  barrier->arrive(0, kNever);
  scheduler.finish();
  CHECK(calls == std::vector<std::string>{"first 1003000000000", "step 1010"});
}

TEST_CASE("A file without records takes no step") { CHECK(Steps({}).take({10})[0].empty()); }

TEST_CASE("A gap that is far too long is not filled") {
  const auto seen = Steps({0, 100'000'000}).take({1})[0];
  CHECK(seen == Steps::Seen{{0, 0}, {1, 1}, {100'000'000, 1}, {100'000'001, 2}});
}

TEST_CASE("A scheduler that is stopped lets the sources go on") {
  const auto barrier = std::make_shared<capture::StepBarrier>(1);
  StepScheduler scheduler({{10, [](std::time_t) {}}}, barrier);
  scheduler.start();
  scheduler.stop();
  CHECK(barrier->end_of_step() == kNever);
}

TEST_CASE("By the wall clock a step of a second is taken soon, and stopping does not wait for the next") {
  std::atomic<int> taken{0};
  StepScheduler scheduler({{1,
                            [&taken](std::time_t boundary) {
                              CHECK(boundary % 1 == 0);
                              ++taken;
                              taken.notify_all();
                            }},
                           {604'800, [](std::time_t) {}}},
                          nullptr);
  scheduler.start();
  taken.wait(0);
  scheduler.stop();
  CHECK(taken >= 1);
}
