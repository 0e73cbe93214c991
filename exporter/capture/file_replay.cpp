// SPDX-License-Identifier: GPL-2.0-or-later
// FileReplay: the records of a capture file at the times that the replay gives them, once or for ever.
#include "capture/file_replay.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "capture/packet_source.hpp"
#include "core/shortage.hpp"

namespace iptraf::capture {
namespace {

/// Between the last packet of a pass and the first of the next, where the file gives no measure.
constexpr Timestamp kLonePacketGap = kNanosecondsPerSecond;
constexpr Timestamp kSmallestGap = kNanosecondsPerSecond / 1000;

constexpr std::size_t kRecordsAhead = 256;

/// Standard input can be read once, by one.
FileSettings checked(FileSettings settings) {
  if (settings.path != "-") return settings;
  if (settings.is_looped) throw CaptureError("standard input cannot be replayed in a loop: give it a file");
  if (settings.shard.count > 1) {
    throw CaptureError("standard input cannot be read by several threads: set capture.threads to 1");
  }
  return settings;
}

}  // namespace

FileReplay::FileReplay(FileSettings settings)
    : settings_(checked(std::move(settings))),
      file_(std::make_unique<CaptureFile>(settings_.path)),
      records_(kRecordsAhead) {}

Timestamp FileReplay::wall_clock() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void FileReplay::wait(int wake_fd) const noexcept {
  constexpr Timestamp kLongestSleep = kNanosecondsPerSecond / 2;
  Timestamp sleep = 0;
  if (waits_for_step()) {
    sleep = kLongestSleep;
  } else if (!ahead_.empty()) {
    sleep = std::clamp<Timestamp>(ahead_.front().time - wall_clock(), 0, kLongestSleep);
  }
  const timespec timeout{0, sleep};
  const int step_fd = settings_.barrier ? settings_.barrier->wake_fd(settings_.shard.index) : -1;
  pollfd events[] = {{wake_fd, POLLIN, 0}, {step_fd, POLLIN, 0}};
  ::ppoll(events, 2, &timeout, nullptr);
}

bool FileReplay::waits_for_step() const noexcept {
  return settings_.barrier && !ahead_.empty() && ahead_.front().time >= settings_.barrier->end_of_step();
}

void FileReplay::tell_barrier() noexcept {
  if (!settings_.barrier) return;
  if (waits_for_step()) settings_.barrier->arrive(settings_.shard.index, ahead_.front().time);
  if (has_ended_ && ahead_.empty()) settings_.barrier->arrive(settings_.shard.index, kNever);
}

std::span<FileRecord> FileReplay::read(std::size_t limit) noexcept {
  if (ahead_.empty() && !has_ended_) read_ahead();
  const std::size_t count = due(std::min(limit, ahead_.size()));
  const std::span<FileRecord> records = ahead_.first(count);
  ahead_ = ahead_.subspan(count);
  if (count != 0) now_ = records.back().time;
  return records;
}

/// How many of the first `limit` records ahead may be handed out now.
std::size_t FileReplay::due(std::size_t limit) const noexcept {
  const bool is_realtime = settings_.replay == config::Replay::kRealtime;
  if ((!is_realtime && !settings_.barrier) || limit == 0) return limit;
  const Timestamp end = is_realtime ? wall_clock() + 1 : settings_.barrier->end_of_step();
  const auto is_due = [end](const FileRecord& record) { return record.time < end; };
  const std::span<FileRecord> candidates = ahead_.first(limit);
  return static_cast<std::size_t>(std::ranges::partition_point(candidates, is_due) - candidates.begin());
}

/// What the file gives at once, with the times of this pass, never before that of an earlier one.
void FileReplay::read_ahead() noexcept {
  ahead_ = std::span(records_).first(file_->read(records_));
  if (ahead_.empty()) {
    finish_pass();
    return;
  }
  if (pass_records_ == 0) begin_pass(ahead_.front().time);
  pass_records_ += ahead_.size();
  for (FileRecord& record : ahead_) record.time = latest_ = std::max(sum(record.time, shift_), latest_);
}

void FileReplay::begin_pass(Timestamp first) noexcept {
  if (is_later_pass_) {
    shift_ = pass_begin_ - first;
  } else if (settings_.replay == config::Replay::kRealtime) {
    shift_ = wall_clock() - first;
  }
  pass_begin_ = sum(first, shift_);
}

void FileReplay::finish_pass() noexcept {
  if (file_->damage()) {
    end_with(*file_->damage());
    return;
  }
  if (!settings_.is_looped) {
    has_ended_ = true;
    return;
  }
  if (pass_records_ == 0) {
    end_with("capture file " + settings_.path + " holds no packet to replay in a loop");
    return;
  }
  const auto intervals = static_cast<Timestamp>(pass_records_ - 1);
  const Timestamp gap = intervals == 0 ? kLonePacketGap : std::max((latest_ - pass_begin_) / intervals, kSmallestGap);
  pass_begin_ = sum(latest_, gap);
  is_later_pass_ = true;
  pass_records_ = 0;
  try {
    file_ = file_->begin_again();
  } catch (const std::exception& error) {
    end_with(reason_of(error));
  }
}

void FileReplay::end_with(const std::string& message) noexcept {
  has_ended_ = true;
  is_damaged_ = true;
  if (settings_.shard.index == 0) spdlog::error("{}", message);  // the others have met the same
}

}  // namespace iptraf::capture
