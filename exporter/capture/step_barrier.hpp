// SPDX-License-Identifier: GPL-2.0-or-later
// StepBarrier: where the sources of a capture file wait for each other, so that outputs see every step of packet time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "core/file_descriptor.hpp"
#include "core/packet.hpp"

namespace iptraf::capture {

/// A file read at full speed passes a step of an output in an instant. No source hands out a record that belongs to a
/// later step than the one that is open; when all have come to its end, who takes the steps takes a snapshot and opens
/// another.
/// Threading: sources on their capture threads, one taker on its own.
class StepBarrier {
 public:
  /// No step is open at first.
  explicit StepBarrier(std::size_t sources);

  /// Records before this time may pass.
  Timestamp end_of_step() const noexcept { return end_.load(std::memory_order_acquire); }

  /// A source's next record is of `time`, which is not before end_of_step(); kNever when it has ended. May be said
  /// again.
  void arrive(std::size_t source, Timestamp time);

  /// Readable once a new step is open; cleared by arrive().
  int wake_fd(std::size_t source) const noexcept { return wake_fds_[source].get(); }

  /// Waits until all sources have arrived. The earliest time that one waits with, kNever when all have ended; nothing
  /// when stop() was called.
  std::optional<Timestamp> wait();

  /// Lets the sources go on up to `end`, which is later than before.
  void open(Timestamp end);

  /// Ends wait() and lets everything pass. Any thread.
  void stop();

 private:
  void wake_sources() noexcept;

  std::atomic<Timestamp> end_;
  std::vector<FileDescriptor> wake_fds_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::optional<Timestamp>> times_;  ///< with which each source waits
  bool is_stopped_ = false;
};

}  // namespace iptraf::capture
