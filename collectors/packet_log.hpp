// SPDX-License-Identifier: GPL-2.0-or-later
// PacketLog: the last packets that are not TCP, for the traffic monitor's lower window.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "core/packet.hpp"

namespace iptraf::collectors {

/// A ring: the latest packet takes the place of the oldest. Threading: one shard.
class PacketLog {
 public:
  static constexpr std::size_t kCapacity = 512;

  /// Copies two cache lines as they are, which is faster than picking out what a line of the window shows.
  void add(const Packet& packet) noexcept {
    Packet& copy = packets_[added_++ % kCapacity];
    std::memcpy(static_cast<void*>(&copy), &packet, kCommonPacketBytes);
    if (packet.detail_kind != DetailKind::kNone) copy.detail = packet.detail;
  }

  /// Appends the packets, the oldest first.
  void copy_to(std::vector<Packet>& packets) const {
    for (std::size_t i = added_ - std::min(added_, kCapacity); i < added_; ++i) {
      packets.push_back(packets_[i % kCapacity]);
    }
  }

  /// The slot begins to stand for a new device.
  void forget_device(DeviceSlot slot) {
    std::vector<Packet> kept;
    copy_to(kept);
    std::erase_if(kept, [slot](const Packet& packet) { return packet.device == slot; });
    std::copy(kept.begin(), kept.end(), packets_.begin());
    added_ = kept.size();
  }

 private:
  std::array<Packet, kCapacity> packets_;
  std::size_t added_ = 0;  ///< since the log was empty
};

}  // namespace iptraf::collectors
