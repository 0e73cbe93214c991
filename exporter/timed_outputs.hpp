// SPDX-License-Identifier: GPL-2.0-or-later
// TimedOutputs: the outputs that take a snapshot at the boundaries of their steps.
#pragma once

#include <memory>
#include <vector>

#include "capture/step_barrier.hpp"
#include "config/config.hpp"
#include "options.hpp"
#include "output/iptraf_log/iptraf_log.hpp"
#include "output/rrd/rrd_output.hpp"
#include "output/step_scheduler.hpp"
#include "pipeline.hpp"

namespace iptraf {

/// Constructed before the pipeline, which its barrier holds up, and destroyed after it has stopped.
/// Threading: the main thread; each output runs on a thread of its own, by packet time all on one.
class TimedOutputs {
 public:
  TimedOutputs(const Options& options, const config::Config& config);
  ~TimedOutputs();

  /// For the sources of a capture file that is read at full speed; null when nothing takes steps.
  const std::shared_ptr<capture::StepBarrier>& barrier() const noexcept { return barrier_; }

  /// Shown by the exporter's own metrics; null when round-robin databases are off.
  const output::RrdStatus* rrd_status() const noexcept { return is_rrd_enabled_ ? &rrd_status_ : nullptr; }

  /// Shown by the exporter's own metrics; null when IPTraf's logs are off.
  const output::IptrafLogStatus* log_status() const noexcept { return is_log_enabled_ ? &log_status_ : nullptr; }

  void start(Pipeline& pipeline);

  /// Returns when the outputs have taken the last step of a capture file that has ended.
  void finish();

  /// Ends the outputs with what they write last. The pipeline is still needed.
  void stop();

  /// IPTraf's logs go on in new files, if there are logs.
  void reopen_logs();

 private:
  using Tasks = std::vector<output::StepTask>;

  Tasks rrd_tasks(Pipeline& pipeline);
  Tasks log_tasks(Pipeline& pipeline);
  void schedule(Tasks tasks);
  void stop_schedulers();

  const bool is_rrd_enabled_;
  const bool is_log_enabled_;
  std::shared_ptr<capture::StepBarrier> barrier_;
  output::RrdStatus rrd_status_;
  output::IptrafLogStatus log_status_;
  std::unique_ptr<output::RrdOutput> rrd_;
  std::unique_ptr<output::IptrafLog> log_;
  std::vector<std::unique_ptr<output::StepScheduler>> schedulers_;
};

}  // namespace iptraf
