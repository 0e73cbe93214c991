// SPDX-License-Identifier: GPL-2.0-or-later
// The device table: which interface (or capture file) owns which slot of every per-device array.
#include "core/device.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace iptraf {
namespace {

constexpr std::string_view kOtherDeviceName = "other";

}  // namespace

DeviceSlot DeviceTable::find_or_take(std::string_view name) {
  if (name == kOtherDeviceName) return kOtherDevice;  // two slots of one name would be two series of one label
  const auto end = devices_.begin() + kMaxDevices;
  auto found = std::find_if(devices_.begin(), end, [&](const Device& d) { return d.is_used && d.name == name; });
  if (found != end) return static_cast<DeviceSlot>(found - devices_.begin());

  found = std::find_if(devices_.begin(), end, [](const Device& d) { return !d.is_used; });
  if (found == end) {
    found = std::min_element(devices_.begin(), end, [](const Device& a, const Device& b) {
      return a.is_gone != b.is_gone ? a.is_gone : a.gone_order < b.gone_order;
    });
    if (!found->is_gone) return kOtherDevice;
  }
  return static_cast<DeviceSlot>(found - devices_.begin());
}

DeviceSlot DeviceTable::admit(std::string_view raw_name, LinkKind kind, std::uint32_t mtu_bytes, bool is_up) {
  const std::string name = printable_utf8(raw_name);
  const std::lock_guard lock(mutex_);
  const DeviceSlot slot = find_or_take(name);
  Device& device = devices_[slot];
  const std::string_view shown = slot == kOtherDevice ? kOtherDeviceName : std::string_view(name);
  const bool begins_new_life = !device.is_used || device.name != shown;
  if (slot == kOtherDevice && !begins_new_life) return slot;
  if (begins_new_life) {
    device.name = shown;
    ++device.life;
    device.is_used = true;
  }
  device.kind = kind;
  device.mtu_bytes = mtu_bytes;
  device.is_up = is_up;
  device.is_gone = false;
  if (begins_new_life) version_.fetch_add(1, std::memory_order_release);
  return slot;
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
  device.is_gone = true;
  device.gone_order = ++gone_count_;
}

DeviceArray DeviceTable::copy() const {
  const std::lock_guard lock(mutex_);
  return devices_;
}

}  // namespace iptraf
