// SPDX-License-Identifier: GPL-2.0-or-later
// PacketSource: where Packets come from. The live ring and the capture file are two of a kind.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/packet.hpp"

namespace iptraf::capture {

/// Totals of one capture thread since its start.
struct CaptureCounters {
  std::uint64_t packets = 0;            ///< handed to the collectors, as captured (a super-packet is one)
  std::uint64_t dropped_packets = 0;    ///< the kernel had no room for them
  std::uint64_t ring_freezes = 0;       ///< times the kernel found the ring full
  bool is_damaged = false;              ///< a capture file ended early
  std::uint64_t estimated_packets = 0;  ///< super-packets whose segments were estimated, not told by the kernel
};

/// The source cannot be opened. what() says which, why and what to do; the program exits with 2.
class CaptureError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Hands out decoded packets in batches.
/// Threading: constructed on the main thread, then used by one capture thread alone.
class PacketSource {
 public:
  virtual ~PacketSource() = default;

  /// Decodes up to out.size() packets into `out` and returns how many; 0: none now, wait() first.
  /// Packet times never go back: an earlier stamp is raised to the latest one seen.
  virtual std::size_t read(std::span<Packet> out) noexcept = 0;

  /// Sleeps until packets may be there, `wake_fd` becomes readable, or some time has passed.
  virtual void wait(int wake_fd) noexcept = 0;

  /// No packet will ever come again: the end of a capture file.
  virtual bool has_ended() const noexcept = 0;

  /// The latest time known; an idle live link advances it, a file stands still.
  virtual Timestamp now() const noexcept = 0;

  virtual CaptureCounters counters() const noexcept = 0;
};

}  // namespace iptraf::capture
