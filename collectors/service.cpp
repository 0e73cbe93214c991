// SPDX-License-Identifier: GPL-2.0-or-later
// Collector `service`: IPTraf's statistical breakdown by TCP and UDP port (-s).
#include <array>
#include <bitset>
#include <cstdlib>
#include <limits>
#include <new>
#include <optional>
#include <vector>

#include "collectors/traffic_sort.hpp"
#include "config/config.hpp"
#include "core/collector.hpp"
#include "core/labels.hpp"
#include "core/per_device.hpp"
#include "core/row_writer.hpp"
#include "core/snapshot.hpp"
#include "core/table_metrics.hpp"
#include "names/name_tables.hpp"

namespace iptraf::collectors {
namespace {

constexpr std::size_t kProtocols = 2;
constexpr std::array<std::string_view, kProtocols> kProtocolWords{"tcp", "udp"};
constexpr std::size_t kPorts = 65536;

/// Label value of what has no series of its own; sorts behind every port.
constexpr std::uint64_t kOtherPort = kPorts;

void format_port(std::uint64_t port, const LabelContext& context, std::string& out) {
  if (port == kOtherPort) {
    out += "other";
  } else {
    format_number(port, context, out);
  }
}

constexpr LabelDesc kProtocolLabel{"protocol", format_word<kProtocolWords>};
constexpr LabelDesc kPortLabel{"port", format_port};

constexpr MetricDesc kInPackets{"iptraf_service_in_packets_total",
                                MetricKind::kCounter,
                                {kDeviceLabel, kProtocolLabel, kPortLabel},
                                "Packets addressed to the port, whichever way they cross the interface; IPTraf's "
                                "incoming."};
constexpr MetricDesc kInBytes{
    "iptraf_service_in_bytes_total",
    MetricKind::kCounter,
    {kDeviceLabel, kProtocolLabel, kPortLabel},
    "IP bytes addressed to the port: IP header and payload, without link header and padding."};
constexpr MetricDesc kOutPackets{"iptraf_service_out_packets_total",
                                 MetricKind::kCounter,
                                 {kDeviceLabel, kProtocolLabel, kPortLabel},
                                 "Packets coming from the port, whichever way they cross the interface; IPTraf's "
                                 "outgoing."};
constexpr MetricDesc kOutBytes{
    "iptraf_service_out_bytes_total",
    MetricKind::kCounter,
    {kDeviceLabel, kProtocolLabel, kPortLabel},
    "IP bytes coming from the port: IP header and payload, without link header and padding."};
constexpr MetricDesc kInfo{"iptraf_service_info",
                           MetricKind::kGauge,
                           {{"protocol", nullptr}, {"port", nullptr}, {"name", nullptr}},
                           "1 for each counted port that /etc/services names."};

constexpr const MetricDesc* kMetrics[] = {&kInPackets, &kInBytes, &kOutPackets, &kOutBytes, &kInfo};

struct Count {
  std::uint64_t in_packets = 0;
  std::uint64_t in_bytes = 0;
  std::uint64_t out_packets = 0;
  std::uint64_t out_bytes = 0;
};

/// The ports of one device and protocol. An index of all ports, whose untouched pages cost nothing, makes a
/// look-up one load.
class PortCounts {
 public:
  PortCounts() : index_(static_cast<std::uint32_t*>(std::calloc(kPorts, sizeof(std::uint32_t)))) {
    if (!index_) throw std::bad_alloc();
  }

  /// Null when the port has not been seen.
  Count* find(std::uint16_t port) noexcept {
    const std::uint32_t index = index_[port];
    return index == 0 ? nullptr : &counts_[index - 1];
  }

  Count& add(std::uint16_t port) {
    counts_.emplace_back();
    index_[port] = static_cast<std::uint32_t>(counts_.size());
    return counts_.back();
  }

  /// The port counts as `other` from now on.
  Count& add_to_other(std::uint16_t port) noexcept {
    index_[port] = 1;
    return counts_[0];
  }

  /// Ports that count as `other` are judged anew when they come again.
  void forget_refusals() noexcept {
    for (std::size_t port = 0; port < kPorts; ++port) {
      if (index_[port] == 1) index_[port] = 0;
    }
  }

  std::size_t named() const noexcept { return counts_.size() - 1; }

  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::size_t port = 0; port < kPorts; ++port) {
      if (index_[port] > 1) visit(port, counts_[index_[port] - 1]);
    }
    visit(kOtherPort, counts_[0]);
  }

 private:
  struct Free {
    void operator()(std::uint32_t* memory) const noexcept { std::free(memory); }
  };

  std::unique_ptr<std::uint32_t[], Free> index_;  ///< 0: not seen; else one more than the place in counts_
  std::vector<Count> counts_{1};                  ///< the first is `other`
};

using BothProtocols = std::array<PortCounts, kProtocols>;

