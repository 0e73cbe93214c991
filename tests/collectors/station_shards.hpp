// SPDX-License-Identifier: GPL-2.0-or-later
// Collector `lan_station` on several shards that a test drives by hand, and what the page says of its stations.
#pragma once

#include <array>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "collectors/registry.hpp"
#include "config/config.hpp"
#include "core/collector.hpp"
#include "core/series_budget.hpp"
#include "core/snapshot.hpp"
#include "names/name_tables.hpp"
#include "output/prometheus.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"
#include "support/run_offline.hpp"

namespace iptraf::test {

/// receive packets, IP packets, bytes; transmit packets, IP packets, bytes
using StationCounts = std::array<double, 6>;

inline std::string station_series(const std::string& what, const std::string& mac, const std::string& device = "vB") {
  return "iptraf_lan_station_" + what + "_total{device=\"" + device + "\",mac=\"" + mac + "\"}";
}

/// All 0 when the station has no series.
inline StationCounts station(const Page& page, const std::string& mac, const std::string& device = "vB") {
  const char* const names[] = {"receive_packets",  "receive_ip_packets",  "receive_bytes",
                               "transmit_packets", "transmit_ip_packets", "transmit_bytes"};
  StationCounts counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::string name = station_series(names[i], mac, device);
    if (page.has(name)) counts.at(i) = page.value(name);
  }
  return counts;
}

inline bool has_station(const Page& page, const std::string& mac, const std::string& device = "vB") {
  return page.has(station_series("receive_packets", mac, device));
}

/// `other` is not counted.
inline std::size_t stations_named(const Page& page) { return page.count("iptraf_lan_station_info{"); }

inline double evictions(const Page& page, const std::string& reason) {
  return page.value("iptraf_table_evictions_total{table=\"lan_station\",reason=\"" + reason + "\"}");
}

/// 02:00:00:00:00:NN
inline std::string station_mac(unsigned number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string mac = "02:00:00:00:00:00";
  mac[15] = kDigits[number / 16 % 16];
  mac[16] = kDigits[number % 16];
  return mac;
}

/// An IPv4 packet of 114 frame bytes.
inline Packet between(const std::string& source, const std::string& destination, Timestamp time = 0) {
  static const Packet kPacket = decoded(PacketBuilder().eth().ipv4().udp().payload(72).build());
  Packet packet = kPacket;
  packet.source_mac = mac(source);
  packet.destination_mac = mac(destination);
  packet.time = time;
  return packet;
}

/// The same sequence for the same seed.
class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_() % limit); }
  Timestamp seconds_below(double limit) {
    return static_cast<Timestamp>(limit * below(1U << 20)) * (kNanosecondsPerSecond >> 20);
  }

 private:
  std::mt19937 engine_;
};

/// One Ethernet device "vB" in slot 0, begun on every shard.
class StationShards {
 public:
  explicit StationShards(std::uint32_t shards = 1, const config::LanStation& settings = {},
                         std::uint32_t max_series = 50000)
      : budget_(max_series), admission_(budget_, settings.max_stations, spec().admission.series_per_key) {
    config_.collectors.lan_station = settings;
    for (std::uint32_t i = 0; i < shards; ++i) collectors_.push_back(spec().create({config_, &admission_}));
    begin_device(0, "vB");
  }

  static const CollectorSpec& spec() {
    for (const CollectorSpec* spec : collectors::all()) {
      if (spec->name == "lan_station") return *spec;
    }
    throw std::logic_error("there is no lan_station");
  }

  SeriesBudget& budget() noexcept { return budget_; }

  void begin_device(DeviceSlot slot, const std::string& name, LinkKind kind = LinkKind::kEthernet) {
    tell_device(slot, name, kind);
    for (std::uint32_t shard = 0; shard < collectors_.size(); ++shard) begin_device_on(shard, slot);
  }

  /// A new life that no shard knows of yet.
  void tell_device(DeviceSlot slot, const std::string& name, LinkKind kind = LinkKind::kEthernet) {
    Device& device = devices_[slot];
    device.name = name;
    device.kind = kind;
    device.is_used = true;
    ++device.life;
  }

  void begin_device_on(std::uint32_t shard, DeviceSlot slot) { collectors_[shard]->on_device(slot, devices_[slot]); }

  /// One batch, and the clock behind it.
  void feed(std::uint32_t shard, const std::vector<Packet>& packets) {
    collectors_[shard]->on_batch(packets);
    if (!packets.empty()) collectors_[shard]->on_clock(packets.back().time);
  }
  void feed(const std::vector<Packet>& packets) { feed(0, packets); }

  void advance(std::uint32_t shard, Timestamp now) { collectors_[shard]->on_clock(now); }
  void advance_all(Timestamp now) {
    for (const auto& collector : collectors_) collector->on_clock(now);
  }

  /// As the owner does it: the limit first, then every shard.
  void reload(const config::LanStation& settings) {
    config_.collectors.lan_station = settings;
    admission_.set_max_keys(settings.max_stations);
    for (const auto& collector : collectors_) collector->configure({config_, &admission_});
  }

  /// Asked of all shards, each of which is to answer it once.
  void ask() noexcept { ++question_; }

  SampleSet sample(std::uint32_t shard) const {
    SampleSet set;
    SampleWriter writer(set, question_);
    collectors_[shard]->sample(writer, devices_);
    return set;
  }

  std::shared_ptr<Snapshot> snapshot() {
    ask();
    std::vector<SampleSet> sets;
    for (std::uint32_t shard = 0; shard < collectors_.size(); ++shard) sets.push_back(sample(shard));
    return merged(sets);
  }

  std::shared_ptr<Snapshot> merged(const std::vector<SampleSet>& sets) const {
    auto view = std::make_shared<View>();
    view->collectors = {&spec()};
    view->catalog = collectors::catalog_of(view->collectors);
    view->names = std::make_shared<names::NameTables>(names);
    std::vector<const SampleSet*> pointers;
    for (const SampleSet& set : sets) pointers.push_back(&set);
    auto snapshot = std::make_shared<Snapshot>(view, pointers, devices_);
    spec().annotate(*snapshot);
    return snapshot;
  }

  static Page page_of(const Snapshot& snapshot) {
    return Page(output::to_prometheus_text(snapshot, [](std::string_view) { return true; }));
  }
  Page page() { return page_of(*snapshot()); }

  names::NameTables names{};

 private:
  config::Config config_{};
  SeriesBudget budget_;
  SeriesAdmission admission_;
  DeviceArray devices_{};
  std::uint64_t question_ = 0;
  std::vector<std::unique_ptr<Collector>> collectors_;
};

}  // namespace iptraf::test
