// SPDX-License-Identifier: GPL-2.0-or-later
// TrafficEvent: what IPTraf's traffic monitor logs as it happens, and the ring that carries it out of a shard.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/packet.hpp"

namespace iptraf {

enum class TrafficEventKind : std::uint8_t {
  kFirstPacket,      ///< of one side of a connection
  kFinSent,          ///< also when it is sent again
  kFinAcknowledged,  ///< by who sent the packet
  kReset,
  kTimedOut,
  kNewSourceMac,
  kPacket,  ///< one that is not TCP
};

/// Plain data. Of a connection only the addresses, ports, device and flags of `packet` are meant, and its IP bytes.
struct TrafficEvent {
  Packet packet;
  std::uint64_t packets = 0;  ///< of the side that sent the packet, with it
  std::uint64_t bytes = 0;
  std::uint64_t opposite_packets = 0;
  std::uint64_t opposite_bytes = 0;
  Timestamp first_seen = 0;   ///< of the connection
  MacAddress previous_mac{};  ///< with kNewSourceMac
  TrafficEventKind kind = TrafficEventKind::kPacket;
};

/// A bounded queue from one shard to one log. What does not fit is counted and gone: a shard never waits.
/// Threading: push() by one thread, drain() and dropped() by another. Neither locks, allocates or calls the system.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): each thread writes to a cache line of its own
class TrafficEventRing {
 public:
  /// `capacity` is a power of two. All memory is taken here.
  explicit TrafficEventRing(std::size_t capacity)
      : events_(std::make_unique<TrafficEvent[]>(capacity)), mask_(capacity - 1) {}

  void push(const TrafficEvent& event) noexcept {
    const std::size_t end = end_.load(std::memory_order_relaxed);
    if (end - begin_.load(std::memory_order_acquire) > mask_) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    events_[end & mask_] = event;
    end_.store(end + 1, std::memory_order_release);
  }

  /// Hands over all events that are there at the call, the oldest first.
  template <typename Visit>
  void drain(Visit visit) {
    const std::size_t end = end_.load(std::memory_order_acquire);
    for (std::size_t i = begin_.load(std::memory_order_relaxed); i != end; ++i) {
      visit(events_[i & mask_]);
      begin_.store(i + 1, std::memory_order_release);
    }
  }

  /// Events that did not fit, since the start.
  std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  const std::unique_ptr<TrafficEvent[]> events_;
  const std::size_t mask_;
  alignas(64) std::atomic<std::size_t> begin_{0};
  alignas(64) std::atomic<std::size_t> end_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace iptraf
