// SPDX-License-Identifier: GPL-2.0-or-later
// RrdOutput: round-robin databases from snapshots, at the boundaries of steps.
#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "config/config.hpp"
#include "core/snapshot.hpp"
#include "output/rrd/rrd_sink.hpp"
#include "output/rrd/wall_clock_guard.hpp"
#include "output/step_scheduler.hpp"

namespace iptraf::output {

/// What all enabled collectors keep in round-robin databases.
RoundRobinFiles round_robin_files(const Snapshot& snapshot, const config::Rrd& settings);

/// Threading: one thread, the scheduler's.
class RrdOutput {
 public:
  using Take = std::function<std::shared_ptr<const Snapshot>()>;
  using Settings = std::function<config::Rrd()>;  ///< a reload may change which services are kept

  /// `by_wall_clock`: the steps are the wall clock's, which may be wrong.
  RrdOutput(Take take, Settings settings, RrdStatus& status, bool by_wall_clock);

  /// Never throws: what fails is logged and counted.
  void at_step(std::time_t boundary) noexcept;
  void retry() noexcept;

 private:
  bool believes_clock();
  void write_beginnings(std::time_t boundary, const RoundRobinFiles& files, std::time_t step_seconds);
  bool is_to_come(std::time_t boundary);

  const Take take_;
  const Settings settings_;
  RrdStatus& status_;
  std::unique_ptr<RrdSink> sink_;
  std::optional<WallClockGuard> guard_;
  bool has_told_future_ = false;
  std::time_t previous_boundary_ = 0;
  std::set<std::string> previous_paths_;  ///< of the files at that step
};

}  // namespace iptraf::output
