// SPDX-License-Identifier: GPL-2.0-or-later
// TimedOutputs: the outputs that take a snapshot at the boundaries of their steps.
#include "timed_outputs.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace iptraf {

TimedOutputs::TimedOutputs(const Options& options, const config::Config& config)
    : is_rrd_enabled_(config.rrd.enabled), is_log_enabled_(config.iptraf_log.enabled) {
  const bool by_packet_time = options.capture_file && options.capture_replay == config::Replay::kAsap;
  const bool takes_steps = is_rrd_enabled_ || is_log_enabled_;
  if (takes_steps && by_packet_time) barrier_ = std::make_shared<capture::StepBarrier>(config.capture.threads);
}

/// The pipeline may be gone already: nothing more is written.
TimedOutputs::~TimedOutputs() { stop_schedulers(); }

/// By the wall clock an output that is held up, such as by rrdcached, does not hold up the other.
void TimedOutputs::start(Pipeline& pipeline) {
  Tasks tasks = log_tasks(pipeline);
  if (log_ && !barrier_) {
    log_->begin();
    schedule(std::exchange(tasks, {}));
  }
  Tasks others = rrd_tasks(pipeline);
  std::move(others.begin(), others.end(), std::back_inserter(tasks));
  if (!tasks.empty()) schedule(std::move(tasks));
}

TimedOutputs::Tasks TimedOutputs::rrd_tasks(Pipeline& pipeline) {
  if (!is_rrd_enabled_) return {};
  rrd_ = std::make_unique<output::RrdOutput>([&pipeline] { return pipeline.snapshot(); },
                                             [&pipeline] { return pipeline.settings()->config.rrd; }, rrd_status_,
                                             barrier_ == nullptr);
  const auto step_seconds = static_cast<std::time_t>(pipeline.settings()->config.rrd.step.seconds);
  Tasks tasks;
  tasks.push_back({step_seconds, [this](std::time_t boundary) { rrd_->at_step(boundary); }, [this] { rrd_->retry(); }});
  return tasks;
}

/// What happened comes before the record of the same second.
TimedOutputs::Tasks TimedOutputs::log_tasks(Pipeline& pipeline) {
  if (!is_log_enabled_) return {};
  const config::IptrafLog settings = pipeline.settings()->config.iptraf_log;
  log_ = std::make_unique<output::IptrafLog>([&pipeline](bool with_rows) { return pipeline.snapshot(with_rows); },
                                             settings, pipeline.devices(), pipeline.events(), log_status_,
                                             barrier_ == nullptr);
  output::StepTask every_second{1, [this](std::time_t boundary) { log_->tick(boundary); }};
  every_second.before_first = [this](Timestamp first) { log_->begin(first / kNanosecondsPerSecond); };
  output::StepTask every_interval{static_cast<std::time_t>(settings.interval.seconds),
                                  [this](std::time_t boundary) { log_->at_step(boundary); }};
  every_interval.takes_edges = false;
  Tasks tasks;
  tasks.push_back(std::move(every_second));
  tasks.push_back(std::move(every_interval));
  return tasks;
}

void TimedOutputs::schedule(Tasks tasks) {
  schedulers_.push_back(std::make_unique<output::StepScheduler>(std::move(tasks), barrier_));
  schedulers_.back()->start();
}

void TimedOutputs::finish() {
  for (const auto& scheduler : schedulers_) scheduler->finish();
}

void TimedOutputs::stop_schedulers() {
  for (const auto& scheduler : schedulers_) scheduler->stop();
}

void TimedOutputs::stop() {
  stop_schedulers();
  if (log_) log_->finish();
}

void TimedOutputs::reopen_logs() {
  if (log_) log_->reopen();
}

}  // namespace iptraf
