// SPDX-License-Identifier: GPL-2.0-or-later
// TokenBucket: lets a burst of requests pass, then one each interval.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

#include "web/security/web_config.hpp"

namespace iptraf::web {

/// Any thread. Begins full.
class TokenBucket {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  TokenBucket(RateLimit limit, Moment now) : limit_(limit), tokens_(limit.burst), filled_at_(now) {}

  const RateLimit& limit() const { return limit_; }

  /// Takes a token. False: there is none. Without an interval there is always one.
  bool take(Moment now) {
    if (limit_.interval.seconds <= 0) return true;
    const std::lock_guard lock(mutex_);
    const double passed_seconds = std::chrono::duration<double>(now - filled_at_).count();
    tokens_ = std::min<double>(limit_.burst, tokens_ + std::max(passed_seconds, 0.0) / limit_.interval.seconds);
    filled_at_ = std::max(filled_at_, now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  const RateLimit limit_;
  std::mutex mutex_;
  double tokens_;
  Moment filled_at_;
};

}  // namespace iptraf::web
