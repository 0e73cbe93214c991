// SPDX-License-Identifier: GPL-2.0-or-later
// Collector `interface`: IPTraf's general (-g) and detailed (-d) interface statistics.
#include <array>

#include "collectors/interface_metrics.hpp"
#include "config/config.hpp"
#include "core/collector.hpp"
#include "core/labels.hpp"
#include "core/per_device.hpp"
#include "core/row_writer.hpp"
#include "core/snapshot.hpp"

namespace iptraf::collectors {
namespace {

using namespace interface_metrics;

constexpr std::size_t kIpNetworks = 2;
constexpr std::size_t kIpTransports = 4;  // all but `none`

/// ARP, RARP and other carry no transport.
constexpr bool can_occur(std::size_t network, std::size_t transport) {
  return network < kIpNetworks || transport == static_cast<std::size_t>(Transport::kNone);
}

struct Count {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t ip_bytes = 0;
};

/// One direction of one device.
struct Traffic {
  std::array<std::array<Count, kTransports>, kNetworks> by_protocol{};
  std::array<Count, 3> by_cast{};
  std::uint64_t checksum_errors = 0;
  std::array<std::uint64_t, kMalformedReasons> malformed{};

  void count(const Packet& packet) noexcept {
    Count& protocol = by_protocol[static_cast<std::size_t>(packet.network)][static_cast<std::size_t>(packet.transport)];
    protocol.packets += packet.segments;
    protocol.bytes += packet.frame_bytes;
    protocol.ip_bytes += packet.ip_bytes;
    Count& cast = by_cast[static_cast<std::size_t>(packet.cast)];
    cast.packets += packet.segments;
    cast.bytes += packet.frame_bytes;
    checksum_errors += packet.has_checksum_error ? 1 : 0;
    ++malformed[static_cast<std::size_t>(packet.malformed)];
  }
};

using BothDirections = std::array<Traffic, kDirections>;

void sample_direction(SampleWriter& out, DeviceSlot slot, std::size_t direction, const Traffic& traffic) {
  for (std::size_t network = 0; network < kNetworks; ++network) {
    for (std::size_t transport = 0; transport < kTransports; ++transport) {
      if (!can_occur(network, transport)) continue;
      const Count& count = traffic.by_protocol[network][transport];
      out.add(kPackets.of(direction), {slot, network, transport}, count.packets);
      out.add(kBytes.of(direction), {slot, network, transport}, count.bytes);
      if (network >= kIpNetworks || transport >= kIpTransports) continue;
      out.add(kIpBytes.of(direction), {slot, network, transport}, count.ip_bytes);
    }
  }
  const Count& broadcast = traffic.by_cast[static_cast<std::size_t>(Cast::kBroadcast)];
  const Count& multicast = traffic.by_cast[static_cast<std::size_t>(Cast::kMulticast)];
  out.add(kBroadcastPackets.of(direction), {slot}, broadcast.packets);
  out.add(kBroadcastBytes.of(direction), {slot}, broadcast.bytes);
  out.add(kMulticastPackets.of(direction), {slot}, multicast.packets);
  out.add(kMulticastBytes.of(direction), {slot}, multicast.bytes);
  out.add(kChecksumErrors.of(direction), {slot}, traffic.checksum_errors);
  for (std::size_t reason = 1; reason < kMalformedReasons; ++reason) {
    out.add(kMalformed.of(direction), {slot, reason}, traffic.malformed[reason]);
  }
}

class InterfaceCollector final : public Collector {
 public:
  void on_batch(std::span<const Packet> packets) noexcept override {
    for (const Packet& packet : packets) {
      devices_[packet.device][static_cast<std::size_t>(packet.direction)].count(packet);
    }
  }

  void on_device(DeviceSlot slot, const Device& /*device*/) override { devices_.begin(slot); }

  void sample(SampleWriter& out, const DeviceArray& devices) const override {
    devices_.for_each([&](DeviceSlot slot, const BothDirections& traffic) {
      for (std::size_t direction = 0; direction < kDirections; ++direction) {
        sample_direction(out, slot, direction, traffic[direction]);
      }
      if (slot == kOtherDevice) return;  // many devices: neither one MTU nor one state
      out.add(kMtuBytes, {slot}, devices[slot].mtu_bytes);
      out.add(kUp, {slot}, devices[slot].is_up ? 1 : 0);
    });
  }

