// SPDX-License-Identifier: GPL-2.0-or-later
// Lending and counting of snapshots.
#include "web/shared_snapshots.hpp"

#include <algorithm>

namespace iptraf::web {

std::shared_ptr<const Snapshot> Loan::hold() const {
  const std::lock_guard lock(mutex_);
  if (!snapshot_) throw LoanTakenBack();
  return snapshot_;
}

void Loan::take_back() {
  std::shared_ptr<const Snapshot> freed_outside_the_lock;
  const std::lock_guard lock(mutex_);
  freed_outside_the_lock.swap(snapshot_);
}

std::shared_ptr<Loan> SharedSnapshots::get(Clock::time_point now) {
  const std::lock_guard lock(mutex_);  // held while a snapshot is taken: who waits is lent it too
  drop_if_stale(now);
  if (!latest_) {
    make_room();
    latest_began_ = Clock::now();
    latest_ = std::make_shared<Loan>(take_());
    lent_.push_back(latest_);
  }
  return latest_;
}

void SharedSnapshots::make_room() {
  lent_.erase(std::remove_if(lent_.begin(), lent_.end(), [](const auto& loan) { return loan.expired(); }), lent_.end());
  lent_.reserve(max_lent_);
  if (lent_.size() < max_lent_) return;
  if (const auto earliest = lent_.front().lock()) earliest->take_back();
  lent_.erase(lent_.begin());
}

void SharedSnapshots::drop_stale(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  drop_if_stale(now);
}

void SharedSnapshots::drop_if_stale(Clock::time_point now) {
  if (now - latest_began_ >= reuse_) latest_.reset();
}

}  // namespace iptraf::web
