// SPDX-License-Identifier: GPL-2.0-or-later
// PerDevice: one T for every device that has begun, by slot.
#pragma once

#include <array>
#include <memory>
#include <utility>

#include "core/packet.hpp"

namespace iptraf {

/// A shard hands packets and samples only of devices that have begun, so operator[] does not check.
template <typename T>
class PerDevice {
 public:
  /// Replaces what the slot held. Allocates.
  template <typename... Arguments>
  T& begin(DeviceSlot slot, Arguments&&... arguments) {
    values_[slot] = std::make_unique<T>(std::forward<Arguments>(arguments)...);
    return *values_[slot];
  }

  T& operator[](DeviceSlot slot) noexcept { return *values_[slot]; }

  template <typename Visit>
  void for_each(Visit visit) noexcept {
    for (const std::unique_ptr<T>& value : values_) {
      if (value) visit(*value);
    }
  }

  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::size_t slot = 0; slot < values_.size(); ++slot) {
      if (values_[slot]) visit(static_cast<DeviceSlot>(slot), std::as_const(*values_[slot]));
    }
  }

 private:
  std::array<std::unique_ptr<T>, kDeviceSlots> values_;
};

}  // namespace iptraf
