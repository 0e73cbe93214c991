// SPDX-License-Identifier: GPL-2.0-or-later
// CollectorSlot: one collector on one shard, with the packets that it is to see.
#include "capture/collector_slot.hpp"

#include <fnmatch.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/shortage.hpp"

namespace iptraf::capture {
namespace {

bool matches_any(const std::vector<std::string>& globs, const std::string& name) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return ::fnmatch(glob.c_str(), name.c_str(), 0) == 0; });
}

}  // namespace

void CollectorSlot::apply(const config::Config& config, const CollectorSettings& settings,
                          const DeviceArray& devices) noexcept {
  try {
    is_enabled_ = settings.is_enabled;
    has_settings_ = !is_enabled_;
    if (!is_enabled_) return;
    device_globs_ = settings.device_globs;
    const CollectorContext context{config, plan_.admission, plan_.events};
    if (collector_) {
      collector_->configure(context);
    } else {
      create(context, devices);
    }
    use_filter(settings.filter);
    has_settings_ = true;
  } catch (const std::exception& error) {
    spdlog::error("collector {} cannot take up its settings: {}", spec().name, reason_of(error));
  }
  choose_devices(devices);
}

void CollectorSlot::create(const CollectorContext& context, const DeviceArray& devices) {
  collector_ = spec().create(context);
  for (std::size_t slot = 0; slot < devices.size(); ++slot) {
    if (devices[slot].is_used) begin_device(static_cast<DeviceSlot>(slot), devices[slot]);
  }
}

/// A filter goes on with the counts that one of its name had before.
void CollectorSlot::use_filter(const std::shared_ptr<const filter::Filter>& filter) {
  filter_ = nullptr;
  if (!filter) return;
  filter::ShardFilter next(filter, spec().filters_tcp_both_ways);
  const auto before = filters_.find(filter->name());
  if (before != filters_.end()) next.adopt_counts(before->second);
  filter_ = &filters_.insert_or_assign(filter->name(), std::move(next)).first->second;
}

void CollectorSlot::begin_device(DeviceSlot slot, const Device& device) noexcept {
  if (!collector_) return;
  const bool is_chosen = device_globs_.empty() || matches_any(device_globs_, device.name);
  const bool has_old_counts = std::exchange(has_begun_[slot], false);
  counts_slot_[slot] = false;
  lacks_slot_[slot] = false;
  if (is_chosen || has_old_counts) {  // those of the device before are not to stand under the new name
    try {
      collector_->on_device(slot, device);
      has_begun_[slot] = true;
      counts_slot_[slot] = is_chosen;
      if (plan_.budget != nullptr) plan_.budget->charge(plan_.spec, slot, spec().series_per_device);
    } catch (const std::exception& error) {
      lacks_slot_[slot] = true;
      spdlog::error("collector {} cannot count device {}: {}", spec().name, device.name, reason_of(error));
    }
  }
  if (!counts_slot_[slot]) counts_all_ = false;
}

/// Which devices the patterns choose now. One that is no longer chosen keeps its counts.
void CollectorSlot::choose_devices(const DeviceArray& devices) noexcept {
  if (!collector_) return;
  counts_all_ = true;
  for (std::size_t slot = 0; slot < devices.size(); ++slot) {
    if (!devices[slot].is_used) continue;
    const bool is_chosen = device_globs_.empty() || matches_any(device_globs_, devices[slot].name);
    if (is_chosen && !has_begun_[slot]) begin_device(static_cast<DeviceSlot>(slot), devices[slot]);
    counts_slot_[slot] = is_chosen && has_begun_[slot];
    if (!counts_slot_[slot]) counts_all_ = false;
  }
}

bool CollectorSlot::wants(const Packet& packet) noexcept {
  return counts_slot_[packet.device] && (!filter_ || filter_->passes(packet));
}

void CollectorSlot::dispatch(std::span<const Packet> packets, std::span<Packet> chosen) noexcept {
  if (!is_active()) return;
  if (counts_all_ && !filter_) {
    collector_->on_batch(packets);
    return;
  }
  const auto end = std::copy_if(packets.begin(), packets.end(), chosen.begin(),
                                [this](const Packet& packet) { return wants(packet); });
  if (end != chosen.begin()) collector_->on_batch({chosen.begin(), end});
}

CollectorReport CollectorSlot::sample(SampleSet& samples, const DeviceArray& devices, std::uint64_t question) noexcept {
  CollectorReport report{spec().name};
  report.is_success = has_settings_ && std::none_of(lacks_slot_.begin(), lacks_slot_.end(), [](bool x) { return x; });
  report.has_settings = has_settings_;
  if (!collector_) return report;
  const auto start = std::chrono::steady_clock::now();
  const std::size_t sample_count = samples.samples.size();
  const std::size_t histogram_count = samples.histograms.size();
  try {
    SampleWriter writer(samples, question);
    collector_->sample(writer, devices);
  } catch (const std::exception& error) {
    samples.samples.resize(sample_count);
    samples.histograms.resize(histogram_count);
    report.is_success = false;
    spdlog::error("collector {} cannot be sampled: {}", spec().name, reason_of(error));
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

void CollectorSlot::add_filter_totals(std::vector<filter::FilterTotals>& to) const {
  for (const auto& [name, filter] : filters_) {
    filter::FilterTotals totals{filter.shared_filter(), {}, {}};
    for (std::size_t rule = 0; rule <= filter.filter().rule_count(); ++rule) {
      totals.packets.push_back(filter.packets(rule));
      totals.packets_before.push_back(filter.packets(rule, !filter.filter().includes(rule)));
    }
    to.push_back(std::move(totals));
  }
}

std::unique_ptr<RowSet> CollectorSlot::make_rows() const {
  return is_active() && spec().make_rows != nullptr ? spec().make_rows() : nullptr;
}

/// Out of memory ends the copy: what was copied is shown.
std::size_t CollectorSlot::copy_rows(RowSet& to, std::size_t position) const noexcept {
  try {
    return collector_->copy_rows(to, position);
  } catch (const std::exception& error) {
    spdlog::error("the rows of collector {} cannot be copied: {}", spec().name, reason_of(error));
    return kNoMoreRows;
  }
}

}  // namespace iptraf::capture
