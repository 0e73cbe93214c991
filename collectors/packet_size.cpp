// SPDX-License-Identifier: GPL-2.0-or-later
// Collector `packet_size`: IPTraf's statistical breakdown by packet size (-z).
#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>

#include "config/config.hpp"
#include "core/collector.hpp"
#include "core/labels.hpp"
#include "core/per_device.hpp"
#include "core/row_writer.hpp"
#include "core/snapshot.hpp"

namespace iptraf::collectors {
namespace {

/// IPTraf's twenty brackets; what exceeds the last is +Inf.
constexpr std::size_t kBrackets = 20;

constexpr MetricDesc kReceiveSize{"iptraf_packet_size_receive_bytes",
                                  MetricKind::kHistogram,
                                  {kDeviceLabel},
                                  "Network size of every packet received: frame bytes less link header and VLAN tags. "
                                  "Bounds are multiples of a twentieth of the MTU."};
constexpr MetricDesc kTransmitSize{"iptraf_packet_size_transmit_bytes",
                                   MetricKind::kHistogram,
                                   {kDeviceLabel},
                                   "Network size of every packet transmitted: frame bytes less link header and VLAN "
                                   "tags. Bounds are multiples of a twentieth of the MTU."};

constexpr const MetricDesc* kMetrics[] = {&kReceiveSize, &kTransmitSize};

/// How many packets of each size. Exact sizes, not brackets: the brackets follow the MTU, which changes, and
/// an array index costs less than a division. Zero pages stay untouched until a size occurs.
class SizeCounts {
 public:
  SizeCounts() : counts_(static_cast<std::uint64_t*>(std::calloc(kSizes, sizeof(std::uint64_t)))) {
    if (!counts_) throw std::bad_alloc();
  }

  void add(std::uint32_t bytes, std::uint64_t packets) noexcept {
    if (bytes >= kSizes) {
      oversized_packets_ += packets;
      oversized_bytes_ += packets * bytes;
      return;
    }
    counts_[bytes] += packets;
    largest_ = std::max(largest_, bytes);
  }

  void sample(SampleWriter& out, const MetricDesc& metric, DeviceSlot slot, std::uint32_t mtu_bytes) const {
    const std::uint32_t width = std::max<std::uint32_t>(1, mtu_bytes / std::uint32_t{kBrackets});
    std::array<double, kBrackets> bounds{};
    for (std::size_t i = 0; i < kBrackets; ++i) bounds[i] = static_cast<double>(width * (i + 1));
    std::array<std::uint64_t, kBrackets + 1> counts{};
    counts[kBrackets] = oversized_packets_;
    std::uint64_t sum = oversized_bytes_;
    for (std::uint32_t bytes = 0; bytes <= largest_; ++bytes) {
      if (counts_[bytes] == 0) continue;
      const std::size_t bracket = bytes == 0 ? 0 : (bytes - 1) / width;
      counts[std::min(bracket, kBrackets)] += counts_[bytes];
      sum += counts_[bytes] * bytes;
    }
    out.add_histogram(metric, {slot}, bounds, counts, sum);
  }

 private:
  struct Free {
    void operator()(std::uint64_t* memory) const noexcept { std::free(memory); }
  };
  static constexpr std::uint32_t kSizes = 65537;  // the MTU of lo is the largest there is

  std::unique_ptr<std::uint64_t[], Free> counts_;
  std::uint32_t largest_ = 0;
  std::uint64_t oversized_packets_ = 0;
  std::uint64_t oversized_bytes_ = 0;
};

using BothDirections = std::array<SizeCounts, kDirections>;

class PacketSizeCollector final : public Collector {
 public:
  void on_batch(std::span<const Packet> packets) noexcept override {
    for (const Packet& packet : packets) {
      SizeCounts& sizes = devices_[packet.device][static_cast<std::size_t>(packet.direction)];
      sizes.add(packet.last_network_bytes, 1);
      if (packet.segments > 1) sizes.add(packet.segment_network_bytes, packet.segments - 1);
    }
  }

  void on_device(DeviceSlot slot, const Device& /*device*/) override { devices_.begin(slot); }

  void sample(SampleWriter& out, const DeviceArray& devices) const override {
    devices_.for_each([&](DeviceSlot slot, const BothDirections& sizes) {
      sizes[0].sample(out, kReceiveSize, slot, devices[slot].mtu_bytes);
      sizes[1].sample(out, kTransmitSize, slot, devices[slot].mtu_bytes);
    });
  }

