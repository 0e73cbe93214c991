// SPDX-License-Identifier: GPL-2.0-or-later
// ApiPages: a facility's rows as JSON, streamed from a snapshot.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/collector.hpp"
#include "core/snapshot.hpp"
#include "web/http_server.hpp"
#include "web/shared_snapshots.hpp"

namespace iptraf::web {

/// Where the rows of a facility are: /api/v1/ and its json_key.
std::string api_path(const CollectorSpec& spec);

/// Answers every facility's page. A snapshot with rows that are no series holds up capture for longer than others and
/// is large, so it serves everybody for a second; others are taken anew. Any thread.
class ApiPages {
 public:
  explicit ApiPages(const std::function<std::shared_ptr<const Snapshot>(bool with_rows)>& take_snapshot);

  /// 400 for a query that the page does not take, 404 when the collector is disabled, 503 without a snapshot.
  /// A large answer comes in pieces and borrows its snapshot up to the end; when many are read slowly, the one that is
  /// read for the longest breaks off.
  Response answer(const CollectorSpec& spec, const Request& request);

  /// Lets go of snapshots that are too old to be used again at `now`.
  void drop_stale(Clock::time_point now);

  static constexpr std::size_t kPieceBytes = std::size_t{32} << 10;

 private:
  SharedSnapshots with_rows_;
  SharedSnapshots without_rows_;
};

}  // namespace iptraf::web
