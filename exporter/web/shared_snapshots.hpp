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

/// A snapshot that was lent to an answer is wanted for another one: this answer ends where it is.
class LoanTakenBack : public std::runtime_error {
 public:
  LoanTakenBack() : std::runtime_error("Too many answers are being read slowly: this one had to make room.") {}
};

/// A snapshot for all answers that are made of it, until it is taken back. Any thread.
class Loan {
 public:
  explicit Loan(std::shared_ptr<const Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}

  /// The snapshot, for as long as the caller holds it. Throws LoanTakenBack.
  std::shared_ptr<const Snapshot> hold() const;

  void take_back();

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
};

/// Lends one snapshot to all who ask within `reuse` of its beginning, and bounds how many different ones live on in
/// answers whose readers are slow, since each may be tens of megabytes: the one that was lent longest ago is taken back
/// for the next. Any thread.
class SharedSnapshots {
 public:
  using Take = std::function<std::shared_ptr<const Snapshot>()>;

  SharedSnapshots(Take take, Clock::duration reuse, std::size_t max_lent)
      : take_(std::move(take)), reuse_(reuse), max_lent_(max_lent) {}

  /// A snapshot that began after now - reuse. Throws what `take` throws.
  std::shared_ptr<Loan> get(Clock::time_point now);

  /// Lets go of a snapshot that nobody will be lent any more.
  void drop_stale(Clock::time_point now);

 private:
  void make_room();
  void drop_if_stale(Clock::time_point now);

  const Take take_;
  const Clock::duration reuse_;
  const std::size_t max_lent_;
  std::mutex mutex_;
  std::shared_ptr<Loan> latest_;
  Clock::time_point latest_began_;         // at the earliest
  std::vector<std::weak_ptr<Loan>> lent_;  // the earliest first
};

}  // namespace iptraf::web