 private:
  PerDevice<BothDirections> devices_;
};

void write_direction(RowWriter& row, std::string_view key, const HistogramSample& histogram) {
  row.begin_object(key);
  std::uint64_t packets = 0;
  row.begin_array("buckets");
  for (std::size_t i = 0; i <= histogram.bound_count; ++i) {
    packets += histogram.counts.at(i);
    row.begin_object();
    if (i < histogram.bound_count) row.number("up_to_bytes", static_cast<std::uint64_t>(histogram.bounds.at(i)));
    row.number("packets", histogram.counts.at(i));
    row.end_object();
  }
  row.end_array();
  row.number("packets", packets);
  row.number("bytes", histogram.sum);
  row.end_object();
}

/// One row per device; buckets are not cumulative, the last one has no bound.
void write_row(const Snapshot& snapshot, std::size_t at, RowWriter& row) {
  const HistogramSample& receive = snapshot.family(kReceiveSize).histograms.at(at);
  const Device& device = snapshot.devices()[receive.labels[0]];
  row.begin_object();
  row.text("device", device.name);
  row.number("mtu_bytes", device.mtu_bytes);
  write_direction(row, "receive", receive);
  write_direction(row, "transmit", snapshot.family(kTransmitSize).histograms.at(at));
  row.end_object();
}

RowCursor open_rows(const Snapshot& snapshot, const RowQuery& query) {
  const std::vector<HistogramSample>& receive = snapshot.family(kReceiveSize).histograms;
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < receive.size(); ++at) {
    if (query.wants(receive[at].labels[0])) places.push_back(at);
  }
  return cursor_over(std::move(places), query,
                     [&snapshot](std::size_t at, RowWriter& row) { write_row(snapshot, at, row); });
}

void add_brackets(const HistogramSample& histogram, const std::string& prefix, RoundRobinFile& file) {
  for (std::size_t i = 0; i < kBrackets; ++i) {
    const std::string number = std::to_string(i + 1);
    file.add_counter(prefix + (number.size() == 1 ? "0" : "") + number, histogram.counts.at(i));
  }
  file.add_counter(prefix + "over", histogram.counts.at(kBrackets));
}

void add_round_robin(const Snapshot& snapshot, const config::Rrd& /*settings*/, RoundRobinFiles& files) {
  const std::vector<HistogramSample>& receive = snapshot.family(kReceiveSize).histograms;
  const std::vector<HistogramSample>& transmit = snapshot.family(kTransmitSize).histograms;
  for (std::size_t at = 0; at < receive.size(); ++at) {
    RoundRobinFile file{snapshot.devices()[receive[at].labels[0]].name, "packet_size", {}};
    add_brackets(receive[at], "rx_", file);
    add_brackets(transmit.at(at), "tx_", file);
    files.push_back(std::move(file));
  }
}

void add_log_figures(const Snapshot& snapshot, LogFigures& figures) {
  static_assert(kBrackets == kSizeBrackets);
  const std::vector<HistogramSample>& receive = snapshot.family(kReceiveSize).histograms;
  const std::vector<HistogramSample>& transmit = snapshot.family(kTransmitSize).histograms;
  for (std::size_t at = 0; at < receive.size(); ++at) {
    const Device& device = snapshot.devices()[receive[at].labels[0]];
    SizeFigures sizes;
    sizes.mtu_bytes = device.mtu_bytes;
    for (std::size_t i = 0; i < kBrackets; ++i) sizes.bounds[i] = static_cast<std::uint64_t>(receive[at].bounds[i]);
    for (std::size_t i = 0; i <= kBrackets; ++i) {
      sizes.in[i] = receive[at].counts[i];
      sizes.out[i] = transmit.at(at).counts[i];
    }
    figures_of(figures, device).sizes = sizes;
  }
}

}  // namespace

extern const CollectorSpec packet_size_collector;
const CollectorSpec packet_size_collector{
    .name = "packet_size",
    .facility = "statistical breakdown by packet size (-z)",
    .metrics = kMetrics,
    .series_per_device = kDirections * (kBrackets + 3),
    .settings = [](const config::Collectors& settings) -> const config::CollectorBase& { return settings.packet_size; },
    .create = [](const CollectorContext&) -> std::unique_ptr<Collector> {
      return std::make_unique<PacketSizeCollector>();
    },
    .json_key = "packet_sizes",
    .open_rows = open_rows,
    .add_round_robin = add_round_robin,
    .add_log_figures = add_log_figures,
};

}  // namespace iptraf::collectors
