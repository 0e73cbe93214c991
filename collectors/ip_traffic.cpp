// SPDX-License-Identifier: GPL-2.0-or-later
// Collector `ip_traffic`: the lower window of IPTraf's traffic monitor (-i).
#include <algorithm>
#include <array>
#include <new>
#include <span>

#include "collectors/ethertype_counts.hpp"
#include "collectors/message_words.hpp"
#include "collectors/packet_log.hpp"
#include "collectors/packet_rows.hpp"
#include "collectors/traffic_class.hpp"
#include "collectors/traffic_classifier.hpp"
#include "config/config.hpp"
#include "core/collector.hpp"
#include "core/labels.hpp"
#include "core/per_device.hpp"
#include "core/snapshot.hpp"
#include "core/table_metrics.hpp"

namespace iptraf::collectors {
namespace {

/// Formats an index into `kMessages` as one of the entry's words.
template <const auto& kMessages, auto kWord>
void format_message(std::uint64_t index, const LabelContext& /*context*/, std::string& out) {
  out += kMessages.at(index).*kWord;
}

constexpr LabelDesc kProtocolLabel{"protocol", format_word<kTrafficClassWords>};
constexpr LabelDesc kEthertypeLabel{"ethertype", format_ethertype};

constexpr MetricDesc kPackets{"iptraf_ip_traffic_packets_total",
                              MetricKind::kCounter,
                              {kDeviceLabel, kProtocolLabel},
                              "IP packets by the protocol behind all extension headers."};
constexpr MetricDesc kBytes{"iptraf_ip_traffic_bytes_total",
                            MetricKind::kCounter,
                            {kDeviceLabel, kProtocolLabel},
                            "IP bytes by the protocol behind all extension headers: IP header and payload, without "
                            "link header and padding."};
constexpr MetricDesc kIcmpPackets{"iptraf_ip_traffic_icmp_packets_total",
                                  MetricKind::kCounter,
                                  {kDeviceLabel,
                                   {"version", format_message<kIcmpMessages, &IcmpMessage::version>},
                                   {"type", format_message<kIcmpMessages, &IcmpMessage::type>},
                                   {"code", format_message<kIcmpMessages, &IcmpMessage::code>}},
                                  "ICMP and ICMPv6 packets whose header was captured, by type; destination "
                                  "unreachable also by code."};
constexpr MetricDesc kOspfPackets{"iptraf_ip_traffic_ospf_packets_total",
                                  MetricKind::kCounter,
                                  {kDeviceLabel,
                                   {"version", format_message<kOspfMessages, &OspfMessage::version>},
                                   {"type", format_message<kOspfMessages, &OspfMessage::type>}},
                                  "OSPF packets whose header was captured, by version and type."};
constexpr MetricDesc kArpPackets{"iptraf_ip_traffic_arp_packets_total",
                                 MetricKind::kCounter,
                                 {kDeviceLabel, {"operation", format_word<kArpOperationWords>}},
                                 "ARP and RARP packets whose header was captured, by operation."};
constexpr MetricDesc kNonIpPackets{"iptraf_ip_traffic_non_ip_packets_total",
                                   MetricKind::kCounter,
                                   {kDeviceLabel, kEthertypeLabel},
                                   "Packets that are not IP, by EtherType."};
constexpr MetricDesc kNonIpBytes{"iptraf_ip_traffic_non_ip_bytes_total",
                                 MetricKind::kCounter,
                                 {kDeviceLabel, kEthertypeLabel},
                                 "Frame bytes of packets that are not IP, by EtherType: with link header and VLAN "
                                 "tags, without frame check sequence."};

constexpr const MetricDesc* kMetrics[] = {&kPackets,    &kBytes,        &kIcmpPackets, &kOspfPackets,
                                          &kArpPackets, &kNonIpPackets, &kNonIpBytes};

constexpr std::uint32_t kSeriesPerDevice = 2 * kIpClasses + kIcmpMessages.size() + kOspfMessages.size() +
                                           kArpOperationWords.size() + 2 * (kKnownEthertypes.size() + 1);

/// One device.
struct Traffic {
  /// By class; kInvisible too, so that counting has no branch.
  std::array<std::uint64_t, kTrafficClasses + 1> packets{};
  std::array<std::uint64_t, kTrafficClasses + 1> ip_bytes{};
  std::array<std::uint64_t, kIcmpMessages.size()> icmp{};
  std::array<std::uint64_t, kOspfMessages.size()> ospf{};
  std::array<std::uint64_t, kArpOperationWords.size()> arp{};
  EthertypeCounts ethertypes;
};

/// What the settings leave out has series only for what was counted before they were changed.
void add_shown(SampleWriter& out, const MetricDesc& metric, std::initializer_list<std::uint64_t> labels,
               std::uint64_t value, bool is_visible) {
  if (is_visible || value != 0) out.add(metric, labels, value);
}

class IpTrafficCollector final : public Collector {
 public:
  explicit IpTrafficCollector(const CollectorContext& context) : admission_(*context.admission) {
    IpTrafficCollector::configure(context);
  }

