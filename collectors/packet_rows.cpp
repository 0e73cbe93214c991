// SPDX-License-Identifier: GPL-2.0-or-later
// The rows of collector `ip_traffic`: the traffic monitor's lower window, a line for each packet.
#include "collectors/packet_rows.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "collectors/ethertype_counts.hpp"
#include "collectors/message_words.hpp"
#include "collectors/packet_log.hpp"
#include "core/address_text.hpp"
#include "core/row_writer.hpp"
#include "core/snapshot.hpp"
#include "names/name_tables.hpp"

namespace iptraf::collectors {
namespace {

bool is_icmp(TrafficClass traffic) { return traffic == TrafficClass::kIcmp || traffic == TrafficClass::kIcmpv6; }

const IcmpMessage& icmp_message_of(const Packet& packet) {
  const int version = packet.network == Network::kIpv4 ? 4 : 6;
  return kIcmpMessages.at(icmp_message(version, packet.message_type, packet.message_code));
}

/// The word of the type; empty when it was not captured, and for what has none.
std::string type_of(const Packet& packet, TrafficClass traffic) {
  if (traffic == TrafficClass::kNonIp) return ethertype_text(packet.ethertype);
  if (packet.fragment == Fragment::kLater && !packet.has_ports) return "fragment";
  if (!packet.has_message) return {};
  if (is_icmp(traffic)) return std::string(icmp_message_of(packet).type);
  if (traffic == TrafficClass::kOspf) {
    return std::string(kOspfMessages.at(ospf_message(packet.message_code, packet.message_type)).type);
  }
  return std::string(kArpOperationWords.at(static_cast<std::size_t>(arp_operation(packet.message_type))));
}

/// Whom a request looks for, or who replies.
std::string arp_detail(const Packet& packet) {
  switch (arp_operation(packet.message_type)) {
    case ArpOperation::kRequest:
      return to_text(packet.destination);
    case ArpOperation::kReply:
      return to_text(packet.source);
    case ArpOperation::kRarpRequest:
      return to_text(packet.detail.arp.target);
    case ArpOperation::kRarpReply:
      return to_text(packet.detail.arp.sender);
    case ArpOperation::kOther:
      break;
  }
  return {};
}

/// OSPF's numbers of areas and routers are written like IPv4 addresses.
std::string dotted(std::uint32_t number) {
  std::string text = std::to_string(number >> 24);
  for (const int shift : {16, 8, 0}) text += '.' + std::to_string((number >> shift) & 0xffU);
  return text;
}

std::string ospf_detail(const OspfHeader& header) {
  return "area " + dotted(header.area_id) + " router " + dotted(header.router_id);
}

std::string detail_of(const Packet& packet, TrafficClass traffic) {
  if (packet.detail_kind == DetailKind::kArp) return arp_detail(packet);
  if (packet.detail_kind == DetailKind::kOspf) return ospf_detail(packet.detail.ospf);
  if (is_icmp(traffic) && packet.has_message) return std::string(icmp_message_of(packet).code);
  if (traffic == TrafficClass::kOther) return "protocol " + std::to_string(packet.protocol);
  return {};
}

/// IP packets stand by their addresses, with ports where they are known; all others by their MAC addresses.
void write_ends(const Snapshot& snapshot, const Packet& packet, RowWriter& row) {
  const bool has_ip = has_trusted_ip(packet);
  const auto& hosts = snapshot.names().hosts;
  const auto write = [&](std::string_view key, const IpAddress& address, const std::string& mac) {
    row.text(key, has_ip ? to_text(address) : mac);
  };
  const auto write_name = [&](std::string_view key, const IpAddress& address) {
    row.text(key, has_ip && hosts ? hosts->name_of(address) : std::string());
  };
  const std::string source_mac = packet.has_source_mac ? to_text(packet.source_mac) : std::string();
  const std::string destination_mac = packet.has_macs ? to_text(packet.destination_mac) : std::string();
  write("from", packet.source, source_mac);
  if (packet.has_ports) row.number("from_port", packet.source_port);
  write_name("from_name", packet.source);
  write("to", packet.destination, destination_mac);
  if (packet.has_ports) row.number("to_port", packet.destination_port);
  write_name("to_name", packet.destination);
  row.text("mac", source_mac);
}

/// A super-packet is one row with the bytes of all its segments.
void write_row(const Snapshot& snapshot, const Packet& packet, RowWriter& row) {
  const TrafficClass traffic = class_of(packet);
  row.begin_object();
  row.time("time", packet.time);
  row.text("device", snapshot.devices()[packet.device].name);
  row.text("protocol", kTrafficClassWords.at(index_of(traffic)));
  row.text("type", type_of(packet, traffic));
  row.text("detail", detail_of(packet, traffic));
  row.number("size", has_trusted_ip(packet) ? packet.ip_bytes : packet.frame_bytes);
  write_ends(snapshot, packet, row);
  row.end_object();
}

void keep_newest(std::vector<Packet>& packets, std::size_t count) {
  if (packets.size() <= count) return;
  packets.erase(packets.begin(), packets.end() - static_cast<std::ptrdiff_t>(count));
}

std::vector<Packet> newest_packets(const Snapshot& snapshot) {
  std::vector<Packet> packets;
  for (const std::unique_ptr<RowSet>& shard : snapshot.rows("ip_traffic")) {
    static_cast<const RowsOf<Packet>&>(*shard).for_each([&](const Packet& packet) { packets.push_back(packet); });
  }
  std::stable_sort(packets.begin(), packets.end(), [](const Packet& a, const Packet& b) { return a.time < b.time; });
  keep_newest(packets, PacketLog::kCapacity);
  return packets;
}

}  // namespace

RowCursor open_packet_rows(const Snapshot& snapshot, const RowQuery& query) {
  const std::optional<std::size_t> wanted = query.choice("protocol");
  std::vector<Packet> packets = newest_packets(snapshot);
  std::erase_if(packets, [&](const Packet& packet) {
    return !query.wants(packet.device) || (wanted && index_of(class_of(packet)) != *wanted);
  });
  keep_newest(packets, query.limit);
  return cursor_over(std::move(packets), query,
                     [&snapshot](const Packet& packet, RowWriter& row) { write_row(snapshot, packet, row); });
}

}  // namespace iptraf::collectors
