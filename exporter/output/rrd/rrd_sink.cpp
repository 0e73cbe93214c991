// SPDX-License-Identifier: GPL-2.0-or-later
// RrdSink: where round-robin updates go, and what has become of them.
#include "output/rrd/rrd_sink.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "output/rrd/directory_sink.hpp"
#include "output/rrd/rrdcached_sink.hpp"

namespace iptraf::output {

bool RrdSink::refuses(const std::string& path, std::size_t known_files) noexcept {
  if (known_files < kMaxRrdFiles) return false;
  if (!has_told_limit_) {
    spdlog::warn("{} and further new round-robin databases are not written: there are {} already", path, kMaxRrdFiles);
    has_told_limit_ = true;
  }
  ++status_.errors;
  return true;
}

void RrdSink::count_update(std::time_t seconds) noexcept {
  ++status_.updates;
  status_.last_update_seconds = std::max<std::int64_t>(status_.last_update_seconds, seconds);
}

void RrdSink::count_error(const std::string& path, const std::string& message) noexcept {
  ++status_.errors;
  try {
    std::string& told = problems_[path];
    if (told == message) return;
    told = message;
    spdlog::error("{}", message);
  } catch (const std::bad_alloc&) {
    // Counted it is.
  }
}

void RrdSink::count_success(const std::string& path) noexcept {
  const auto found = problems_.find(path);
  if (found == problems_.end()) return;
  spdlog::info("{} is written again", path);
  problems_.erase(found);
}

void RrdSink::tell_lack(const std::string& path, const std::string& message) {
  std::string& told = lacks_[path];
  if (told == message) return;
  told = message;
  if (!message.empty()) spdlog::warn("{}", message);
}

std::unique_ptr<RrdSink> make_rrd_sink(const config::Rrd& settings, RrdStatus& status) {
  if (settings.daemon.empty()) return std::make_unique<DirectorySink>(settings, status);
  return std::make_unique<RrdcachedSink>(settings, status);
}

bool counts_on(const RoundRobinFile& previous, const RoundRobinFile& next) noexcept {
  if (previous.values.size() != next.values.size()) return false;
  return std::equal(previous.values.begin(), previous.values.end(), next.values.begin(),
                    [](const RoundRobinValue& before, const RoundRobinValue& now) {
                      return before.source == now.source && (now.is_gauge || before.value <= now.value);
                    });
}

}  // namespace iptraf::output
