// SPDX-License-Identifier: GPL-2.0-or-later
// SnapshotGate: how a reader asks a capture thread for its numbers without ever making it wait.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/file_descriptor.hpp"

namespace iptraf {

/// Ask and answer by number. While an answer is due, the shard's report belongs to the shard; once it has
/// answered, to the reader, until the reader asks again. So the report needs no lock.
///
/// Threading: ask() and wait() by one reader at a time (the Snapshotter sees to that), the rest by the shard.
class SnapshotGate {
 public:
  SnapshotGate();

  /// Reader: the shard is to answer after its current batch, with its rows if they are wanted. No new question while
  /// one is open.
  void ask(bool wants_rows = false);

  /// Reader: true when the answer is there, false when `deadline` passed; the question then stays open.
  bool wait(std::chrono::steady_clock::time_point deadline);

  /// Shard, between two batches: one relaxed load. Once asked, the report is the shard's again, which takes an
  /// acquire: the reader may just have read it.
  bool is_asked() const noexcept {
    return asked_.load(std::memory_order_relaxed) != answered_by_shard_ &&
           asked_.load(std::memory_order_acquire) != answered_by_shard_;
  }

  /// Shard, once asked: the number of the open question. A reader that asks several shards asks none anew before all
  /// have answered, so that the number is the same on all of them.
  std::uint64_t question() const noexcept { return asked_.load(std::memory_order_relaxed); }

  /// Shard, once asked: whether the open question wants rows too.
  bool wants_rows() const noexcept { return wants_rows_.load(std::memory_order_relaxed); }

  /// Shard: the report is complete.
  void answer() noexcept;

  /// Shard: readable while a question may be open; poll it when idle, clear_wake() before answering.
  int wake_fd() const noexcept { return wake_.get(); }
  void clear_wake() const noexcept;

  /// Any thread: interrupts the shard's sleep.
  void wake() const noexcept;

 private:
  FileDescriptor wake_;
  FileDescriptor done_;
  std::atomic<std::uint64_t> asked_{0};
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<bool> wants_rows_{false};  ///< written before asked_, which orders it
  std::uint64_t answered_by_shard_ = 0;
};

}  // namespace iptraf
