// SPDX-License-Identifier: GPL-2.0-or-later
// Shares out the files that are left.
#include "web/connection_limits.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "core/shortage.hpp"

namespace iptraf::web {
namespace {

/// For all that is opened later and is no connection: threads, databases, logs, the files of a reload.
constexpr std::size_t kOtherFiles = 16;
constexpr std::size_t kFewestFiles = 4;

}  // namespace

ConnectionLimits connection_limits(std::uint32_t max_connections, std::size_t open_files_left) {
  ConnectionLimits limits(max_connections);
  const std::size_t files = open_files_left - std::min(open_files_left, kOtherFiles);
  if (files >= limits.files()) return limits;
  if (files < kFewestFiles) throw std::runtime_error(std::string("for the HTTP server ") + kTooManyOpenFiles);
  // In the proportions of the full numbers.
  const std::size_t beside = std::min(limits.files() - limits.connections, files / 2);
  limits.connections = static_cast<std::uint32_t>(std::min<std::size_t>(max_connections, files - beside));
  limits.reserve = static_cast<std::uint32_t>(beside / 8);
  limits.closing = static_cast<std::uint32_t>(std::max<std::size_t>(beside / 4, 1));
  limits.waiting = static_cast<std::uint32_t>(beside / 2);
  limits.lingering = static_cast<std::uint32_t>(beside / 8);
  if (limits.connections < max_connections) {
    spdlog::warn(
        "there are at most {} HTTP connections instead of web.max_connections, {}: the process may open {} files more; "
        "allow it more (LimitNOFILE= in its systemd unit, ulimit -n)",
        limits.connections, max_connections, open_files_left);
  }
  return limits;
}

}  // namespace iptraf::web
