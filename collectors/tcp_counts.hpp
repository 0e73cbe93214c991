// SPDX-License-Identifier: GPL-2.0-or-later
// TcpCounts: the totals of one device's TCP connections, and the metrics that show them.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "collectors/connection.hpp"
#include "config/config.hpp"
#include "core/log_figures.hpp"
#include "core/metric.hpp"
#include "core/round_robin.hpp"
#include "core/sample.hpp"
#include "core/snapshot.hpp"

namespace iptraf::collectors {

inline constexpr std::array<std::string_view, kConnectionStates> kStateWords{"opening", "established", "closing",
                                                                             "closed",  "reset",       "idle"};

/// Counts of a histogram whose bounds are known at compile time. Sums are kept as whole numbers.
template <std::size_t Bounds>
class FixedHistogram {
 public:
  /// `bounds` ascending, in the unit of what is observed.
  void observe(std::uint64_t value, const std::array<std::uint64_t, Bounds>& bounds) noexcept {
    std::size_t bucket = 0;
    while (bucket < Bounds && value > bounds[bucket]) ++bucket;
    ++counts_[bucket];
    sum_ += value;
  }

  const std::array<std::uint64_t, Bounds + 1>& counts() const noexcept { return counts_; }
  std::uint64_t sum() const noexcept { return sum_; }

 private:
  std::array<std::uint64_t, Bounds + 1> counts_{};
  std::uint64_t sum_ = 0;
};

/// Label `flags`, in the order in which the first that applies is taken.
enum class FlagsWord : std::uint8_t { kRst, kSynAck, kSyn, kFin, kOther };
inline constexpr std::size_t kFlagsWords = 5;

/// Plain counts; which device they are of is known to who holds them. Threading: one shard.
class TcpCounts {
 public:
  /// A packet with a TCP header, whether or not it belongs to a connection. Of a super-packet only the last segment has
  /// the FIN.
  void count_packet(const Packet& packet) noexcept;

  void on_begin(const Connection& connection) noexcept;
  /// `reason` and the state that it leads to; call before the connection's own state is set.
  void on_end(const Connection& connection, ConnectionState state, EndReason reason) noexcept;
  void on_state(ConnectionState from, ConnectionState to) noexcept;
  void on_handshake(Timestamp duration) noexcept;
  /// An ended connection is no longer shown.
  void on_forget(const Connection& connection) noexcept;

  void sample(SampleWriter& out, DeviceSlot slot) const;

 private:
  static constexpr std::size_t kDurationBounds = 9;
  static constexpr std::size_t kBytesBounds = 7;
  static constexpr std::size_t kHandshakeBounds = 10;

  std::uint64_t& shown(ConnectionState state) noexcept { return shown_[static_cast<std::size_t>(state)]; }

  std::array<std::uint64_t, kFlagsWords> packets_{};
  std::array<std::uint64_t, kConnectionStates> shown_{};
  std::array<std::uint64_t, kStarts> opened_{};
  std::array<std::uint64_t, kEndReasons> ended_{};
  std::uint64_t partial_ = 0;                  ///< open connections that were first seen in mid-stream
  FixedHistogram<kDurationBounds> durations_;  ///< microseconds
  FixedHistogram<kBytesBounds> bytes_;
  FixedHistogram<kHandshakeBounds> handshakes_;  ///< microseconds
};

/// The families that TcpCounts fills.
std::span<const MetricDesc* const> tcp_metrics();

/// Adds tcp_connections.rrd of each device.
void add_tcp_round_robin(const Snapshot& snapshot, const config::Rrd& settings, RoundRobinFiles& files);

/// Adds to the devices that there is a traffic monitor, and its open connections when the snapshot has rows.
void add_tcp_log_figures(const Snapshot& snapshot, LogFigures& figures);

/// How many series sample() writes.
inline constexpr std::uint32_t kTcpSeriesPerDevice = 54;

}  // namespace iptraf::collectors
