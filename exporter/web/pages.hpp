// SPDX-License-Identifier: GPL-2.0-or-later
// The pages that the daemon answers: metrics, API, health, reload, landing page.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/collector.hpp"
#include "core/snapshot.hpp"
#include "web/http_server.hpp"

namespace iptraf::web {

/// What the pages need of the program. The functions are called on HTTP threads.
struct PageContext {
  std::function<std::shared_ptr<const Snapshot>(bool with_rows)> take_snapshot;
  std::function<std::uint64_t()> settings_version;  ///< changes when a reload has taken effect
  std::function<bool()> is_ready;
  std::function<std::optional<std::string>()> reload;  ///< what is wrong; nothing when the reload succeeded
  std::function<bool()> is_api_open;                   ///< web.open_api: /api/ and /-/reload answer every client
  std::string telemetry_path;
};

/// The routes keep the context, and snapshots for a short while, as long as they live. Any thread.
std::vector<Route> make_routes(PageContext context);

}  // namespace iptraf::web
