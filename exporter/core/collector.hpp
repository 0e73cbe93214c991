// SPDX-License-Identifier: GPL-2.0-or-later
// Collector: one IPTraf facility on one shard. The file to read first when adding one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/device.hpp"
#include "core/packet.hpp"
#include "core/sample.hpp"
#include "core/series_budget.hpp"

namespace iptraf {

class Snapshot;
class RowWriter;
namespace config {
struct CollectorBase;
struct Collectors;
struct Config;
}  // namespace config
namespace names {
struct NameTables;
}

/// Counts one IPTraf facility.
/// Threading: every method runs on the owning shard's thread; instances are never shared, so there is neither
/// merge code nor synchronisation in them. Per packet: no lock, allocation, log, exception or clock.
class Collector {
 public:
  virtual ~Collector() = default;

  /// Counts the packets. Their times never go back.
  virtual void on_batch(std::span<const Packet> packets) noexcept = 0;

  /// `now` is the one clock: the latest packet time, or what an idle live link advanced it to.
  virtual void on_clock(Timestamp /*now*/) noexcept {}

  /// The slot begins to stand for a new device: whatever was counted there is over. `device.life` tells the
  /// lives of a slot apart. May allocate.
  virtual void on_device(DeviceSlot slot, const Device& device) = 0;

  /// Writes the totals of every device that has begun.
  virtual void sample(SampleWriter& out, const DeviceArray& devices) const = 0;
};

/// What a collector is built from.
struct CollectorContext {
  const config::Config& config;
  SeriesAdmission* admission = nullptr;  ///< shared by all shards; null when the spec asks for none
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
  const config::CollectorBase& (*settings)(const config::Collectors&) = nullptr;
  std::unique_ptr<Collector> (*create)(const CollectorContext&) = nullptr;
  /// Adds the info series whose labels are names; null when the facility has none.
  void (*annotate)(Snapshot&, const names::NameTables&) = nullptr;
  std::string_view json_key;  ///< key of the facility's rows in the JSON document
  void (*write_rows)(const Snapshot&, const names::NameTables&, RowWriter&) = nullptr;
};

}  // namespace iptraf
