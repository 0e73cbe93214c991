// SPDX-License-Identifier: GPL-2.0-or-later
// PacketSplitter: one source for several shards, each with the packets that shard_of() gives it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "capture/packet_source.hpp"

namespace iptraf::capture {

/// Whichever shard runs dry reads the next batch for all and sorts it into their queues, so that two threads
/// share the reading as well. The order of the packets of one shard is the order of the source.
/// Threading: part(i) belongs to shard i; the lock is taken once per batch.
class PacketSplitter {
 public:
  PacketSplitter(std::unique_ptr<PacketSource> source, std::uint32_t shards);
  ~PacketSplitter();

  /// The source of shard `index`. The splitter must outlive it.
  std::unique_ptr<PacketSource> part(std::uint32_t index);

 private:
  class Part;

  /// A first-in first-out queue of fixed capacity.
  class Queue {
   public:
    Queue() : packets_(kCapacity) {}
    std::size_t size() const noexcept { return size_; }
    bool has_room() const noexcept { return size_ + kBatch <= kCapacity; }
    void push(const Packet& packet) noexcept;
    std::size_t pop(std::span<Packet> out) noexcept;

   private:
    std::vector<Packet> packets_;
    std::size_t head_ = 0;
    std::size_t size_ = 0;
  };

  static constexpr std::size_t kBatch = 256;
  static constexpr std::size_t kCapacity = 16 * kBatch;

  std::size_t read(std::uint32_t index, std::span<Packet> out) noexcept;
  bool has_ended(std::uint32_t index) const noexcept;
  bool has_room_everywhere() const noexcept;

  std::unique_ptr<PacketSource> source_;
  mutable std::mutex mutex_;
  std::vector<Queue> queues_;
  std::vector<Packet> batch_;
};

}  // namespace iptraf::capture
