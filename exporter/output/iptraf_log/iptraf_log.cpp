// SPDX-License-Identifier: GPL-2.0-or-later
// IptrafLog: the logs of IPTraf's facilities, for scripts that read them, from snapshots and events.
#include "output/iptraf_log/iptraf_log.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <utility>

#include "core/collector.hpp"
#include "core/shortage.hpp"
#include "output/iptraf_log/event_text.hpp"
#include "output/iptraf_log/log_text.hpp"

namespace iptraf::output {
namespace {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool has_interfaces(const LogFigures& figures) {
  return std::any_of(figures.begin(), figures.end(), [](const auto& entry) { return entry.second.interface; });
}

std::string active_lines(std::time_t seconds, const std::string& device, const std::vector<ActiveHalf>& halves) {
  std::string lines;
  for (const ActiveHalf& half : halves) lines += active_line(seconds, device, half);
  return lines;
}

}  // namespace

LogFigures log_figures(const Snapshot& snapshot) {
  LogFigures figures;
  for (const CollectorSpec* spec : snapshot.collectors()) {
    if (spec->add_log_figures != nullptr) spec->add_log_figures(snapshot, figures);
  }
  return figures;
}

IptrafLog::IptrafLog(Take take, config::IptrafLog settings, const DeviceTable& devices,
                     std::vector<TrafficEventRing*> events, IptrafLogStatus& status, bool by_wall_clock)
    : take_(std::move(take)),
      settings_(std::move(settings)),
      device_table_(devices),
      events_(std::move(events)),
      status_(status),
      by_wall_clock_(by_wall_clock) {}

/// One caller at a time, and none before the beginning or after the end.
template <typename Action>
void IptrafLog::guarded(Action action) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (has_begun_ && !has_finished_) action();
  } catch (const std::exception& error) {
    ++status_.errors;
    spdlog::error("IPTraf's logs are not written: {}", reason_of(error));
  }
}

Moment IptrafLog::at(std::time_t seconds) const {
  return {seconds, by_wall_clock_ ? steady_seconds() : static_cast<double>(seconds)};
}

Moment IptrafLog::moment_of(const Snapshot& snapshot) const {
  using Clock = std::chrono::system_clock;
  return at(by_wall_clock_ ? Clock::to_time_t(Clock::now()) : snapshot.time() / kNanosecondsPerSecond);
}

/// Who reads the logs takes a record for one that it has when the time is the same.
Moment IptrafLog::end_of(const Snapshot& snapshot) const {
  const Moment now = moment_of(snapshot);
  return now.seconds > latest_record_ ? now : at(latest_record_ + 1);
}

void IptrafLog::begin(std::time_t seconds) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(has_begun_, true)) return;
  }
  guarded([&] {
    device_version_ = device_table_.version();
    const auto snapshot = take_(false);
    const Moment now = by_wall_clock_ ? moment_of(*snapshot) : at(seconds);
    latest_record_ = now.seconds;
    follow(*snapshot, now);
  });
}

void IptrafLog::at_step(std::time_t boundary) noexcept {
  guarded([&] {
    const Moment now = at(boundary);
    record(follow(*take_(false), now), now);
  });
}

void IptrafLog::tick(std::time_t boundary) noexcept {
  guarded([&] {
    const std::uint64_t version = device_table_.version();
    if (version != device_version_) follow(*take_(false), at(boundary));
    device_version_ = version;
    write_events(at(boundary));
  });
}

void IptrafLog::reopen() noexcept {
  guarded([&] {
    const auto snapshot = take_(true);
    const Moment now = moment_of(*snapshot);
    const LogFigures figures = follow(*snapshot, now);
    write_events(now);
    if (general_) general_->reopen(now.seconds);
    for (auto& [name, device] : devices_) {
      std::string active;
      const auto found = figures.find(name);
      if (found != figures.end()) active = active_lines(now.seconds, name, found->second.active);
      device.reopen(now.seconds, active);
    }
  });
}

void IptrafLog::finish() noexcept {
  guarded([&] {
    const auto snapshot = take_(false);
    const Moment now = end_of(*snapshot);
    const LogFigures figures = follow(*snapshot, now);
    write_events(now);
    record(figures, now);
  });
  guarded([&] {
    stop(latest_);
    has_finished_ = true;
  });
}

