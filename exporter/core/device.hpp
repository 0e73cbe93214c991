// SPDX-License-Identifier: GPL-2.0-or-later
// The device table: which interface (or capture file) owns which slot of every per-device array.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "core/packet.hpp"

namespace iptraf {

/// What the LAN facilities need to know of a link layer.
enum class LinkKind : std::uint8_t { kEthernet, kFddi, kLoopback, kOther };

/// One slot of the table. `life` counts how often the slot began to stand for a new name.
struct Device {
  std::string name;
  std::uint32_t mtu_bytes = 0;
  bool is_up = false;
  bool is_used = false;  ///< some device owns (or owned) the slot: its series are shown
  bool is_gone = false;  ///< the interface was removed or renamed away
  LinkKind kind = LinkKind::kEthernet;
  std::uint64_t life = 0;
  std::uint64_t gone_order = 0;  ///< which went first, among the gone
};

using DeviceArray = std::array<Device, kDeviceSlots>;

/// Names to slots. A name keeps its slot for as long as there is room, so that counters go on when an
/// interface returns; over kMaxDevices the longest gone is dropped, then one slot named "other" stands in:
/// kOtherDevice, or the slot of a device that is itself named so. No two slots ever share a name.
///
/// Threading: any thread. The lock is taken when interfaces change and when a snapshot is assembled,
/// never per packet: shards compare version().
class DeviceTable {
 public:
  /// The slot of `name`, present from now on. What is no printable text in the name is shown as `\xNN`.
  DeviceSlot admit(std::string_view name, LinkKind kind, std::uint32_t mtu_bytes, bool is_up);

  /// False when the slot stands in for `name`, or has begun to stand for another device.
  bool stands_for(DeviceSlot slot, std::string_view name) const;

  /// New state of a device that has a slot; kOtherDevice is left alone.
  void update(DeviceSlot slot, std::uint32_t mtu_bytes, bool is_up);

  /// The interface was removed or renamed: down, and the first to be dropped when slots run out.
  void set_gone(DeviceSlot slot);

  /// True once, for the one who has to tell that a device found no slot of its own.
  bool is_first_to_tell_limit() noexcept { return !was_limit_told_.exchange(true, std::memory_order_relaxed); }

  /// Changes whenever a slot begins a new life.
  std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }

  DeviceArray copy() const;

 private:
  DeviceSlot find_or_take(std::string_view name);
  DeviceSlot find(std::string_view name) const;
  DeviceSlot find_longest_gone() const;

  mutable std::mutex mutex_;
  DeviceArray devices_;
  DeviceSlot stand_in_ = kOtherDevice;  ///< the slot named "other": never dropped once it stands in
  std::uint64_t gone_count_ = 0;
  std::atomic<bool> was_limit_told_{false};
  std::atomic<std::uint64_t> version_{1};
};

}  // namespace iptraf