void sample_port(SampleWriter& out, std::uint64_t slot, std::uint64_t protocol, std::uint64_t port,
                 const Count& count) {
  out.add(kInPackets, {slot, protocol, port}, count.in_packets);
  out.add(kInBytes, {slot, protocol, port}, count.in_bytes);
  out.add(kOutPackets, {slot, protocol, port}, count.out_packets);
  out.add(kOutBytes, {slot, protocol, port}, count.out_bytes);
}

class ServiceCollector final : public Collector {
 public:
  explicit ServiceCollector(const CollectorContext& context) : admission_(*context.admission) {
    ServiceCollector::configure(context);
  }

  /// A port that no longer qualifies keeps the counts that it has.
  void configure(const CollectorContext& context) override {
    const config::Service& settings = context.config.collectors.service;
    max_ports_ = settings.max_ports;
    qualifies_.reset();
    for (std::uint32_t port = 1; port < config::kFirstUnprivilegedPort; ++port) qualifies_.set(port);
    for (const config::PortRange& range : settings.additional_ports) {
      for (std::uint32_t port = range.first; port <= range.last; ++port) qualifies_.set(port);
    }
    devices_.for_each([](BothProtocols& protocols) {
      for (PortCounts& counts : protocols) counts.forget_refusals();
    });
  }

  void on_batch(std::span<const Packet> packets) noexcept override {
    for (const Packet& packet : packets) {
      if (packet.has_ports) count(packet);
    }
  }

  void on_device(DeviceSlot slot, const Device& device) override {
    devices_.begin(slot);
    admission_.clear(slot, device.life);
  }

  void sample(SampleWriter& out, const DeviceArray& /*devices*/) const override {
    std::uint64_t ports = 0;
    std::uint64_t capacity = 0;
    devices_.for_each([&](DeviceSlot slot, const BothProtocols& protocols) {
      for (std::size_t protocol = 0; protocol < kProtocols; ++protocol) {
        protocols[protocol].for_each(
            [&](std::uint64_t port, const Count& count) { sample_port(out, slot, protocol, port, count); });
        ports += protocols[protocol].named();
      }
      capacity += max_ports_;
    });
    add_table(out, Table::kService, ports, capacity);
    add_evictions(out, Table::kService, Eviction::kFull, refused_full_);
    add_evictions(out, Table::kService, Eviction::kBudget, refused_budget_);
  }

 private:
  /// Source and destination are judged each on its own: a packet may count for none, one or two ports, or both
  /// ways for one.
  void count(const Packet& packet) noexcept {
    const PortTotals totals = port_totals(packet);
    const std::size_t protocol = totals.transport == Transport::kTcp ? 0 : 1;
    if (qualifies_[packet.destination_port]) {
      Count& port = port_of(packet.device, protocol, packet.destination_port);
      port.in_packets += totals.packets;
      port.in_bytes += totals.ip_bytes;
    }
    if (qualifies_[packet.source_port]) {
      Count& port = port_of(packet.device, protocol, packet.source_port);
      port.out_packets += totals.packets;
      port.out_bytes += totals.ip_bytes;
    }
  }

  Count& port_of(DeviceSlot device, std::size_t protocol, std::uint16_t port) noexcept {
    PortCounts& counts = devices_[device][protocol];
    if (Count* const found = counts.find(port)) return *found;
    return admit(counts, device, protocol, port);
  }

  /// The first packet of a port. Out of memory is one more way of being full.
  Count& admit(PortCounts& counts, DeviceSlot device, std::size_t protocol, std::uint16_t port) noexcept {
    Admission admission = Admission::kFull;
    try {
      admission = admission_.admit(device, protocol * kPorts + port);
      if (admission == Admission::kAdmitted) return counts.add(port);
    } catch (const std::bad_alloc&) {
      admission = Admission::kFull;
    }
    ++(admission == Admission::kFull ? refused_full_ : refused_budget_);
    return counts.add_to_other(port);
  }

  PerDevice<BothProtocols> devices_;
  std::bitset<kPorts> qualifies_;
  SeriesAdmission& admission_;
  std::uint64_t max_ports_ = 0;
  std::uint64_t refused_full_ = 0;
  std::uint64_t refused_budget_ = 0;
};

void annotate(Snapshot& snapshot) {
  std::vector<std::vector<std::string>> rows;
  std::array<std::bitset<kPorts>, kProtocols> seen;
  for (const Sample& sample : snapshot.family(kInPackets).samples) {
    if (sample.labels[2] != kOtherPort) seen.at(sample.labels[1]).set(sample.labels[2]);
  }
  for (std::size_t protocol = 0; protocol < kProtocols; ++protocol) {
    for (std::size_t port = 1; port < kPorts; ++port) {
      if (!seen[protocol][port]) continue;
      const std::string_view name =
          snapshot.names().services.find(kProtocolWords[protocol], static_cast<std::uint16_t>(port));
      if (name.empty()) continue;
      snapshot.add_text(kInfo, {std::string(kProtocolWords[protocol]), std::to_string(port), std::string(name)}, 1);
    }
  }
}

