// SPDX-License-Identifier: GPL-2.0-or-later
// RrdFile: one round-robin database on disk, through librrd.
#pragma once

#include <cstdint>
#include <ctime>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/round_robin.hpp"
#include "output/rrd/lock_patience.hpp"

namespace iptraf::output {

/// A file cannot be created, read or updated; what() names it, says why and what to do.
class RrdError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// `DEVICE/NAME.rrd`, the device percent-encoded: all but [A-Za-z0-9_.@-], and "." and ".." whole.
std::string rrd_path(const RoundRobinFile& file);

/// How files are created.
struct RrdLayout {
  std::time_t step_seconds = 300;
  config::RrdType ds_type = config::RrdType::kDerive;
  std::vector<config::RrdArchive> archives;

  /// What is longer than this between two values is unknown.
  std::time_t heartbeat_seconds() const noexcept { return 2 * step_seconds; }
};

RrdLayout rrd_layout(const config::Rrd& settings);

/// The DS and RRA words of rrdcreate(1).
std::vector<std::string> rrd_definitions(const RrdLayout& layout, std::span<const RoundRobinValue> sources);

/// That a file lacks data sources, and the command that adds them.
std::string lack_message(const std::string& path, const RrdLayout& layout, std::span<const RoundRobinValue> lacking);

/// That a file has values of a time that is still to come, and what to do.
std::string later_values_message(std::time_t last_update);

/// The argument of rrdupdate(1): the time, then the values in their order.
std::string rrd_update_words(std::time_t seconds, std::span<const RoundRobinValue> values);

/// Threading: one thread for all files together, since librrd's errors are the thread's.
class RrdFile {
 public:
  /// Opens `path`, or creates it with its directories so that it begins one step before `first_seconds`. An existing
  /// file is used as it is; it must be a round-robin database. `patience` is for another program's locks, here and in
  /// all that follows; it outlives the file. Throws RrdError.
  RrdFile(std::string path, const RrdLayout& layout, std::span<const RoundRobinValue> sources,
          std::time_t first_seconds, LockPatience& patience);

  const std::string& path() const noexcept { return path_; }

  /// Of the wanted data sources those that the file lacked when it was opened: they are not written.
  std::vector<RoundRobinValue> lacking(std::span<const RoundRobinValue> wanted) const;

  /// Data sources that take totals for something else, such as GAUGE, as "NAME is TYPE".
  std::vector<std::string> mistyped(std::span<const RoundRobinValue> values) const;

  /// A value that comes later than this after the one before is unknown: the shortest of all data sources.
  std::time_t heartbeat_seconds() const noexcept { return heartbeat_seconds_; }

  /// The file was there before this object.
  bool has_existed() const noexcept { return has_existed_; }

  /// Since the epoch.
  std::time_t last_update() const;

  /// Values that the file lacks are passed over, and those that it has beside them are unknown. A time that is not
  /// later than the last update changes nothing and gives false. Throws RrdError.
  bool update(std::time_t seconds, std::span<const RoundRobinValue> values);

  /// All that the file has is unknown up to `seconds`: what follows has nothing to do with what was before.
  bool update_unknown(std::time_t seconds);

 private:
  void create(const RrdLayout& layout, std::span<const RoundRobinValue> sources, std::time_t first_seconds) const;
  void read_sources();
  bool write(std::time_t seconds, const std::string& sources, const std::string& values) const;

  std::string path_;
  LockPatience* patience_;                    ///< of the owner
  std::set<std::string> sources_;             ///< that the file has
  std::map<std::string, std::string> types_;  ///< of the data sources
  std::time_t heartbeat_seconds_ = std::numeric_limits<std::time_t>::max();
  bool has_existed_ = false;
};

/// That totals would be taken for something else, and what to do.
std::string mistyped_message(const RrdFile& file, std::span<const std::string> mistyped);

/// That all of a file would be unknown because its steps are shorter, and what to do.
std::string short_heartbeat_message(const RrdFile& file, const RrdLayout& layout);

}  // namespace iptraf::output
