// SPDX-License-Identifier: GPL-2.0-or-later
// PacketSplitter: one source for several shards, each with the packets that shard_of() gives it.
#include "capture/packet_splitter.hpp"

#include <poll.h>

#include <algorithm>

namespace iptraf::capture {

void PacketSplitter::Queue::push(const Packet& packet) noexcept {
  packets_[(head_ + size_) % kCapacity] = packet;
  ++size_;
}

std::size_t PacketSplitter::Queue::pop(std::span<Packet> out) noexcept {
  const std::size_t count = std::min(out.size(), size_);
  for (std::size_t i = 0; i < count; ++i) out[i] = packets_[(head_ + i) % kCapacity];
  head_ = (head_ + count) % kCapacity;
  size_ -= count;
  return count;
}

/// One shard's view. It counts the packets that it hands out itself, so that every thread has its own total.
class PacketSplitter::Part final : public PacketSource {
 public:
  Part(PacketSplitter& splitter, std::uint32_t index) : splitter_(splitter), index_(index) {}

  std::size_t read(std::span<Packet> out) noexcept override {
    const std::size_t count = splitter_.read(index_, out);
    counters_.packets += count;
    if (count != 0) now_ = out[count - 1].time;
    return count;
  }

  void wait(int wake_fd) noexcept override {
    constexpr int kMillisecondsUntilOthersDrained = 1;
    pollfd event{wake_fd, POLLIN, 0};
    ::poll(&event, 1, kMillisecondsUntilOthersDrained);
  }

  bool has_ended() const noexcept override { return splitter_.has_ended(index_); }

  /// The time of the whole source counts only once nothing is queued here that is older.
  Timestamp now() const noexcept override { return has_ended() ? splitter_.source_->now() : now_; }

  CaptureCounters counters() const noexcept override {
    CaptureCounters counters = counters_;
    const std::lock_guard lock(splitter_.mutex_);
    counters.is_damaged = splitter_.source_->counters().is_damaged;
    return counters;
  }

 private:
  PacketSplitter& splitter_;
  const std::uint32_t index_;
  CaptureCounters counters_;
  Timestamp now_ = 0;
};

PacketSplitter::PacketSplitter(std::unique_ptr<PacketSource> source, std::uint32_t shards)
    : source_(std::move(source)), queues_(shards), batch_(kBatch) {}

PacketSplitter::~PacketSplitter() = default;

std::unique_ptr<PacketSource> PacketSplitter::part(std::uint32_t index) { return std::make_unique<Part>(*this, index); }

std::size_t PacketSplitter::read(std::uint32_t index, std::span<Packet> out) noexcept {
  const std::lock_guard lock(mutex_);
  const auto shards = static_cast<std::uint32_t>(queues_.size());
  while (queues_[index].size() == 0 && has_room_everywhere()) {
    const std::size_t count = source_->read(batch_);
    if (count == 0) break;
    for (const Packet& packet : std::span(batch_).first(count)) queues_[shard_of(packet, shards)].push(packet);
  }
  return queues_[index].pop(out);
}

bool PacketSplitter::has_ended(std::uint32_t index) const noexcept {
  const std::lock_guard lock(mutex_);
  return source_->has_ended() && queues_[index].size() == 0;
}

bool PacketSplitter::has_room_everywhere() const noexcept {
  return std::all_of(queues_.begin(), queues_.end(), [](const Queue& queue) { return queue.has_room(); });
}

}  // namespace iptraf::capture