struct Row {
  LabelValues labels{};  ///< device, protocol, port
  Count count;

  std::uint64_t packets() const { return count.in_packets + count.out_packets; }
  std::uint64_t bytes() const { return count.in_bytes + count.out_bytes; }
};

/// Port is a number, or "other" for all that have no row.
void write_row(const Snapshot& snapshot, const Row& row, RowWriter& out) {
  const auto [slot, protocol, port, unused] = row.labels;
  const bool is_other = port == kOtherPort;
  const std::string_view word = kProtocolWords.at(protocol);
  out.begin_object();
  out.text("device", snapshot.devices()[slot].name);
  out.text("protocol", word);
  if (is_other) {
    out.text("port", "other");
  } else {
    out.number("port", port);
  }
  out.text("name",
           is_other ? std::string_view{} : snapshot.names().services.find(word, static_cast<std::uint16_t>(port)));
  out.number("in_packets", row.count.in_packets);
  out.number("in_bytes", row.count.in_bytes);
  out.number("out_packets", row.count.out_packets);
  out.number("out_bytes", row.count.out_bytes);
  out.end_object();
}

constexpr RowParameter kParameters[] = {{"protocol", kProtocolWords}, kTrafficSortParameter};

/// By device, protocol and port unless a sort is asked for.
RowCursor open_rows(const Snapshot& snapshot, const RowQuery& query) {
  const std::optional<std::size_t> wanted_protocol = query.choice("protocol");
  std::vector<Row> rows;
  for (const Sample& in_packets : snapshot.family(kInPackets).samples) {
    const auto [slot, protocol, port, unused] = in_packets.labels;
    if (!query.wants(slot) || protocol != wanted_protocol.value_or(protocol)) continue;
    const Count count{in_packets.value, snapshot.value(kInBytes, {slot, protocol, port}),
                      snapshot.value(kOutPackets, {slot, protocol, port}),
                      snapshot.value(kOutBytes, {slot, protocol, port})};
    if (port == kOtherPort && count.in_packets + count.out_packets == 0) continue;
    rows.push_back({in_packets.labels, count});
  }
  sort_by_traffic(rows, query);
  return cursor_over(std::move(rows), query,
                     [&snapshot](const Row& row, RowWriter& out) { write_row(snapshot, row, out); });
}

void add_round_robin(const Snapshot& snapshot, const config::Rrd& settings, RoundRobinFiles& files) {
  for (const Sample& device : snapshot.family(kInPackets).samples) {
    const auto [slot, protocol, other_port, unused] = device.labels;
    if (other_port != kOtherPort) continue;  // each device and protocol has one of these
    RoundRobinFile file{snapshot.devices()[slot].name, std::string(kProtocolWords.at(protocol)) + "_services", {}};
    for (const config::ServicePort& service : settings.services) {
      if (service.is_tcp != (protocol == 0)) continue;
      const std::string port = std::to_string(service.port);
      file.add_counter(port + "_in", snapshot.value(kInBytes, {slot, protocol, service.port}));
      file.add_counter(port + "_out", snapshot.value(kOutBytes, {slot, protocol, service.port}));
    }
    if (!file.values.empty()) files.push_back(std::move(file));
  }
}

void add_log_figures(const Snapshot& snapshot, LogFigures& figures) {
  for (const Sample& in_packets : snapshot.family(kInPackets).samples) {
    const auto [slot, protocol, port, unused] = in_packets.labels;
    auto& services = figures_of(figures, snapshot.devices()[slot]).services;
    if (!services) services.emplace();
    if (port == kOtherPort) continue;  // IPTraf has no such thing, and no script expects it
    const TwoWays traffic{
        {in_packets.value, snapshot.value(kInBytes, {slot, protocol, port})},
        {snapshot.value(kOutPackets, {slot, protocol, port}), snapshot.value(kOutBytes, {slot, protocol, port})}};
    services->push_back({protocol == 0, static_cast<std::uint16_t>(port), traffic});
  }
}

}  // namespace

extern const CollectorSpec service_collector;
const CollectorSpec service_collector{
    .name = "service",
    .facility = "statistical breakdown by TCP and UDP port (-s)",
    .metrics = kMetrics,
    .series_per_device = 8,
    .admission = {.series_per_key = 5,
                  .max_keys = [](const config::Config& config) { return config.collectors.service.max_ports; }},
    .settings = [](const config::Collectors& settings) -> const config::CollectorBase& { return settings.service; },
    .create = [](const CollectorContext& context) -> std::unique_ptr<Collector> {
      return std::make_unique<ServiceCollector>(context);
    },
    .annotate = annotate,
    .json_key = "services",
    .parameters = kParameters,
    .open_rows = open_rows,
    .add_round_robin = add_round_robin,
    .add_log_figures = add_log_figures,
};

}  // namespace iptraf::collectors
