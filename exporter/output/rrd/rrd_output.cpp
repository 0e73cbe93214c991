// SPDX-License-Identifier: GPL-2.0-or-later
// RrdOutput: round-robin databases from snapshots, at the boundaries of steps.
#include "output/rrd/rrd_output.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "core/collector.hpp"
#include "core/shortage.hpp"
#include "output/rrd/rrd_file.hpp"

namespace iptraf::output {

RoundRobinFiles round_robin_files(const Snapshot& snapshot, const config::Rrd& settings) {
  RoundRobinFiles files;
  for (const CollectorSpec* spec : snapshot.collectors()) {
    if (spec->add_round_robin != nullptr) spec->add_round_robin(snapshot, settings, files);
  }
  return files;
}

RrdOutput::RrdOutput(Take take, Settings settings, RrdStatus& status, bool by_wall_clock)
    : take_(std::move(take)),
      settings_(std::move(settings)),
      status_(status),
      sink_(make_rrd_sink(settings_(), status)) {
  if (by_wall_clock) guard_.emplace(ClockReading::now());
}

void RrdOutput::at_step(std::time_t boundary) noexcept {
  try {
    if (is_to_come(boundary)) return;
    if (!believes_clock()) return sink_->retry();
    const config::Rrd settings = settings_();
    const RoundRobinFiles files = round_robin_files(*take_(), settings);
    write_beginnings(boundary, files, static_cast<std::time_t>(settings.step.seconds));
    sink_->write(boundary, files);
  } catch (const std::exception& error) {
    ++status_.errors;
    spdlog::error("round-robin databases are not written at {}: {}", boundary, reason_of(error));
  }
}

/// What is there for the first time counted nothing up to the step before: without that, its first step were lost.
void RrdOutput::write_beginnings(std::time_t boundary, const RoundRobinFiles& files, std::time_t step_seconds) {
  RoundRobinFiles beginnings;
  std::set<std::string> paths;
  for (const RoundRobinFile& file : files) {
    std::string path = rrd_path(file);
    if (file.begins_at_zero && previous_paths_.count(path) == 0) {
      beginnings.push_back(file);
      for (RoundRobinValue& value : beginnings.back().values) value.value = 0;
    }
    paths.insert(std::move(path));
  }
  const bool has_step_before = previous_boundary_ == boundary - step_seconds;
  previous_paths_ = std::move(paths);
  previous_boundary_ = boundary;
  if (has_step_before && !beginnings.empty()) sink_->write(boundary - step_seconds, beginnings);
}

void RrdOutput::retry() noexcept {
  if (guard_) guard_->believes(ClockReading::now());
  sink_->retry();
}

/// A packet time that is far in the future would block all files until then.
bool RrdOutput::is_to_come(std::time_t boundary) {
  constexpr std::time_t kDaySeconds = 86'400;
  if (boundary <= std::time(nullptr) + kDaySeconds) return false;
  ++status_.errors;
  if (!std::exchange(has_told_future_, true)) {
    spdlog::error(
        "packets have times that are still to come: round-robin databases are not written from {} on, "
        "since an update in the future would block them",
        boundary);
  }
  return true;
}

bool RrdOutput::believes_clock() {
  if (!guard_) return true;
  const bool is_believed = guard_->believes(ClockReading::now());
  if (const auto jump = guard_->take_jump(); jump.count() != 0) {
    spdlog::warn("the clock has jumped by {} seconds{}", jump.count(),
                 is_believed ? ""
                             : "; round-robin databases are written again in five minutes, or as soon as the "
                               "system's clock is synchronised: an update in the future would block them");
  }
  if (!is_believed) ++status_.errors;
  return is_believed;
}

}  // namespace iptraf::output
