// SPDX-License-Identifier: GPL-2.0-or-later
// FileSource: a capture file as a PacketSource: replayed at once or at its own pace, once or for ever.
#include "capture/file_source.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "decode/decoder.hpp"

namespace iptraf::capture {
namespace {

/// Between the last packet of a pass and the first of the next, where the file gives no measure.
constexpr Timestamp kLonePacketGap = kNanosecondsPerSecond;
constexpr Timestamp kSmallestGap = kNanosecondsPerSecond / 1000;

Timestamp wall_clock() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

FileSource::FileSource(FileSettings settings)
    : settings_(std::move(settings)), file_(std::make_unique<CaptureFile>(settings_.path)) {
  if (settings_.is_looped && settings_.path == "-") {
    throw CaptureError("standard input cannot be replayed in a loop: give --capture.loop a file");
  }
  if (!settings_.filter.empty()) filter_ = std::make_unique<FrameFilter>(settings_.filter, file_->dlt());
}

std::size_t FileSource::read(std::span<Packet> out) noexcept {
  if (has_ended_) return 0;
  return settings_.replay == config::Replay::kRealtime ? read_paced(out) : read_file(out);
}

std::size_t FileSource::read_file(std::span<Packet> out) noexcept {
  Batch batch{*this, out};
  const std::size_t records = file_->read(out.size(), on_record, &batch);
  if (records < out.size() && (records == 0 || file_->damage())) finish_pass();
  return batch.count;
}

/// Hands out what is due. One packet is read ahead to know when that is.
std::size_t FileSource::read_paced(std::span<Packet> out) noexcept {
  const Timestamp wall = wall_clock();
  std::size_t count = 0;
  while (count < out.size()) {
    if (!has_pending_) {
      has_pending_ = read_file({&pending_, 1}) == 1;
      if (has_ended_ || !has_pending_) break;
    }
    if (pending_.time > wall) break;
    out[count++] = pending_;
    has_pending_ = false;
    now_ = std::max(now_, pending_.time);
  }
  return count;
}

void FileSource::wait(int wake_fd) noexcept {
  constexpr Timestamp kLongestSleep = kNanosecondsPerSecond / 2;
  Timestamp sleep = 0;
  if (has_pending_) sleep = std::clamp<Timestamp>(pending_.time - wall_clock(), 0, kLongestSleep);
  const timespec timeout{0, sleep};
  pollfd event{wake_fd, POLLIN, 0};
  ::ppoll(&event, 1, &timeout, nullptr);
}

void FileSource::on_record(void* context, const FileRecord& record) {
  auto& batch = *static_cast<Batch*>(context);
  if (batch.source.take(record, batch.out[batch.count])) ++batch.count;
}

/// Decodes one record in libpcap's buffer. False when the filter does not want it.
bool FileSource::take(const FileRecord& record, Packet& packet) noexcept {
  const Timestamp time = shifted(record.time);
  if (settings_.replay == config::Replay::kAsap) now_ = time;
  if (filter_ && !filter_->matches(record.bytes, record.wire_bytes)) return false;
  RawPacket raw;
  raw.bytes = record.bytes;
  raw.wire_bytes = record.wire_bytes;
  raw.link_type = file_->link_type();
  decode::decode(raw, packet);
  packet.time = time;
  packet.device = settings_.device;
  packet.direction = direction_of(packet);
  ++counters_.packets;
  return true;
}

Direction FileSource::direction_of(const Packet& packet) const noexcept {
  if (settings_.local.empty()) return Direction::kReceive;
  const auto is_source = [&packet](const config::LocalMatch& match) {
    if (const auto* const mac = std::get_if<MacAddress>(&match)) return packet.has_macs && packet.source_mac == *mac;
    return has_trusted_ip(packet) && std::get<config::Prefix>(match).contains(packet.source);
  };
  return std::any_of(settings_.local.begin(), settings_.local.end(), is_source) ? Direction::kTransmit
                                                                                : Direction::kReceive;
}

/// The time of a record in this pass, never before that of an earlier one.
Timestamp FileSource::shifted(Timestamp time) noexcept {
  if (pass_records_ == 0) {
    if (is_later_pass_) {
      shift_ = pass_first_ - time;
    } else if (settings_.replay == config::Replay::kRealtime) {
      shift_ = wall_clock() - time;
    }
    pass_first_ = time + shift_;
  }
  ++pass_records_;
  latest_ = std::max(time + shift_, latest_);
  return latest_;
}

void FileSource::finish_pass() noexcept {
  if (file_->damage()) {
    counters_.is_damaged = true;
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
  const Timestamp gap = intervals == 0 ? kLonePacketGap : std::max((latest_ - pass_first_) / intervals, kSmallestGap);
  pass_first_ = latest_ + gap;
  is_later_pass_ = true;
  pass_records_ = 0;
  try {
    file_ = std::make_unique<CaptureFile>(settings_.path);
  } catch (const std::exception& error) {
    end_with(error.what());
  }
}

void FileSource::end_with(const std::string& message) noexcept {
  has_ended_ = true;
  spdlog::error("{}", message);
}

}  // namespace iptraf::capture
