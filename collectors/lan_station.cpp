// SPDX-License-Identifier: GPL-2.0-or-later
// Collector `lan_station`: IPTraf's LAN station monitor (-l).
#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <optional>
#include <vector>

#include "collectors/station_metrics.hpp"
#include "collectors/station_table.hpp"
#include "collectors/traffic_sort.hpp"
#include "config/config.hpp"
#include "core/collector.hpp"
#include "core/row_writer.hpp"
#include "core/snapshot.hpp"
#include "core/table_metrics.hpp"
#include "names/name_tables.hpp"

namespace iptraf::collectors {
namespace {

using namespace station_metrics;

bool is_lan(LinkKind kind) { return kind == LinkKind::kEthernet || kind == LinkKind::kFddi; }

std::string_view link_word(const Device& device) { return device.kind == LinkKind::kFddi ? "fddi" : "ethernet"; }

constexpr bool is_ip(const Packet& packet) noexcept {
  return packet.network == Network::kIpv4 || packet.network == Network::kIpv6;
}

/// A station that this shard has not seen for too long. It counts on until no other shard sees it either.
struct EndedStation {
  EndedPresence presence;
  StationTraffic receive;
  StationTraffic transmit;
};

/// Untouched memory costs nothing: there are so many only while one shard reads a file far ahead of another.
constexpr std::size_t kMaxEnded = 8192;
constexpr std::size_t kFewEnded = 16;

/// One device.
struct Lan {
  explicit Lan(std::uint32_t max_stations) : stations(max_stations) { ended.reserve(kMaxEnded); }

  StationTable stations;
  Station other{};
  std::vector<EndedStation> ended;
  std::size_t sweep_at = kFewEnded;         ///< so many ended: time to drop those whose life is over
  std::optional<std::uint64_t> refused_at;  ///< SeriesAdmission::room_version() when a newcomer was refused
  Admission refusal = Admission::kFull;
};

void sample_station(SampleWriter& out, std::uint64_t slot, std::uint64_t mac, const StationTraffic& receive,
                    const StationTraffic& transmit) {
  out.add(kReceivePackets, {slot, mac}, receive.packets);
  out.add(kReceiveIpPackets, {slot, mac}, receive.ip_packets);
  out.add(kReceiveBytes, {slot, mac}, receive.bytes);
  out.add(kTransmitPackets, {slot, mac}, transmit.packets);
  out.add(kTransmitIpPackets, {slot, mac}, transmit.ip_packets);
  out.add(kTransmitBytes, {slot, mac}, transmit.bytes);
}

class LanStationCollector final : public Collector {
 public:
  explicit LanStationCollector(const CollectorContext& context)
      : admission_(*context.admission), shard_(admission_.add_shard()) {
    LanStationCollector::configure(context);
  }

  /// A table never shrinks: stations that have series keep them.
  void configure(const CollectorContext& context) override {
    const config::LanStation& settings = context.config.collectors.lan_station;
    max_stations_ = settings.max_stations;
    idle_ = config::to_nanoseconds(settings.idle);
    admission_.set_idle(idle_);
    for (const std::unique_ptr<Lan>& lan : lans_) {
      if (!lan) continue;
      lan->stations.grow(max_stations_);
      lan->refused_at.reset();
    }
    set_next_end();
  }

  void on_batch(std::span<const Packet> packets) noexcept override {
    for (const Packet& packet : packets) {
      if (!packet.has_macs) continue;
      if (is_ip(packet) && !has_trusted_ip(packet)) continue;
      if (Lan* const lan = lans_[packet.device].get()) count(*lan, packet);
    }
  }

  void on_clock(Timestamp now) noexcept override {
    if (now > next_end_) {
      end_idle(now);
    } else {
      evicted_idle_ += admission_.advance(shard_, now);
    }
  }

  void on_device(DeviceSlot slot, const Device& device) override {
    lans_[slot].reset();
    admission_.clear(slot, device.life, shard_);
    if (is_lan(device.kind)) lans_[slot] = std::make_unique<Lan>(max_stations_);
    set_next_end();
  }

