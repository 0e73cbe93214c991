// SPDX-License-Identifier: GPL-2.0-or-later
// Lending and counting of snapshots.
#include "web/shared_snapshots.hpp"

#include <algorithm>

namespace iptraf::web {

std::shared_ptr<const Snapshot> SharedSnapshots::get(Clock::time_point now) {
  const std::lock_guard lock(mutex_);  // held while a snapshot is taken: who waits is lent it too
  drop_if_stale(now);
  if (!latest_) {
    lent_.erase(std::remove_if(lent_.begin(), lent_.end(), [](const auto& loan) { return loan.expired(); }),
                lent_.end());
    if (lent_.size() >= max_lent_) throw TooManySnapshots();
    lent_.reserve(lent_.size() + 1);
    latest_began_ = Clock::now();
    latest_ = std::make_shared<const Loan>(Loan{take_()});
    lent_.push_back(latest_);
  }
  return {latest_, latest_->snapshot.get()};
}

void SharedSnapshots::drop_stale(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  drop_if_stale(now);
}

void SharedSnapshots::drop_if_stale(Clock::time_point now) {
  if (now - latest_began_ >= reuse_) latest_.reset();
}

}  // namespace iptraf::web
