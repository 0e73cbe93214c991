// SPDX-License-Identifier: GPL-2.0-or-later
// Collector: one IPTraf facility on one shard. The file to read first when adding one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/device.hpp"
#include "core/log_figures.hpp"
#include "core/packet.hpp"
#include "core/round_robin.hpp"
#include "core/rows.hpp"
#include "core/sample.hpp"
#include "core/series_budget.hpp"
#include "core/traffic_event.hpp"

namespace iptraf {

class Snapshot;
class RowWriter;
namespace config {
struct CollectorBase;
struct Collectors;
struct Config;
struct Rrd;
}  // namespace config

/// What a collector is built from, and what a reload gives it anew.
struct CollectorContext {
  const config::Config& config;
  SeriesAdmission* admission = nullptr;  ///< shared by all shards; null when the spec asks for none
  TrafficEventRing* events = nullptr;    ///< the shard's; null unless IPTraf's logs are written
};

/// Counts one IPTraf facility.
/// Threading: every method runs on the owning shard's thread; instances are never shared, so there is neither
/// merge code nor synchronisation in them. Per packet: no lock, allocation, log, exception or clock.
class Collector {
 public:
  virtual ~Collector() = default;

  /// The settings were reloaded. What was counted stays and no counter goes back. May allocate.
  virtual void configure(const CollectorContext& /*context*/) {}

  /// Counts the packets. Their times never go back.
  virtual void on_batch(std::span<const Packet> packets) noexcept = 0;

  /// `now` is the one clock: the latest packet time, or what an idle live link advanced it to.
  virtual void on_clock(Timestamp /*now*/) noexcept {}

  /// The slot begins to stand for a new device: whatever was counted there is over. `device.life` tells the
  /// lives of a slot apart. May allocate.
  virtual void on_device(DeviceSlot slot, const Device& device) = 0;

  /// Writes the totals of every device that has begun.
  virtual void sample(SampleWriter& out, const DeviceArray& devices) const = 0;

  /// Appends one slice of the rows that are no series, from `position` on, to what CollectorSpec::make_rows made.
  /// Returns where the next slice begins, kNoMoreRows behind the last. Packets are counted between two slices, so
  /// that copying a large table never holds up capture.
  virtual std::size_t copy_rows(RowSet& /*to*/, std::size_t /*position*/) const { return kNoMoreRows; }
};

/// Something that a collector may have to name: see CollectorSpec::series_per_key.
struct AdmissionSpec {
  std::uint32_t series_per_key = 0;                            ///< 0: the collector has no open label set
  std::uint32_t (*max_keys)(const config::Config&) = nullptr;  ///< per device
};

/// A collector's manifest: one constant at the end of its file.
struct CollectorSpec {
  std::string_view name;      ///< file, test, YAML key, flag, metric prefix
  std::string_view facility;  ///< IPTraf's screen and option
  std::span<const MetricDesc* const> metrics;
  std::uint32_t series_per_device = 0;  ///< with a fixed label set; charged to limits.max_series
  AdmissionSpec admission{};
  /// The facility is IPTraf's traffic monitor, whose display filters match TCP both ways whatever a rule says.
  bool filters_tcp_both_ways = false;
  const config::CollectorBase& (*settings)(const config::Collectors&) = nullptr;
  std::unique_ptr<Collector> (*create)(const CollectorContext&) = nullptr;
  /// Adds the info series whose labels are names; null when the facility has none.
  void (*annotate)(Snapshot&) = nullptr;
  std::unique_ptr<RowSet> (*make_rows)() = nullptr;  ///< for Collector::copy_rows(); null when all rows are series
  std::string_view json_key;                         ///< key of the rows in the JSON document, name of the API's page
  std::span<const RowParameter> parameters{};        ///< what the API's page takes beside `device` and `limit`
  /// The rows that the query asks for, in its order. The snapshot outlives the cursor.
  RowCursor (*open_rows)(const Snapshot&, const RowQuery&) = nullptr;
  /// Adds the facility's round-robin databases; null when it has none.
  void (*add_round_robin)(const Snapshot&, const config::Rrd&, RoundRobinFiles&) = nullptr;
  /// Adds what IPTraf's logs say of the facility; null when they say nothing.
  void (*add_log_figures)(const Snapshot&, LogFigures&) = nullptr;
};

}  // namespace iptraf
