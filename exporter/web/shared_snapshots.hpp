// SPDX-License-Identifier: GPL-2.0-or-later
// SharedSnapshots: snapshots for answers that may take their client a while to read.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/snapshot.hpp"
#include "web/connection_table.hpp"

namespace iptraf::web {

/// As many snapshots as may be held are held by answers that are still being read. The client may try again.
class TooManySnapshots : public std::runtime_error {
 public:
  TooManySnapshots() : std::runtime_error("Too many answers are being read slowly: try again in a second.") {}
};

/// Lends one snapshot to all who ask within `reuse` of its beginning, and bounds how many different ones live on in
/// answers whose readers are slow, since each may be tens of megabytes. Any thread.
class SharedSnapshots {
 public:
  using Take = std::function<std::shared_ptr<const Snapshot>()>;

  SharedSnapshots(Take take, Clock::duration reuse, std::size_t max_lent)
      : take_(std::move(take)), reuse_(reuse), max_lent_(max_lent) {}

  /// A snapshot that began after now - reuse. Throws TooManySnapshots, and what `take` throws.
  std::shared_ptr<const Snapshot> get(Clock::time_point now);

  /// Lets go of a snapshot that nobody will be lent any more.
  void drop_stale(Clock::time_point now);

 private:
  /// Stands for all answers that hold one snapshot: those inside the capture side do not count.
  struct Loan {
    std::shared_ptr<const Snapshot> snapshot;
  };

  void drop_if_stale(Clock::time_point now);

  const Take take_;
  const Clock::duration reuse_;
  const std::size_t max_lent_;
  std::mutex mutex_;
  std::shared_ptr<const Loan> latest_;
  Clock::time_point latest_began_;  // at the earliest
  std::vector<std::weak_ptr<const Loan>> lent_;
};

}  // namespace iptraf::web
