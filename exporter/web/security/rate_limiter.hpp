// SPDX-License-Identifier: GPL-2.0-or-later
// RateLimiter: `rate_limit` of the web configuration, for all requests together.
#pragma once

#include <mutex>
#include <optional>

#include "core/token_bucket.hpp"
#include "web/security/web_config.hpp"

namespace iptraf::web {

/// Any thread.
class RateLimiter {
 public:
  using Moment = TokenBucket::Clock::time_point;

  RateLimiter(const RateLimit& limit, Moment now) {
    if (limit.interval.seconds > 0) bucket_.emplace(1 / limit.interval.seconds, limit.burst, now);
  }

  /// Whether one more request may pass. Without an interval each may.
  bool take(Moment now) {
    if (!bucket_) return true;
    const std::lock_guard lock(mutex_);
    return bucket_->take(now);
  }

 private:
  std::mutex mutex_;
  std::optional<TokenBucket> bucket_;
};

}  // namespace iptraf::web
