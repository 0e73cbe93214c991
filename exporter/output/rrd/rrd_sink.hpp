// SPDX-License-Identifier: GPL-2.0-or-later
// RrdSink: where round-robin updates go, and what has become of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <string>

#include "config/config.hpp"
#include "core/round_robin.hpp"

namespace iptraf::output {

/// Shown by the exporter's own metrics. Any thread.
struct RrdStatus {
  std::atomic<std::uint64_t> updates{0};  ///< of one file each
  std::atomic<std::uint64_t> errors{0};
  std::atomic<std::int64_t> last_update_seconds{0};  ///< since the epoch; 0: none yet
};

/// Threading: one thread.
class RrdSink {
 public:
  explicit RrdSink(RrdStatus& status) : status_(status) {}
  virtual ~RrdSink() = default;
  RrdSink(const RrdSink&) = delete;
  RrdSink& operator=(const RrdSink&) = delete;

  /// The values of all files at one time. What fails is logged once until it works again, and counted; the other files
  /// go on. Never throws.
  virtual void write(std::time_t seconds, const RoundRobinFiles& files) noexcept = 0;

  /// Tries again what could not be delivered. Never throws.
  virtual void retry() noexcept {}

 protected:
  /// True once when the number of files reaches its limit: the file is not written.
  bool refuses(const std::string& path, std::size_t known_files) noexcept;

  void count_update(std::time_t seconds) noexcept;
  void count_error(const std::string& path, const std::string& message) noexcept;
  void count_success(const std::string& path) noexcept;

  /// Logs a message about what a file lacks when it is another than before; an empty one ends it.
  void tell_lack(const std::string& path, const std::string& message);

 private:
  RrdStatus& status_;
  std::map<std::string, std::string> problems_;  ///< that were logged, by file
  std::map<std::string, std::string> lacks_;     ///< that were logged, by file
  bool has_told_limit_ = false;
};

/// rrd.daemon when there is one, else files below rrd.directory.
std::unique_ptr<RrdSink> make_rrd_sink(const config::Rrd& settings, RrdStatus& status);

/// The values of `next` that count on from those of `previous`: none is smaller, unless it is a gauge.
bool counts_on(const RoundRobinFile& previous, const RoundRobinFile& next) noexcept;

/// As many as there may be; a flood of stations must not fill the disk.
inline constexpr std::size_t kMaxRrdFiles = 1024;

}  // namespace iptraf::output