  void sample(SampleWriter& out, const DeviceArray& /*devices*/) const override {
    const SeriesAdmission::Sampling sampling(admission_, shard_, out.question());
    std::uint64_t entries = 0;
    std::uint64_t capacity = 0;
    for (std::size_t slot = 0; slot < lans_.size(); ++slot) {
      if (!lans_[slot]) continue;
      sample_lan(out, slot, *lans_[slot]);
      entries += lans_[slot]->stations.size();
      capacity += max_stations_;
    }
    add_table(out, Table::kLanStation, entries, capacity);
    add_evictions(out, Table::kLanStation, Eviction::kIdle, evicted_idle_);
    add_evictions(out, Table::kLanStation, Eviction::kFull, refused_full_);
    add_evictions(out, Table::kLanStation, Eviction::kBudget, refused_budget_);
  }

 private:
  void count(Lan& lan, const Packet& packet) noexcept {
    if (packet.time > next_end_) end_idle(packet.time);
    const std::uint32_t ip_packets = is_ip(packet) ? packet.segments : 0;
    Station& sender = station_of(lan, packet, packet.source_mac);
    Station& receiver = station_of(lan, packet, packet.destination_mac);
    sender.last_seen = packet.time;
    receiver.last_seen = packet.time;
    sender.transmit.add(packet, ip_packets);
    receiver.receive.add(packet, ip_packets);
  }

  Station& station_of(Lan& lan, const Packet& packet, const MacAddress& address) noexcept {
    const std::uint64_t mac = to_number(address);
    if (Station* const found = lan.stations.find(mac)) return *found;
    return newcomer(lan, packet, mac);
  }

  /// An address without an entry on this shard. While nothing has made room since the last refusal, only one that
  /// another shard may have admitted is worth asking for. Kept out of the look-up that every packet makes.
  [[gnu::noinline]] Station& newcomer(Lan& lan, const Packet& packet, std::uint64_t mac) noexcept {
    const std::uint64_t version = admission_.room_version();
    if (lan.refused_at != version || admission_.may_be_admitted(packet.device, mac)) {
      const Admission admission = admit(lan, packet, mac);
      if (admission == Admission::kAdmitted) {
        next_end_ = std::min(next_end_, later_by(packet.time, idle_));
        return lan.stations.insert(mac, packet.time);
      }
      lan.refused_at = version;
      lan.refusal = admission;
    }
    ++(lan.refusal == Admission::kFull ? refused_full_ : refused_budget_);
    return lan.other;
  }

  /// Out of memory is one more way of being full. So is a reload that has raised the limit but not yet grown the table.
  Admission admit(const Lan& lan, const Packet& packet, std::uint64_t mac) noexcept {
    if (lan.stations.is_full()) return Admission::kFull;
    try {
      return admission_.begin_presence(packet.device, mac, shard_, packet.time);
    } catch (const std::bad_alloc&) {
      return Admission::kFull;
    }
  }

  /// Before a packet is counted at `now`, everything that was idle by then has ended: so it makes no difference where
  /// batches begin.
  void end_idle(Timestamp now) noexcept {
    for (std::size_t slot = 0; slot < lans_.size(); ++slot) {
      if (!lans_[slot]) continue;
      Lan& lan = *lans_[slot];
      lan.stations.remove_idle(
          now, idle_, [&](const Station& station) { return end(static_cast<DeviceSlot>(slot), lan, station, now); });
    }
    evicted_idle_ += admission_.advance(shard_, now);
    set_next_end();
  }

