// SPDX-License-Identifier: GPL-2.0-or-later
// SeriesBudget and SeriesAdmission: who may still get a series of its own when addresses and ports are hostile.
#include "core/series_budget.hpp"

#include "core/packet.hpp"

namespace iptraf {

void SeriesBudget::charge(const void* owner, std::uint8_t slot, std::uint32_t series) {
  const std::lock_guard lock(mutex_);
  if (charged_.emplace(owner, slot).second) used_.fetch_add(series, std::memory_order_relaxed);
}

SeriesAdmission::SeriesAdmission(SeriesBudget& budget, std::uint32_t max_keys, std::uint32_t series_per_key)
    : budget_(budget), max_keys_(max_keys), series_per_key_(series_per_key), devices_(kDeviceSlots) {}

Admission SeriesAdmission::admit(std::uint8_t device, std::uint64_t key) {
  const std::lock_guard lock(mutex_);
  PerDevice& per_device = devices_[device];
  if (per_device.keys.contains(key)) return Admission::kAdmitted;
  if (per_device.keys.size() >= max_keys_) return Admission::kFull;
  if (!budget_.take(series_per_key_)) return Admission::kOverBudget;
  per_device.keys.insert(key);
  return Admission::kAdmitted;
}

void SeriesAdmission::clear(std::uint8_t device, std::uint64_t life) {
  const std::lock_guard lock(mutex_);
  PerDevice& per_device = devices_[device];
  if (per_device.life == life) return;
  per_device.life = life;
  budget_.give_back(static_cast<std::uint32_t>(per_device.keys.size()) * series_per_key_);
  per_device.keys.clear();
}

}  // namespace iptraf
