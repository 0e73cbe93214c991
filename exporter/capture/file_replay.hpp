// SPDX-License-Identifier: GPL-2.0-or-later
// FileReplay: the records of a capture file at the times that the replay gives them, once or for ever.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "capture/capture_file.hpp"
#include "capture/step_barrier.hpp"
#include "config/addresses.hpp"
#include "config/config.hpp"

namespace iptraf::capture {

/// Which of how many threads a source belongs to; see shard_of().
struct ShardNumber {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
};

struct FileSettings {
  std::string path;                       ///< "-": standard input
  std::string filter;                     ///< pcap-filter expression, empty: everything
  std::vector<config::LocalMatch> local;  ///< sources that count as transmitted
  config::Replay replay = config::Replay::kAsap;
  bool is_looped = false;                  ///< start again at the end; times follow the last pass
  ShardNumber shard;                       ///< the packets of the others are passed over
  std::shared_ptr<StepBarrier> barrier{};  ///< null: nobody takes the steps of packet time; at full speed alone
};

/// Threading: constructed on the main thread, then one thread at a time.
class FileReplay {
 public:
  /// Throws CaptureError and FilterError.
  explicit FileReplay(FileSettings settings);

  /// The next records that are due, up to `limit`, with the times of the replay, which never go back; none when none is
  /// due, or at the end. They are the caller's until the next read.
  std::span<FileRecord> read(std::size_t limit) noexcept;

  /// Tells the barrier when nothing can be handed out because of the step, or because there is nothing more. All that
  /// was handed out before must have been counted.
  void tell_barrier() noexcept;

  /// Sleeps until a record may be due, `wake_fd` is readable, or some time has passed.
  void wait(int wake_fd) const noexcept;

  bool has_ended() const noexcept { return has_ended_; }
  /// The file ended in damage, or could not be replayed again.
  bool is_damaged() const noexcept { return is_damaged_; }

  /// Time of the last record handed out.
  Timestamp now() const noexcept { return now_; }

  LinkType link_type() const noexcept { return file_->link_type(); }
  int dlt() const noexcept { return file_->dlt(); }
  const FileSettings& settings() const noexcept { return settings_; }

 private:
  /// A file may hold any times: in a loop their sums stop at the latest that there is.
  static Timestamp sum(Timestamp a, Timestamp b) noexcept {
    Timestamp result = 0;
    return __builtin_add_overflow(a, b, &result) ? std::numeric_limits<Timestamp>::max() : result;
  }

  static Timestamp wall_clock() noexcept;
  bool waits_for_step() const noexcept;
  std::size_t due(std::size_t limit) const noexcept;
  void read_ahead() noexcept;
  void begin_pass(Timestamp first) noexcept;
  void finish_pass() noexcept;
  void end_with(const std::string& message) noexcept;

  const FileSettings settings_;
  std::unique_ptr<CaptureFile> file_;
  bool has_ended_ = false;
  bool is_damaged_ = false;
  Timestamp now_ = 0;
  std::vector<FileRecord> records_;
  std::span<FileRecord> ahead_;  ///< the part of records_ that has been read and not handed out

  // Of the pass over the file that is under way.
  std::uint64_t pass_records_ = 0;
  bool is_later_pass_ = false;
  Timestamp pass_begin_ = 0;  ///< shifted time of its first record
  Timestamp shift_ = 0;
  Timestamp latest_ = 0;  ///< shifted time of the last record read
};

}  // namespace iptraf::capture
