// SPDX-License-Identifier: GPL-2.0-or-later
// RrdcachedSink: round-robin databases behind an rrdcached.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "output/rrd/rrd_file.hpp"
#include "output/rrd/rrd_sink.hpp"
#include "output/rrd/rrdcached_client.hpp"

namespace iptraf::output {

/// While the daemon does not answer, the latest updates of each file wait; the oldest go when they are too many.
class RrdcachedSink final : public RrdSink {
 public:
  /// `settings.daemon` must be an RrdcachedAddress.
  RrdcachedSink(const config::Rrd& settings, RrdStatus& status);

  void write(std::time_t seconds, const RoundRobinFiles& files) noexcept override;
  void retry() noexcept override;

 private:
  struct Waiting {
    std::time_t seconds = 0;
    std::vector<RoundRobinValue> values;
    bool begins_anew = false;  ///< has nothing to do with what was before
  };
  struct Target {
    std::vector<std::string> sources;  ///< of the file, in its order; empty: the daemon has not told them yet
    std::optional<RoundRobinFile> previous;
    std::deque<Waiting> waiting;
  };

  /// One command of a batch: `seconds` is empty where it says that nothing is known.
  struct Sent {
    const std::string* path;
    Target* target;
    std::optional<std::time_t> seconds;
  };

  void keep(std::time_t seconds, const RoundRobinFile& file);
  void deliver();
  void open(const std::string& path, Target& target);
  void send_batch();
  void take_refusal(const std::string& path, Target& target, std::time_t seconds, const std::string& reason);

  const std::string directory_;
  const RrdLayout layout_;
  RrdcachedClient client_;
  std::map<std::string, Target> targets_;  ///< by path below the directory
};

}  // namespace iptraf::output
