// SPDX-License-Identifier: GPL-2.0-or-later
// The device table: which interface (or capture file) owns which slot of every per-device array.
#include "core/device.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace iptraf {
namespace {

constexpr std::string_view kOtherDeviceName = "other";
constexpr auto kNoSlot = static_cast<DeviceSlot>(kDeviceSlots);

}  // namespace

DeviceSlot DeviceTable::find(std::string_view name) const {
  const auto found = std::find_if(devices_.begin(), devices_.end(),
                                  [&](const Device& device) { return device.is_used && device.name == name; });
  return static_cast<DeviceSlot>(found - devices_.begin());
}

DeviceSlot DeviceTable::find_longest_gone() const {
  DeviceSlot longest = kNoSlot;
  for (DeviceSlot slot = 0; slot < kMaxDevices; ++slot) {
    if (!devices_[slot].is_gone || slot == stand_in_) continue;
    if (longest == kNoSlot || devices_[slot].gone_order < devices_[longest].gone_order) longest = slot;
  }
  return longest;
}

DeviceSlot DeviceTable::find_or_take(std::string_view name) {
  if (const DeviceSlot known = find(name); known != kNoSlot) return known;
  const auto end = devices_.begin() + kMaxDevices;
  const auto unused = std::find_if(devices_.begin(), end, [](const Device& device) { return !device.is_used; });
  if (unused != end) return static_cast<DeviceSlot>(unused - devices_.begin());
  if (const DeviceSlot gone = find_longest_gone(); gone != kNoSlot) return gone;
  // Two slots of one name would be two series of one label.
  const DeviceSlot namesake = find(kOtherDeviceName);
  return stand_in_ = namesake == kNoSlot ? kOtherDevice : namesake;
}

DeviceSlot DeviceTable::admit(std::string_view raw_name, LinkKind kind, std::uint32_t mtu_bytes, bool is_up) {
  const std::string name = printable_utf8(raw_name);
  const std::lock_guard lock(mutex_);
  const DeviceSlot slot = find_or_take(name);
  Device& device = devices_[slot];
  const std::string_view shown = slot == stand_in_ ? kOtherDeviceName : std::string_view(name);
  const bool begins_new_life = !device.is_used || device.name != shown;
  const bool is_owner = slot != kOtherDevice && shown == name;
  if (!is_owner && !begins_new_life) return slot;
  if (begins_new_life) {
    device.name = shown;
    ++device.life;
    device.is_used = true;
  }
  device.kind = kind;
  device.mtu_bytes = mtu_bytes;
  device.is_up = is_up || !is_owner;  // many devices have no one state
  device.is_gone = false;
  if (begins_new_life) version_.fetch_add(1, std::memory_order_release);
  return slot;
}

bool DeviceTable::stands_for(DeviceSlot slot, std::string_view raw_name) const {
  const std::string name = printable_utf8(raw_name);
  const std::lock_guard lock(mutex_);
  return slot < kDeviceSlots && devices_[slot].is_used && devices_[slot].name == name;
}

void DeviceTable::update(DeviceSlot slot, std::uint32_t mtu_bytes, bool is_up) {
  if (slot >= kMaxDevices) return;
  const std::lock_guard lock(mutex_);
  devices_[slot].mtu_bytes = mtu_bytes;
  devices_[slot].is_up = is_up;
}

void DeviceTable::set_gone(DeviceSlot slot) {
  if (slot >= kMaxDevices) return;
  const std::lock_guard lock(mutex_);
  Device& device = devices_[slot];
  device.is_up = false;
  if (!device.is_gone) device.gone_order = ++gone_count_;
  device.is_gone = true;
}

DeviceArray DeviceTable::copy() const {
  const std::lock_guard lock(mutex_);
  return devices_;
}

}  // namespace iptraf
