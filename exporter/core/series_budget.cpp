// SPDX-License-Identifier: GPL-2.0-or-later
// SeriesBudget and SeriesAdmission: who may still get a series of its own when addresses and ports are hostile.
#include "core/series_budget.hpp"

#include <algorithm>
#include <functional>

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
  return per_device.keys.contains(key) ? Admission::kAdmitted : take_room(per_device, key, {});
}

Admission SeriesAdmission::take_room(PerDevice& per_device, std::uint64_t key, KeyPresences presences) {
  if (per_device.keys.size() >= max_keys_) return Admission::kFull;
  const auto added = per_device.keys.emplace(key, std::move(presences)).first;  // first, because it may throw
  if (!budget_.take(series_per_key_)) {
    per_device.keys.erase(added);
    return Admission::kOverBudget;
  }
  if (per_device.filter) per_device.filter->add(key);
  return Admission::kAdmitted;
}

void SeriesAdmission::release(PerDevice& per_device, Keys::iterator key) noexcept {
  per_device.filter->remove(key->first);
  per_device.keys.erase(key);
  budget_.give_back(series_per_key_);
  version_.fetch_add(1, std::memory_order_release);
}

void SeriesAdmission::set_max_keys(std::uint32_t max_keys) {
  const std::lock_guard lock(mutex_);
  max_keys_ = max_keys;
  version_.fetch_add(1, std::memory_order_release);
}

void SeriesAdmission::clear(std::uint8_t device, std::uint64_t life) {
  const std::lock_guard lock(mutex_);
  begin_life(devices_[device], life);
}

void SeriesAdmission::begin_life(PerDevice& per_device, std::uint64_t life) noexcept {
  if (per_device.life == life) return;
  per_device.life = life;
  budget_.give_back(per_device.keys.size() * series_per_key_);
  if (per_device.filter) {
    for (const auto& [key, presences] : per_device.keys) per_device.filter->remove(key);
  }
  per_device.keys.clear();
  version_.fetch_add(1, std::memory_order_release);
}

void SeriesAdmission::clear(std::uint8_t device, std::uint64_t life, std::uint32_t shard) {
  const std::lock_guard lock(mutex_);
  PerDevice& per_device = devices_[device];
  begin_life(per_device, life);
  if (!per_device.filter) per_device.filter = std::make_unique<KeyFilter>(max_keys_);
  for (auto key = per_device.keys.begin(); key != per_device.keys.end();) {
    const auto at = key++;
    at->second.remove(shard);
    if (at->second.is_empty()) release(per_device, at);
  }
}

void SeriesAdmission::set_idle(Timestamp idle) {
  const std::lock_guard lock(mutex_);
  idle_ = idle;
  set_next_end();
}

Admission SeriesAdmission::begin_presence(std::uint8_t device, std::uint64_t key, std::uint32_t shard, Timestamp now) {
  const std::lock_guard lock(mutex_);
  PerDevice& per_device = devices_[device];
  const auto found = per_device.keys.find(key);
  if (found != per_device.keys.end()) {
    found->second.begin(shard, now);
    return Admission::kAdmitted;
  }
  KeyPresences presences;
  presences.begin(shard, now);
  return take_room(per_device, key, std::move(presences));
}

std::optional<EndedPresence> SeriesAdmission::end_presence(std::uint8_t device, std::uint64_t key, std::uint32_t shard,
                                                           Timestamp last) {
  const std::lock_guard lock(mutex_);
  const auto found = devices_[device].keys.find(key);
  if (found == devices_[device].keys.end()) return std::nullopt;
  endings_.push_back({last, key, device});
  std::push_heap(endings_.begin(), endings_.end(), std::greater());
  set_next_end();
  const std::optional<Timestamp> begin = found->second.end(shard, last);
  return begin ? std::optional(EndedPresence{key, *begin, shard, device}) : std::nullopt;
}

std::uint64_t SeriesAdmission::advance(std::uint32_t shard, Timestamp now) noexcept {
  clocks_.set(shard, now);
  const Timestamp next_end = next_end_.load();  // sequentially consistent, as the clocks: one of two shards sees both
  if (now <= next_end || clocks_.reached_by_all() <= next_end) return 0;
  const std::lock_guard lock(mutex_);
  return end_lives();
}

std::uint64_t SeriesAdmission::end_lives() noexcept {
  if (has_sampled_.any()) return 0;
  const Timestamp reached = clocks_.reached_by_all();
  std::uint64_t ended = 0;
  while (!endings_.empty() && later_by(endings_.front().last, idle_) < reached) {
    std::pop_heap(endings_.begin(), endings_.end(), std::greater());
    PerDevice& per_device = devices_[endings_.back().device];
    const auto found = per_device.keys.find(endings_.back().key);
    endings_.pop_back();
    if (found == per_device.keys.end()) continue;
    while (found->second.remove_ended_life(idle_, reached)) ++ended;
    if (found->second.is_empty()) release(per_device, found);
  }
  set_next_end();
  return ended;
}

void SeriesAdmission::set_next_end() noexcept {
  next_end_.store(endings_.empty() ? kNever : later_by(endings_.front().last, idle_));
}

bool SeriesAdmission::is_alive(const EndedPresence& presence) const {
  const std::lock_guard lock(mutex_);
  const Keys& keys = devices_[presence.device].keys;
  const auto found = keys.find(presence.key);
  return found != keys.end() && found->second.has(presence.shard, presence.begin);
}

bool SeriesAdmission::may_be_admitted(std::uint8_t device, std::uint64_t key) const noexcept {
  return clocks_.shards() > 1 && devices_[device].filter->may_have(key);
}

void SeriesAdmission::begin_sample(std::uint32_t shard, std::uint64_t question) {
  const std::lock_guard lock(mutex_);
  if (question != question_) has_sampled_.reset();
  question_ = question;
  has_sampled_.set(shard);
}

void SeriesAdmission::end_sample() {
  const std::lock_guard lock(mutex_);
  if (has_sampled_.count() == clocks_.shards()) has_sampled_.reset();
}

}  // namespace iptraf
