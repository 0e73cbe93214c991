// SPDX-License-Identifier: GPL-2.0-or-later
// RateMeter: the rates of a total that is read once in each log interval.
#pragma once

#include <algorithm>

#include "core/log_figures.hpp"

namespace iptraf::output {

struct Rate {
  double bytes = 0;  ///< per second
  double packets = 0;
};

/// Less than a second counts as one.
inline Rate rate_of(const Tally& tally, double seconds) {
  const double divisor = std::max(seconds, 1.0);
  return {static_cast<double>(tally.bytes) / divisor, static_cast<double>(tally.packets) / divisor};
}

class RateMeter {
 public:
  /// `total` as it is `seconds` after the start. One that went back was forgotten meanwhile and counts anew, such as a
  /// station that was idle.
  void update(const Tally& total, double seconds) {
    average_ = rate_of(total, seconds);
    const bool has_restarted = total.packets < total_.packets || total.bytes < total_.bytes;
    const Tally before = has_restarted ? Tally{} : total_;
    latest_ = rate_of({total.packets - before.packets, total.bytes - before.bytes}, seconds - seconds_);
    peak_ = {std::max(peak_.bytes, latest_.bytes), std::max(peak_.packets, latest_.packets)};
    total_ = total;
    seconds_ = seconds;
  }

  const Rate& average() const noexcept { return average_; }  ///< since the start
  const Rate& latest() const noexcept { return latest_; }    ///< of the interval before the last update
  const Rate& peak() const noexcept { return peak_; }        ///< of the highest interval

 private:
  Tally total_;
  double seconds_ = 0;
  Rate average_;
  Rate latest_;
  Rate peak_;
};

/// Both directions and their sum.
struct TwoWayMeter {
  RateMeter total;
  RateMeter in;
  RateMeter out;

  void update(const TwoWays& traffic, double seconds) {
    total.update(traffic.total(), seconds);
    in.update(traffic.in, seconds);
    out.update(traffic.out, seconds);
  }
};

}  // namespace iptraf::output
