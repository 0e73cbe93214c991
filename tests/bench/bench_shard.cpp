// SPDX-License-Identifier: GPL-2.0-or-later
// What the benchmarks count with: real collectors on one device, fed with generated packets.
#include "bench_shard.hpp"

#include "collectors/registry.hpp"
#include "decode/decoder.hpp"
#include "names/name_tables.hpp"
#include "traffic.hpp"

namespace iptraf::bench {
namespace {

constexpr DeviceSlot kSlot = 0;
constexpr Timestamp kTime = 1'700'000'000 * kNanosecondsPerSecond;

Packet decoded(std::span<const std::uint8_t> frame) noexcept {
  RawPacket raw;
  raw.bytes = frame;
  raw.wire_bytes = static_cast<std::uint32_t>(frame.size());
  Packet packet;
  decode::decode(raw, packet);
  packet.time = kTime;
  packet.device = kSlot;
  return packet;
}

}  // namespace

std::vector<Packet> imix_packets(std::size_t count) {
  const std::unique_ptr<Traffic> traffic = make_imix({count, count / 10, 1});
  FrameWriter frames;
  std::vector<Packet> packets(count);
  for (Packet& packet : packets) packet = decoded(frames.write(traffic->next()));
  return packets;
}

BenchShard::BenchShard(config::Config config, std::string_view only)
    : config_(std::move(config)), budget_(config_.limits.max_series) {
  Device& device = devices_[kSlot];
  device.name = "eth0";
  device.mtu_bytes = 1500;
  device.is_up = true;
  device.is_used = true;
  device.life = 1;
  for (const CollectorSpec* spec : collectors::all()) {
    if (!only.empty() && spec->name != only) continue;
    specs_.push_back(spec);
    CollectorContext context{config_};
    if (spec->admission.series_per_key != 0) {
      admissions_.push_back(std::make_unique<SeriesAdmission>(budget_, spec->admission.max_keys(config_),
                                                              spec->admission.series_per_key));
      context.admission = admissions_.back().get();
    }
    collectors_.push_back(spec->create(context));
    collectors_.back()->on_device(kSlot, device);
  }
}

void BenchShard::count(std::span<const Packet> packets) noexcept {
  for (const auto& collector : collectors_) collector->on_batch(packets);
  for (const auto& collector : collectors_) collector->on_clock(packets.back().time);
}

SampleSet BenchShard::sample() const {
  SampleSet set;
  SampleWriter writer(set);
  for (const auto& collector : collectors_) collector->sample(writer, devices_);
  return set;
}

std::shared_ptr<const View> BenchShard::view() const {
  return std::make_shared<View>(View{collectors::catalog_of(specs_), specs_, std::make_shared<names::NameTables>()});
}

std::unique_ptr<BenchShard> shard_with_series(std::uint32_t series) {
  constexpr std::uint32_t kSeriesPerPort = 4;
  const auto ports = static_cast<std::uint16_t>(series / kSeriesPerPort);
  config::Config config;
  config.collectors.service.additional_ports = {{1, ports}};
  config.collectors.service.max_ports = ports;
  config.limits.max_series = series * 2;
  auto shard = std::make_unique<BenchShard>(std::move(config), "service");
  std::vector<Packet> packets = imix_packets(1);
  for (std::uint16_t port = 1; port <= ports; ++port) {
    Packet& packet = packets.front();
    packet.transport = Transport::kTcp;
    packet.has_ports = true;
    packet.source_port = port;
    packet.destination_port = port;
    shard->count(packets);
  }
  return shard;
}

}  // namespace iptraf::bench
