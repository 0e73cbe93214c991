// SPDX-License-Identifier: GPL-2.0-or-later
// IptrafLog: the logs of IPTraf's facilities, for scripts that read them, from snapshots and events.
#pragma once

#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/device.hpp"
#include "core/log_figures.hpp"
#include "core/snapshot.hpp"
#include "core/traffic_event.hpp"
#include "output/iptraf_log/device_log.hpp"
#include "output/iptraf_log/event_lines.hpp"
#include "output/iptraf_log/log_file.hpp"

namespace iptraf::output {

/// What all enabled collectors have to say in IPTraf's logs.
LogFigures log_figures(const Snapshot& snapshot);

/// Every device is logged as if one IPTraf ran for it and each facility, since the device was first there.
/// No method throws: what fails is logged and counted. Threading: any thread.
class IptrafLog {
 public:
  using Take = std::function<std::shared_ptr<const Snapshot>(bool with_rows)>;

  /// By packet time unless `by_wall_clock`. `devices` and the shards' `events` are needed until the end.
  IptrafLog(Take take, config::IptrafLog settings, const DeviceTable& devices, std::vector<TrafficEventRing*> events,
            IptrafLogStatus& status, bool by_wall_clock);

  /// Says that the facilities start, at a time that no packet is before; by the wall clock now.
  void begin(std::time_t seconds = 0) noexcept;

  /// A record in every log of statistics, of all before `boundary`.
  void at_step(std::time_t boundary) noexcept;

  /// Starts logs for devices that are new, and writes what has happened. To be called every second.
  void tick(std::time_t boundary) noexcept;

  /// Goes on in new files, if somebody has moved the old ones away.
  void reopen() noexcept;

  /// The last record, and that the facilities stop. Nothing is logged afterwards.
  void finish() noexcept;

 private:
  template <typename Action>
  void guarded(Action action) noexcept;

  Moment at(std::time_t seconds) const;
  Moment moment_of(const Snapshot& snapshot) const;
  Moment end_of(const Snapshot& snapshot) const;
  LogFigures follow(const Snapshot& snapshot, const Moment& now);
  void follow_general(const LogFigures& figures, const Moment& now);
  void record(const LogFigures& figures, const Moment& now);
  void record_general(const LogFigures& figures, const Moment& now);
  void write_events(const Moment& now);
  void write_lines(const EventLines& lines, const Moment& now);
  void tell_of_dropped_events(const Moment& now);
  void stop(const Moment& now);

  const Take take_;
  const config::IptrafLog settings_;
  const DeviceTable& device_table_;
  const std::vector<TrafficEventRing*> events_;
  IptrafLogStatus& status_;
  const bool by_wall_clock_;

  std::mutex mutex_;
  bool has_begun_ = false;
  bool has_finished_ = false;
  std::uint64_t device_version_ = 0;
  Moment latest_;                  ///< when devices were last looked at
  std::time_t latest_record_ = 0;  ///< time of the latest record, of the beginning before the first
  Moment general_start_;
  std::optional<FacilityLog> general_;
  std::map<std::string, DeviceLog> devices_;  ///< by name
};

}  // namespace iptraf::output
