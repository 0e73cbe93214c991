// SPDX-License-Identifier: GPL-2.0-or-later
// TokenBucket: so many events in a second, and so many at once after a pause.
#pragma once

#include <algorithm>
#include <chrono>

namespace iptraf {

/// Full at the start. Threading: one thread at a time.
class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  /// `per_second` and `burst` are above 0.
  TokenBucket(double per_second, double burst, Clock::time_point now)
      : per_second_(per_second), burst_(burst), tokens_(burst), filled_at_(now) {}

  /// True when there was a token to take.
  bool take(Clock::time_point now) {
    fill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  /// How long until take() can succeed: 0 when it can now.
  std::chrono::duration<double> wait(Clock::time_point now) {
    fill(now);
    return std::chrono::duration<double>(std::max(0.0, (1 - tokens_) / per_second_));
  }

 private:
  /// Moments may come out of order: an earlier one brings nothing.
  void fill(Clock::time_point now) {
    if (now <= filled_at_) return;
    const double seconds = std::chrono::duration<double>(now - filled_at_).count();
    tokens_ = std::min(burst_, tokens_ + seconds * per_second_);
    filled_at_ = now;
  }

  double per_second_;
  double burst_;
  double tokens_;
  Clock::time_point filled_at_;
};

}  // namespace iptraf
