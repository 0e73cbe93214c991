// SPDX-License-Identifier: GPL-2.0-or-later
// The pages that the daemon answers: metrics, health, landing page.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/collector.hpp"
#include "core/snapshot.hpp"
#include "web/http_server.hpp"

namespace iptraf::web {

/// What the pages need of the program. The functions are called on HTTP threads.
struct PageContext {
  std::function<std::shared_ptr<const Snapshot>()> take_snapshot;
  std::function<bool()> is_ready;
  std::span<const CollectorSpec* const> collectors;
  std::string telemetry_path;
};

std::vector<Route> make_routes(PageContext context);

}  // namespace iptraf::web
