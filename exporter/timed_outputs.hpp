// SPDX-License-Identifier: GPL-2.0-or-later
// TimedOutputs: the outputs that take a snapshot at the boundaries of their steps.
#pragma once

#include <memory>

#include "capture/step_barrier.hpp"
#include "config/config.hpp"
#include "options.hpp"
#include "output/rrd/rrd_output.hpp"
#include "output/step_scheduler.hpp"
#include "pipeline.hpp"

namespace iptraf {

/// Constructed before the pipeline, which its barrier holds up, and destroyed after it has stopped.
/// Threading: the main thread; the outputs run on a thread of their own.
class TimedOutputs {
 public:
  TimedOutputs(const Options& options, const config::Config& config);
  ~TimedOutputs();

  /// For the sources of a capture file that is read at full speed; null when nothing takes steps.
  const std::shared_ptr<capture::StepBarrier>& barrier() const noexcept { return barrier_; }

  /// Shown by the exporter's own metrics; null when round-robin databases are off.
  const output::RrdStatus* rrd_status() const noexcept { return is_rrd_enabled_ ? &rrd_status_ : nullptr; }

  void start(Pipeline& pipeline);

  /// Returns when the outputs have taken the last step of a capture file that has ended.
  void finish();
  void stop();

 private:
  const bool is_rrd_enabled_;
  std::shared_ptr<capture::StepBarrier> barrier_;
  output::RrdStatus rrd_status_;
  std::unique_ptr<output::RrdOutput> rrd_;
  std::unique_ptr<output::StepScheduler> scheduler_;
};

}  // namespace iptraf