  /// False when the station has to stay because there is no memory to remember its counts in.
  bool end(DeviceSlot slot, Lan& lan, const Station& station, Timestamp now) noexcept {
    if (lan.ended.size() >= lan.sweep_at) sweep(lan, now);
    if (lan.ended.size() == kMaxEnded) return false;
    try {
      const auto presence = admission_.end_presence(slot, station.mac, shard_, station.last_seen);
      if (presence) lan.ended.push_back({*presence, station.receive, station.transmit});
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }

  /// Drops what is over. As rarely as the rest is large, so that an ended station costs the same however many wait.
  void sweep(Lan& lan, Timestamp now) noexcept {
    evicted_idle_ += admission_.advance(shard_, now);
    std::erase_if(lan.ended, [this](const EndedStation& station) { return !admission_.is_alive(station.presence); });
    lan.sweep_at = std::clamp(lan.ended.size() * 2, kFewEnded, kMaxEnded);
  }

  void set_next_end() noexcept {
    next_end_ = kNever;
    for (const std::unique_ptr<Lan>& lan : lans_) {
      if (lan) next_end_ = std::min(next_end_, later_by(lan->stations.earliest_seen(), idle_));
    }
  }

  void sample_lan(SampleWriter& out, std::uint64_t slot, const Lan& lan) const {
    lan.stations.for_each(
        [&](const Station& station) { sample_station(out, slot, station.mac, station.receive, station.transmit); });
    for (const EndedStation& station : lan.ended) {
      if (!admission_.is_alive(station.presence)) continue;
      sample_station(out, slot, station.presence.key, station.receive, station.transmit);
    }
    sample_station(out, slot, kOtherMac, lan.other.receive, lan.other.transmit);
  }

  std::array<std::unique_ptr<Lan>, kDeviceSlots> lans_;  ///< null: not begun, or no LAN
  Timestamp next_end_ = kNever;                          ///< no station is idle before
  Timestamp idle_ = 0;
  SeriesAdmission& admission_;
  const std::uint32_t shard_;
  std::uint32_t max_stations_ = 0;
  std::uint64_t evicted_idle_ = 0;
  std::uint64_t refused_full_ = 0;
  std::uint64_t refused_budget_ = 0;
};

struct StationNames {
  std::string vendor;
  std::string_view description;
};

StationNames names_of(const Snapshot& snapshot, std::uint64_t mac) {
  if (mac == kOtherMac) return {};
  const MacAddress address = to_address(mac);
  return {snapshot.names().vendors.vendor(address), snapshot.names().descriptions.find(address)};
}

void annotate(Snapshot& snapshot) {
  for (const Sample& sample : snapshot.family(kReceivePackets).samples) {
    const Device& device = snapshot.devices()[sample.labels[0]];
    const std::uint64_t mac = sample.labels[1];
    if (mac == kOtherMac) continue;
    const StationNames names = names_of(snapshot, mac);
    snapshot.add_text(
        kInfo,
        {device.name, mac_text(mac), std::string(link_word(device)), names.vendor, std::string(names.description)}, 1);
  }
}

struct Row {
  std::uint64_t slot = 0;
  std::uint64_t mac = 0;
  StationTraffic receive{};
  StationTraffic transmit{};