 private:
  PerDevice<BothDirections> devices_;
};

std::uint64_t total(const Snapshot& snapshot, const MetricDesc& metric, DeviceSlot slot) {
  std::uint64_t sum = 0;
  for (const Sample& sample : snapshot.family(metric).samples) {
    if (sample.labels[0] == slot) sum += sample.value;
  }
  return sum;
}

void write_direction(const Snapshot& snapshot, RowWriter& row, DeviceSlot slot, std::size_t direction) {
  row.begin_object(direction == 0 ? "receive" : "transmit");
  row.number("packets", total(snapshot, kPackets.of(direction), slot));
  row.number("bytes", total(snapshot, kBytes.of(direction), slot));
  row.number("ip_bytes", total(snapshot, kIpBytes.of(direction), slot));
  row.number("broadcast_packets", total(snapshot, kBroadcastPackets.of(direction), slot));
  row.number("broadcast_bytes", total(snapshot, kBroadcastBytes.of(direction), slot));
  row.number("multicast_packets", total(snapshot, kMulticastPackets.of(direction), slot));
  row.number("multicast_bytes", total(snapshot, kMulticastBytes.of(direction), slot));
  row.number("checksum_errors", total(snapshot, kChecksumErrors.of(direction), slot));
  row.number("malformed_packets", total(snapshot, kMalformed.of(direction), slot));
  row.end_object();
}

void write_protocols(const Snapshot& snapshot, RowWriter& row, DeviceSlot slot) {
  row.begin_array("protocols");
  for (std::size_t network = 0; network < kNetworks; ++network) {
    for (std::size_t transport = 0; transport < kTransports; ++transport) {
      if (!can_occur(network, transport)) continue;
      row.begin_object();
      row.text("network", kNetworkWords.at(network));
      row.text("transport", kTransportWords.at(transport));
      row.number("receive_packets", snapshot.value(kReceivePackets, {slot, network, transport}));
      row.number("receive_bytes", snapshot.value(kReceiveBytes, {slot, network, transport}));
      row.number("receive_ip_bytes", snapshot.value(kReceiveIpBytes, {slot, network, transport}));
      row.number("transmit_packets", snapshot.value(kTransmitPackets, {slot, network, transport}));
      row.number("transmit_bytes", snapshot.value(kTransmitBytes, {slot, network, transport}));
      row.number("transmit_ip_bytes", snapshot.value(kTransmitIpBytes, {slot, network, transport}));
      row.end_object();
    }
  }
  row.end_array();
}

/// One row per device: both directions' totals, then the packets by protocol.
void write_row(const Snapshot& snapshot, DeviceSlot slot, RowWriter& row) {
  row.begin_object();
  row.text("device", snapshot.devices()[slot].name);
  row.boolean("up", snapshot.value(kUp, {slot}) != 0);
  row.number("mtu_bytes", snapshot.value(kMtuBytes, {slot}));
  write_direction(snapshot, row, slot, 0);
  write_direction(snapshot, row, slot, 1);
  write_protocols(snapshot, row, slot);
  row.end_object();
}

std::vector<DeviceSlot> slots_of(const Snapshot& snapshot) {
  std::vector<DeviceSlot> slots;
  for (const Sample& sample : snapshot.family(kReceiveChecksumErrors).samples) {  // one sample per device
    slots.push_back(static_cast<DeviceSlot>(sample.labels[0]));
  }
  return slots;
}

RowCursor open_rows(const Snapshot& snapshot, const RowQuery& query) {
  std::vector<DeviceSlot> slots = slots_of(snapshot);
  std::erase_if(slots, [&query](DeviceSlot slot) { return !query.wants(slot); });
  return cursor_over(std::move(slots), query,
                     [&snapshot](DeviceSlot slot, RowWriter& row) { write_row(snapshot, slot, row); });
}

/// Frame bytes of the samples whose network and transport `is_of` accepts.
template <typename IsOf>
std::uint64_t bytes_of(const Snapshot& snapshot, std::size_t direction, DeviceSlot slot, IsOf is_of) {
  std::uint64_t sum = 0;
  for (const Sample& sample : snapshot.family(kBytes.of(direction)).samples) {
    if (sample.labels[0] == slot && is_of(sample.labels[1], sample.labels[2])) sum += sample.value;
  }
  return sum;
}

void add_protocol_sources(const Snapshot& snapshot, std::size_t direction, DeviceSlot slot, RoundRobinFile& file) {
  const std::string prefix = direction == 0 ? "rx_" : "tx_";
  const auto add = [&](const char* name, auto is_of) {
    file.add_counter(prefix + name + "_b", bytes_of(snapshot, direction, slot, is_of));
  };
  const auto network = [](Network wanted) {
    return [wanted](std::uint64_t n, std::uint64_t) { return n == static_cast<std::uint64_t>(wanted); };
  };
  const auto transport = [](Transport wanted) {
    return [wanted](std::uint64_t, std::uint64_t t) { return t == static_cast<std::uint64_t>(wanted); };
  };
  add("ipv4", network(Network::kIpv4));
  add("ipv6", network(Network::kIpv6));
  add("tcp", transport(Transport::kTcp));
  add("udp", transport(Transport::kUdp));
  add("icmp", transport(Transport::kIcmp));
  add("otherip", transport(Transport::kOther));
  add("nonip", [](std::uint64_t n, std::uint64_t) { return n >= kIpNetworks; });
  file.add_counter(prefix + "bcast_b", total(snapshot, kBroadcastBytes.of(direction), slot));
  file.add_counter(prefix + "mcast_b", total(snapshot, kMulticastBytes.of(direction), slot));
}

void add_round_robin(const Snapshot& snapshot, const config::Rrd& /*settings*/, RoundRobinFiles& files) {
  for (const DeviceSlot slot : slots_of(snapshot)) {
    RoundRobinFile file{snapshot.devices()[slot].name, "interface", {}};
    file.add_counter("rx_packets", total(snapshot, kReceivePackets, slot));
    file.add_counter("tx_packets", total(snapshot, kTransmitPackets, slot));
    file.add_counter("rx_bytes", total(snapshot, kReceiveBytes, slot));
    file.add_counter("tx_bytes", total(snapshot, kTransmitBytes, slot));
    add_protocol_sources(snapshot, 0, slot, file);
    add_protocol_sources(snapshot, 1, slot, file);
    file.add_counter("rx_cksum_err", total(snapshot, kReceiveChecksumErrors, slot));
    file.add_counter("tx_cksum_err", total(snapshot, kTransmitChecksumErrors, slot));
    files.push_back(std::move(file));
  }
}

/// One direction of the packets whose network and transport `is_of` accepts, with the bytes of that family.
template <typename IsOf>
Tally tally_of(const Snapshot& snapshot, const Pair& bytes, std::size_t direction, DeviceSlot slot, IsOf is_of) {
  Tally tally;
  for (const Sample& packets : snapshot.family(kPackets.of(direction)).samples) {
    if (packets.labels[0] != slot || !is_of(packets.labels[1], packets.labels[2])) continue;
    tally.packets += packets.value;
    tally.bytes += snapshot.value(bytes.of(direction), {slot, packets.labels[1], packets.labels[2]});
  }
  return tally;
}

InterfaceFigures log_figures(const Snapshot& snapshot, DeviceSlot slot) {
  const auto both_ways = [&](const Pair& bytes, auto is_of) {
    return TwoWays{tally_of(snapshot, bytes, 0, slot, is_of), tally_of(snapshot, bytes, 1, slot, is_of)};
  };
  const auto transport = [&](Transport wanted) {
    return both_ways(kIpBytes,
                     [wanted](std::uint64_t, std::uint64_t t) { return t == static_cast<std::uint64_t>(wanted); });
  };
  const auto is_ipv4 = [](std::uint64_t n) { return n == static_cast<std::uint64_t>(Network::kIpv4); };
  InterfaceFigures figures;
  figures.total = both_ways(kBytes, [](std::uint64_t, std::uint64_t) { return true; });
  figures.ipv4 = both_ways(kIpBytes, [&](std::uint64_t n, std::uint64_t t) { return is_ipv4(n) && t < kIpTransports; });
  figures.tcp = transport(Transport::kTcp);
  figures.udp = transport(Transport::kUdp);
  figures.icmp = transport(Transport::kIcmp);
  figures.other_ip = transport(Transport::kOther);
  figures.non_ip = both_ways(kBytes, [](std::uint64_t n, std::uint64_t) { return n >= kIpNetworks; });
  figures.broadcast = {total(snapshot, kReceiveBroadcastPackets, slot), total(snapshot, kReceiveBroadcastBytes, slot)};
  figures.checksum_errors =
      total(snapshot, kReceiveChecksumErrors, slot) + total(snapshot, kTransmitChecksumErrors, slot);
  figures.ipv4_packets = both_ways(kBytes, [&](std::uint64_t n, std::uint64_t) { return is_ipv4(n); }).total().packets;
  return figures;
}

void add_log_figures(const Snapshot& snapshot, LogFigures& figures) {
  for (const DeviceSlot slot : slots_of(snapshot)) {
    figures_of(figures, snapshot.devices()[slot]).interface = log_figures(snapshot, slot);
  }
}

}  // namespace

extern const CollectorSpec interface_collector;
const CollectorSpec interface_collector{
    .name = "interface",
    .facility = "general and detailed interface statistics (-g, -d)",
    .metrics = interface_metrics::kAll,
    .series_per_device = 92,
    .settings = [](const config::Collectors& settings) -> const config::CollectorBase& { return settings.interface; },
    .create = [](const CollectorContext&) -> std::unique_ptr<Collector> {
      return std::make_unique<InterfaceCollector>();
    },
    .json_key = "interfaces",
    .open_rows = open_rows,
    .add_round_robin = add_round_robin,
    .add_log_figures = add_log_figures,
};

}  // namespace iptraf::collectors