/// Starts and stops logs as devices come and go. A slot that stands for another device now has counts of its own.
LogFigures IptrafLog::follow(const Snapshot& snapshot, const Moment& now) {
  LogFigures figures = log_figures(snapshot);
  latest_ = now;
  for (auto log = devices_.begin(); log != devices_.end();) {
    const auto found = figures.find(log->first);
    const bool goes_on = found != figures.end() && found->second.life == log->second.life();
    if (!goes_on) log->second.stop(now.seconds);
    log = goes_on ? std::next(log) : devices_.erase(log);
  }
  follow_general(figures, now);
  for (const auto& [name, device] : figures) {
    DeviceLog& log = devices_.try_emplace(name, name, settings_, status_, device.life, now).first->second;
    log.follow(device, now);
  }
  return figures;
}

void IptrafLog::follow_general(const LogFigures& figures, const Moment& now) {
  if (general_.has_value() == has_interfaces(figures)) return;
  if (general_) {
    general_->stop(now.seconds);
    general_.reset();
    return;
  }
  general_.emplace(settings_.directory + "/iface_stats_general.log", "General interface statistics", status_);
  general_->start(now.seconds);
  general_start_ = now;
}

void IptrafLog::record(const LogFigures& figures, const Moment& now) {
  for (const auto& [name, device] : figures) {
    const auto log = devices_.find(name);
    if (log != devices_.end()) log->second.record(device, now);
  }
  if (general_) record_general(figures, now);
  latest_record_ = now.seconds;
}

void IptrafLog::record_general(const LogFigures& figures, const Moment& now) {
  std::vector<GeneralLine> lines;
  for (const auto& [name, device] : figures) {
    const auto log = devices_.find(name);
    if (device.interface && log != devices_.end()) lines.push_back({name, *device.interface, log->second.activity()});
  }
  const RecordHead head{settings_.format, now.seconds, std::llround(now.elapsed - general_start_.elapsed)};
  general_->append(general_record(head, lines));
}

/// Shards are ahead of each other: their lines are brought into the order of time.
void IptrafLog::write_events(const Moment& now) {
  EventLines lines(settings_.format);
  std::optional<DeviceArray> devices;  // copied when there is something to name
  for (TrafficEventRing* ring : events_) {
    ring->drain([&](const TrafficEvent& event) {
      if (!devices) devices = device_table_.copy();
      lines.add((*devices)[event.packet.device].name, event);
    });
  }
  if (!lines.is_empty()) write_lines(lines, now);
  tell_of_dropped_events(now);
}

void IptrafLog::write_lines(const EventLines& lines, const Moment& now) {
  const auto has_log = [this](const std::string& device) {
    const auto found = devices_.find(device);
    return found != devices_.end() && found->second.has_traffic_monitor();
  };
  const auto by_device = lines.by_device();
  const bool is_any_new =
      std::any_of(by_device.begin(), by_device.end(), [&](const auto& entry) { return !has_log(entry.first); });
  if (is_any_new) follow(*take_(false), now);
  for (const auto& [device, chunks] : by_device) {
    if (!has_log(device)) continue;
    for (const std::string& chunk : chunks) devices_.at(device).append_traffic(chunk);
  }
}

/// Nobody knows which device they were of.
void IptrafLog::tell_of_dropped_events(const Moment& now) {
  std::uint64_t dropped = 0;
  for (const TrafficEventRing* ring : events_) dropped += ring->dropped();
  const std::uint64_t new_ones = dropped - status_.dropped_events.exchange(dropped);
  if (new_ones == 0) return;
  const std::string text = std::to_string(new_ones) + " events are not logged: they came faster than can be written";
  spdlog::warn("IPTraf's traffic monitor log: {}", text);
  for (auto& [name, device] : devices_) device.append_traffic(notice_line(now.seconds, text));
}

void IptrafLog::stop(const Moment& now) {
  for (auto& [name, device] : devices_) device.stop(now.seconds);
  if (general_) general_->stop(now.seconds);
  devices_.clear();
  general_.reset();
}

}  // namespace iptraf::output