  std::uint64_t packets() const { return receive.packets + transmit.packets; }
  std::uint64_t bytes() const { return receive.bytes + transmit.bytes; }
};

/// `mac` is "other" for all that have no row.
void write_row(const Snapshot& snapshot, const Row& row, RowWriter& out) {
  const Device& device = snapshot.devices()[row.slot];
  const StationNames names = names_of(snapshot, row.mac);
  out.begin_object();
  out.text("device", device.name);
  out.text("mac", mac_text(row.mac));
  out.text("link_type", link_word(device));
  out.text("vendor", names.vendor);
  out.text("description", names.description);
  out.number("receive_packets", row.receive.packets);
  out.number("receive_ip_packets", row.receive.ip_packets);
  out.number("receive_bytes", row.receive.bytes);
  out.number("transmit_packets", row.transmit.packets);
  out.number("transmit_ip_packets", row.transmit.ip_packets);
  out.number("transmit_bytes", row.transmit.bytes);
  out.end_object();
}

constexpr RowParameter kParameters[] = {kTrafficSortParameter};

/// By device and address unless a sort is asked for.
RowCursor open_rows(const Snapshot& snapshot, const RowQuery& query) {
  std::vector<Row> rows;
  for (const Sample& sample : snapshot.family(kReceivePackets).samples) {
    const std::uint64_t slot = sample.labels[0];
    const std::uint64_t mac = sample.labels[1];
    if (!query.wants(slot)) continue;
    const auto value = [&](const MetricDesc& metric) { return snapshot.value(metric, {slot, mac}); };
    const Row row{slot,
                  mac,
                  {sample.value, value(kReceiveIpPackets), value(kReceiveBytes)},
                  {value(kTransmitPackets), value(kTransmitIpPackets), value(kTransmitBytes)}};
    if (mac == kOtherMac && row.packets() == 0) continue;
    rows.push_back(row);
  }
  sort_by_traffic(rows, query);
  return cursor_over(std::move(rows), query,
                     [&snapshot](const Row& row, RowWriter& out) { write_row(snapshot, row, out); });
}

/// A MAC address with dashes: a file name on every system.
std::string file_name_of(std::uint64_t mac) {
  std::string name = mac_text(mac);
  std::replace(name.begin(), name.end(), ':', '-');
  return "lan_stations/" + name;
}

void add_round_robin(const Snapshot& snapshot, const config::Rrd& /*settings*/, RoundRobinFiles& files) {
  for (const Sample& sample : snapshot.family(kReceivePackets).samples) {
    const std::uint64_t slot = sample.labels[0];
    const std::uint64_t mac = sample.labels[1];
    if (mac == kOtherMac) continue;
    const auto value = [&](const MetricDesc& metric) { return snapshot.value(metric, {slot, mac}); };
    RoundRobinFile file{snapshot.devices()[slot].name, file_name_of(mac), {}, true};
    file.add_counter("rx_packets", sample.value);
    file.add_counter("tx_packets", value(kTransmitPackets));
    file.add_counter("rx_ip_packets", value(kReceiveIpPackets));
    file.add_counter("tx_ip_packets", value(kTransmitIpPackets));
    file.add_counter("rx_bytes", value(kReceiveBytes));
    file.add_counter("tx_bytes", value(kTransmitBytes));
    files.push_back(std::move(file));
  }
}

void add_log_figures(const Snapshot& snapshot, LogFigures& figures) {
  for (const Sample& sample : snapshot.family(kReceivePackets).samples) {
    const std::uint64_t slot = sample.labels[0];
    const std::uint64_t mac = sample.labels[1];
    const Device& device = snapshot.devices()[slot];
    auto& stations = figures_of(figures, device).stations;
    if (!stations) stations.emplace();
    if (mac == kOtherMac) continue;  // every device has this one
    const auto value = [&](const MetricDesc& metric) { return snapshot.value(metric, {slot, mac}); };
    stations->push_back({mac_text(mac),
                         std::string(snapshot.names().descriptions.find(to_address(mac))),
                         device.kind == LinkKind::kFddi,
                         {{sample.value, value(kReceiveBytes)}, {value(kTransmitPackets), value(kTransmitBytes)}},
                         value(kReceiveIpPackets),
                         value(kTransmitIpPackets)});
  }
}

}  // namespace

extern const CollectorSpec lan_station_collector;
const CollectorSpec lan_station_collector{
    .name = "lan_station",
    .facility = "LAN station monitor (-l)",
    .metrics = station_metrics::kAll,
    .series_per_device = 6,
    .admission = {.series_per_key = 7,
                  .max_keys = [](const config::Config& config) { return config.collectors.lan_station.max_stations; }},
    .settings = [](const config::Collectors& settings) -> const config::CollectorBase& { return settings.lan_station; },
    .create = [](const CollectorContext& context) -> std::unique_ptr<Collector> {
      return std::make_unique<LanStationCollector>(context);
    },
    .annotate = annotate,
    .json_key = "stations",
    .parameters = kParameters,
    .open_rows = open_rows,
    .add_round_robin = add_round_robin,
    .add_log_figures = add_log_figures,
};

}  // namespace iptraf::collectors