  void configure(const CollectorContext& context) override {
    events_ = context.config.iptraf_log.packets ? context.events : nullptr;
    classifier_.configure(context.config.collectors.ip_traffic);
    devices_.for_each([](Traffic& traffic) { traffic.ethertypes.forget_refusals(); });
  }

  void on_batch(std::span<const Packet> packets) noexcept override {
    while (!packets.empty()) {
      const std::size_t count = std::min(packets.size(), kChunk);
      count_chunk(packets.first(count));
      packets = packets.subspan(count);
    }
  }

  void on_device(DeviceSlot slot, const Device& device) override {
    devices_.begin(slot);
    admission_.clear(slot, device.life);
    log_.forget_device(slot);
  }

  void sample(SampleWriter& out, const DeviceArray& /*devices*/) const override {
    std::uint64_t ethertypes = 0;
    std::uint64_t capacity = 0;
    devices_.for_each([&](DeviceSlot slot, const Traffic& traffic) {
      sample_classes(out, slot, traffic);
      sample_messages(out, slot, traffic);
      sample_ethertypes(out, slot, traffic);
      ethertypes += traffic.ethertypes.unknown_count();
      capacity += kMaxUnknownEthertypes;
    });
    add_table(out, Table::kEthertype, ethertypes, capacity);
    add_evictions(out, Table::kEthertype, Eviction::kFull, refused_full_);
    add_evictions(out, Table::kEthertype, Eviction::kBudget, refused_budget_);
  }

  std::size_t copy_rows(RowSet& to, std::size_t /*position*/) const override {
    log_.copy_to(static_cast<RowsOf<Packet>&>(to).add_slice(PacketLog::kCapacity));
    return kNoMoreRows;
  }

 private:
  static constexpr std::size_t kChunk = 256;

  /// Most packets are TCP or UDP, in an order that no branch predictor knows: all are counted, and those with more to
  /// tell are picked out, without a branch.
  void count_chunk(std::span<const Packet> packets) noexcept {
    std::array<TrafficClass, kChunk> classes;
    std::array<std::uint16_t, kChunk> listed;
    std::size_t listed_count = 0;
    for (std::size_t i = 0; i < packets.size(); ++i) {
      const Packet& packet = packets[i];
      const TrafficClass traffic = classifier_.class_of(packet);
      classes[i] = traffic;
      Traffic& device = devices_[packet.device];
      device.packets[index_of(traffic)] += packet.segments;
      device.ip_bytes[index_of(traffic)] += packet.ip_bytes;
      listed[listed_count] = static_cast<std::uint16_t>(i);
      listed_count += static_cast<std::size_t>((traffic != TrafficClass::kTcp) & (traffic != kInvisible));
    }
    for (const std::uint16_t i : std::span(listed).first(listed_count)) {
      log_.add(packets[i]);
      if (classes[i] != TrafficClass::kUdp) count_details(packets[i], classes[i]);
    }
    if (events_ != nullptr) tell(packets, std::span(listed).first(listed_count));
  }

  /// Kept out of the loop that every packet goes through.
  [[gnu::noinline]] void tell(std::span<const Packet> packets, std::span<const std::uint16_t> listed) noexcept {
    TrafficEvent event;
    for (const std::uint16_t i : listed) {
      event.packet = packets[i];
      events_->push(event);
    }
  }

  void count_details(const Packet& packet, TrafficClass traffic) noexcept {
    Traffic& device = devices_[packet.device];
    if (!has_trusted_ip(packet)) count_ethertype(device.ethertypes, packet);
    if (packet.has_message) message_count(device, packet, traffic) += packet.segments;
  }

  /// Packet::message_type and message_code are an ICMP type and code, an OSPF type and version, or an ARP operation.
  static std::uint64_t& message_count(Traffic& device, const Packet& packet, TrafficClass traffic) noexcept {
    const std::uint8_t type = packet.message_type;
    const std::uint8_t code = packet.message_code;
    if (traffic == TrafficClass::kIcmp) return device.icmp[icmp_message(4, type, code)];
    if (traffic == TrafficClass::kIcmpv6) return device.icmp[icmp_message(6, type, code)];
    if (traffic == TrafficClass::kOspf) return device.ospf[ospf_message(code, type)];
    return device.arp[static_cast<std::size_t>(arp_operation(type))];
  }

  void count_ethertype(EthertypeCounts& counts, const Packet& packet) noexcept {
    EthertypeCounts::Count* const found = counts.find(packet.ethertype);
    EthertypeCounts::Count& count = found != nullptr ? *found : admit(counts, packet);
    count.packets += packet.segments;
    count.frame_bytes += packet.frame_bytes;
  }

