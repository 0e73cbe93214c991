// SPDX-License-Identifier: GPL-2.0-or-later
// FileReplay: the records of a capture file at the times that the replay gives them, once or for ever.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "capture/capture_file.hpp"
#include "capture/frame_filter.hpp"
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
  bool is_looped = false;  ///< start again at the end; times follow the last pass
  ShardNumber shard;       ///< the packets of the others are passed over
};

/// Threading: constructed on the main thread, then one thread at a time.
class FileReplay {
 public:
  /// Throws CaptureError and FilterError.
  explicit FileReplay(FileSettings settings);

  /// Calls visit(FileRecord) for the records that are due and pass the filter, up to `limit`. Times never go back.
  /// Returns how many there were; 0 when none is due, or at the end.
  template <typename Visit>
  std::size_t read(std::size_t limit, Visit visit) noexcept {
    if (has_ended_) return 0;
    return settings_.replay == config::Replay::kRealtime ? read_due(limit, visit) : read_all(limit, visit);
  }

  /// Sleeps until a record may be due, `wake_fd` is readable, or some time has passed.
  void wait(int wake_fd) const noexcept;

  bool has_ended() const noexcept { return has_ended_; }
  /// The file ended in damage, or could not be replayed again.
  bool is_damaged() const noexcept { return is_damaged_; }

  /// Time of the last record handed out, or passed over by the filter.
  Timestamp now() const noexcept { return now_; }

  LinkType link_type() const noexcept { return file_->link_type(); }
  const FileSettings& settings() const noexcept { return settings_; }

 private:
  template <typename Visit>
  std::size_t read_all(std::size_t limit, Visit& visit) noexcept {
    std::size_t visited = 0;
    const std::size_t records = file_->read(limit, [&](FileRecord record) {
      record.time = now_ = shifted(record.time);
      if (!is_wanted(record)) return;
      visit(record);
      ++visited;
    });
    if (records == 0 || file_->damage()) finish_pass();
    return visited;
  }

  /// One record is read ahead, and stays in libpcap's buffer until it is due.
  template <typename Visit>
  std::size_t read_due(std::size_t limit, Visit& visit) noexcept {
    const Timestamp wall = wall_clock();
    std::size_t visited = 0;
    while (visited < limit && !has_ended_) {
      if (!pending_) read_ahead();
      if (!pending_ || pending_->time > wall) break;
      now_ = pending_->time;
      if (is_wanted(*pending_)) {
        visit(*pending_);
        ++visited;
      }
      pending_.reset();
    }
    return visited;
  }

  bool is_wanted(const FileRecord& record) const noexcept {
    return !filter_ || filter_->matches(record.bytes, record.wire_bytes);
  }

  /// The time of a record in this pass, never before that of an earlier one.
  Timestamp shifted(Timestamp time) noexcept {
    if (pass_records_++ == 0) begin_pass(time);
    return latest_ = std::max(sum(time, shift_), latest_);
  }

  /// A file may hold any times: in a loop their sums stop at the latest that there is.
  static Timestamp sum(Timestamp a, Timestamp b) noexcept {
    Timestamp result = 0;
    return __builtin_add_overflow(a, b, &result) ? std::numeric_limits<Timestamp>::max() : result;
  }

  static Timestamp wall_clock() noexcept;
  void read_ahead() noexcept;
  void begin_pass(Timestamp first) noexcept;
  void finish_pass() noexcept;
  void end_with(const std::string& message) noexcept;

  const FileSettings settings_;
  std::unique_ptr<CaptureFile> file_;
  std::unique_ptr<FrameFilter> filter_;
  bool has_ended_ = false;
  bool is_damaged_ = false;
  Timestamp now_ = 0;
  std::optional<FileRecord> pending_;

  // Of the pass over the file that is under way.
  std::uint64_t pass_records_ = 0;
  bool is_later_pass_ = false;
  Timestamp pass_begin_ = 0;  ///< shifted time of its first record
  Timestamp shift_ = 0;
  Timestamp latest_ = 0;  ///< shifted time of the last record read
};

}  // namespace iptraf::capture
