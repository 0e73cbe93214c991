// SPDX-License-Identifier: GPL-2.0-or-later
// CollectorSlot: one collector on one shard, with the packets that it is to see.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "capture/shard_settings.hpp"
#include "core/collector.hpp"
#include "core/device.hpp"
#include "core/series_budget.hpp"
#include "filter/filter_metrics.hpp"
#include "filter/shard_filter.hpp"

namespace iptraf::capture {

/// A spec with what its collectors are given, which all shards share but for the events.
struct CollectorPlan {
  const CollectorSpec* spec = nullptr;
  SeriesAdmission* admission = nullptr;  ///< null when the spec asks for none
  SeriesBudget* budget = nullptr;        ///< charged for every device that begins; null: no ceiling
  TrafficEventRing* events = nullptr;    ///< of the shard; null: nobody wants events
};

/// How the sampling of one collector went.
struct CollectorReport {
  std::string_view collector;
  double seconds = 0;
  bool is_success = true;
  bool has_settings = true;  ///< false: it counts under old ones, or not at all
};

/// Makes the collector when it is enabled for the first time. Disabled, it sees no packet but keeps its counts, so
/// that none is lost when it is enabled again. Threading: one shard.
class CollectorSlot {
 public:
  explicit CollectorSlot(const CollectorPlan& plan) : plan_(plan) {}

  /// Takes up new settings; `devices` are those that the shard knows. May allocate.
  void apply(const config::Config& config, const CollectorSettings& settings, const DeviceArray& devices) noexcept;

  /// A slot of the device table begins a new life.
  void begin_device(DeviceSlot slot, const Device& device) noexcept;

  /// Hands on the packets of the devices that are counted and that the filter passes. `chosen` is room for a batch.
  void dispatch(std::span<const Packet> packets, std::span<Packet> chosen) noexcept;

  void on_clock(Timestamp now) noexcept {
    if (is_active()) collector_->on_clock(now);
  }

  /// Answers the question of that number. A collector that fails leaves its samples out, not the others'; one that
  /// could not be made, not take up its settings, or not begin a device has failed too.
  CollectorReport sample(SampleSet& samples, const DeviceArray& devices, std::uint64_t question) noexcept;

  /// Appends the totals of every filter that the collector ever had: a counter stays when its filter is exchanged.
  void add_filter_totals(std::vector<filter::FilterTotals>& to) const;

  /// Null when the facility has no rows but series.
  std::unique_ptr<RowSet> make_rows() const;
  std::size_t copy_rows(RowSet& to, std::size_t position) const noexcept;

  bool is_enabled() const noexcept { return is_enabled_; }
  bool is_active() const noexcept { return is_enabled_ && collector_ != nullptr; }
  const CollectorSpec& spec() const noexcept { return *plan_.spec; }

 private:
  void create(const CollectorContext& context, const DeviceArray& devices);
  void use_filter(const std::shared_ptr<const filter::Filter>& filter);
  void choose_devices(const DeviceArray& devices) noexcept;
  bool wants(const Packet& packet) noexcept;

  CollectorPlan plan_;
  std::unique_ptr<Collector> collector_;
  std::vector<std::string> device_globs_;
  std::map<std::string, filter::ShardFilter> filters_;  ///< by name
  filter::ShardFilter* filter_ = nullptr;               ///< the one in use; null: every packet passes
  std::array<bool, kDeviceSlots> has_begun_{};
  std::array<bool, kDeviceSlots> counts_slot_{};
  std::array<bool, kDeviceSlots> lacks_slot_{};  ///< it was to be counted, and could not begin
  bool counts_all_ = true;
  bool is_enabled_ = false;
  bool has_settings_ = true;
};

}  // namespace iptraf::capture