  /// The first packet of an EtherType.
  EthertypeCounts::Count& admit(EthertypeCounts& counts, const Packet& packet) noexcept {
    if (EthertypeCounts::Count* const known = counts.add_known(packet.ethertype)) return *known;
    const Admission admission = counts.is_full() ? Admission::kFull : ask_admission(packet);
    if (admission == Admission::kAdmitted) return counts.add_unknown(packet.ethertype);
    ++(admission == Admission::kFull ? refused_full_ : refused_budget_);
    return counts.add_to_other(packet.ethertype);
  }

  /// Out of memory is one more way of being full.
  Admission ask_admission(const Packet& packet) noexcept {
    try {
      return admission_.admit(packet.device, packet.ethertype);
    } catch (const std::bad_alloc&) {
      return Admission::kFull;
    }
  }

  void sample_classes(SampleWriter& out, std::uint64_t slot, const Traffic& traffic) const {
    for (std::size_t i = 0; i < kIpClasses; ++i) {
      const bool is_visible = classifier_.is_visible(static_cast<TrafficClass>(i));
      add_shown(out, kPackets, {slot, i}, traffic.packets[i], is_visible);
      add_shown(out, kBytes, {slot, i}, traffic.ip_bytes[i], is_visible);
    }
  }

  void sample_messages(SampleWriter& out, std::uint64_t slot, const Traffic& traffic) const {
    for (std::size_t i = 0; i < traffic.icmp.size(); ++i) {
      const bool is_icmpv6 = kIcmpMessages[i].version == "6";
      const TrafficClass protocol = is_icmpv6 ? TrafficClass::kIcmpv6 : TrafficClass::kIcmp;
      add_shown(out, kIcmpPackets, {slot, i, i, i}, traffic.icmp[i], classifier_.is_visible(protocol));
    }
    for (std::size_t i = 0; i < traffic.ospf.size(); ++i) {
      add_shown(out, kOspfPackets, {slot, i, i}, traffic.ospf[i], classifier_.is_visible(TrafficClass::kOspf));
    }
    for (std::size_t i = 0; i < traffic.arp.size(); ++i) {
      add_shown(out, kArpPackets, {slot, i}, traffic.arp[i], is_visible(static_cast<ArpOperation>(i)));
    }
  }

  void sample_ethertypes(SampleWriter& out, std::uint64_t slot, const Traffic& traffic) const {
    traffic.ethertypes.for_each([&](std::uint64_t ethertype, const EthertypeCounts::Count& count) {
      const TrafficClass kind = ethertype == kArpEthertype    ? TrafficClass::kArp
                                : ethertype == kRarpEthertype ? TrafficClass::kRarp
                                                              : TrafficClass::kNonIp;
      add_shown(out, kNonIpPackets, {slot, ethertype}, count.packets, classifier_.is_visible(kind));
      add_shown(out, kNonIpBytes, {slot, ethertype}, count.frame_bytes, classifier_.is_visible(kind));
    });
  }

  bool is_visible(ArpOperation operation) const noexcept {
    const bool is_arp_visible = classifier_.is_visible(TrafficClass::kArp);
    const bool is_rarp_visible = classifier_.is_visible(TrafficClass::kRarp);
    if (operation == ArpOperation::kOther) return is_arp_visible || is_rarp_visible;
    const bool is_rarp = operation == ArpOperation::kRarpRequest || operation == ArpOperation::kRarpReply;
    return is_rarp ? is_rarp_visible : is_arp_visible;
  }

  PerDevice<Traffic> devices_;
  TrafficClassifier classifier_;
  PacketLog log_;
  TrafficEventRing* events_ = nullptr;  ///< null: nobody is to be told of packets
  SeriesAdmission& admission_;
  std::uint64_t refused_full_ = 0;
  std::uint64_t refused_budget_ = 0;
};

void add_log_figures(const Snapshot& snapshot, LogFigures& figures) {
  for (const Sample& sample : snapshot.family(kPackets).samples) {
    figures_of(figures, snapshot.devices()[sample.labels[0]]).has_traffic_monitor = true;
  }
}

}  // namespace

extern const CollectorSpec ip_traffic_collector;
const CollectorSpec ip_traffic_collector{
    .name = "ip_traffic",
    .facility = "IP traffic monitor, all packets but TCP (-i, lower window)",
    .metrics = kMetrics,
    .series_per_device = kSeriesPerDevice,
    .admission = {.series_per_key = 2, .max_keys = [](const config::Config&) { return kMaxUnknownEthertypes; }},
    .filters_tcp_both_ways = true,
    .settings = [](const config::Collectors& settings) -> const config::CollectorBase& { return settings.ip_traffic; },
    .create = [](const CollectorContext& context) -> std::unique_ptr<Collector> {
      return std::make_unique<IpTrafficCollector>(context);
    },
    .make_rows = []() -> std::unique_ptr<RowSet> { return std::make_unique<RowsOf<Packet>>(); },
    .json_key = "packets",
    .parameters = kPacketRowParameters,
    .open_rows = open_packet_rows,
    .add_log_figures = add_log_figures,
};

}  // namespace iptraf::collectors
