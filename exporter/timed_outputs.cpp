// SPDX-License-Identifier: GPL-2.0-or-later
// TimedOutputs: the outputs that take a snapshot at the boundaries of their steps.
#include "timed_outputs.hpp"

namespace iptraf {

TimedOutputs::TimedOutputs(const Options& options, const config::Config& config) : is_rrd_enabled_(config.rrd.enabled) {
  const bool by_packet_time = options.capture_file && options.capture_replay == config::Replay::kAsap;
  if (is_rrd_enabled_ && by_packet_time) barrier_ = std::make_shared<capture::StepBarrier>(config.capture.threads);
}

TimedOutputs::~TimedOutputs() { stop(); }

void TimedOutputs::start(Pipeline& pipeline) {
  if (!is_rrd_enabled_) return;
  rrd_ = std::make_unique<output::RrdOutput>([&pipeline] { return pipeline.snapshot(); },
                                             [&pipeline] { return pipeline.settings()->config.rrd; }, rrd_status_,
                                             barrier_ == nullptr);
  const auto step_seconds = static_cast<std::time_t>(pipeline.settings()->config.rrd.step.seconds);
  std::vector<output::StepTask> tasks;
  tasks.push_back({step_seconds, [this](std::time_t boundary) { rrd_->at_step(boundary); }, [this] { rrd_->retry(); }});
  scheduler_ = std::make_unique<output::StepScheduler>(std::move(tasks), barrier_);
  scheduler_->start();
}

void TimedOutputs::finish() {
  if (scheduler_) scheduler_->finish();
}

void TimedOutputs::stop() {
  if (scheduler_) scheduler_->stop();
}

}  // namespace iptraf
