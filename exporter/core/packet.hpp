// SPDX-License-Identifier: GPL-2.0-or-later
// What a frame is before and after decoding: RawPacket (bytes) and Packet (facts).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace iptraf {

/// Nanoseconds since the epoch, as the capture stamped the packet. Collectors know no other clock.
using Timestamp = std::int64_t;
inline constexpr Timestamp kNanosecondsPerSecond = 1'000'000'000;

/// Later than every packet.
inline constexpr Timestamp kNever = std::numeric_limits<Timestamp>::max();

using MacAddress = std::array<std::uint8_t, 6>;

/// IPv6 as it is; IPv4 in the last four bytes behind ::ffff:0:0/96 (RFC 4291 section 2.5.5.2).
using IpAddress = std::array<std::uint8_t, 16>;

/// Number of a device in the device table; the last one stands for every device without a place.
using DeviceSlot = std::uint8_t;
inline constexpr DeviceSlot kMaxDevices = 64;
inline constexpr DeviceSlot kOtherDevice = kMaxDevices;
inline constexpr std::size_t kDeviceSlots = kMaxDevices + 1;

enum class Direction : std::uint8_t { kReceive, kTransmit };
inline constexpr std::size_t kDirections = 2;

/// Label `network` of the interface families.
enum class Network : std::uint8_t { kIpv4, kIpv6, kArp, kRarp, kOther };
inline constexpr std::size_t kNetworks = 5;

/// Label `transport` of the interface families. kNone: not IP, or an IP header that cannot be trusted.
enum class Transport : std::uint8_t { kTcp, kUdp, kIcmp, kOther, kNone };
inline constexpr std::size_t kTransports = 5;

/// Why a header cannot be read or contradicts itself.
enum class Malformed : std::uint8_t {
  kNo,
  kVersion,
  kHeaderLength,
  kTotalLength,
  kTruncatedOnWire,
  kExtension,
  kTransportHeader,
};
inline constexpr std::size_t kMalformedReasons = 7;

/// Whom the link layer addressed: by destination MAC, or by packet type in a cooked capture.
enum class Cast : std::uint8_t { kUnicast, kMulticast, kBroadcast };

enum class Fragment : std::uint8_t { kWhole, kFirst, kLater };

/// What the first byte of a frame is. Files bring libpcap's link types, the ring brings one of
/// kEthernet and kNetwork (decoding starts at the network header, by EtherType).
enum class LinkType : std::uint8_t {
  kEthernet,
  kNetwork,
  kLinuxSll,
  kLinuxSll2,
  kRaw,
  kRawIpv4,
  kRawIpv6,
  kNull,
  kLoop,
  kPpp,
  kPppHdlc,
  kPppEther,
  kSlip,
  kSlipBsdos,
  kCiscoHdlc,
  kFddi,
  kIpoib,
  kMpls,
};

/// A frame as captured: a view, never an owner. Valid until its source is read again.
struct RawPacket {
  std::span<const std::uint8_t> bytes;   ///< what was captured, at most `wire_bytes`
  std::uint32_t wire_bytes = 0;          ///< length on the wire without FCS and without `stripped_tag_bytes`
  std::uint32_t stripped_tag_bytes = 0;  ///< VLAN tags that the kernel took off (4 each)
  std::uint16_t ethertype = 0;           ///< with LinkType::kNetwork: what `bytes` begins with
  LinkType link_type = LinkType::kEthernet;
};

/// TCP flag bits (RFC 9293 section 3.1).
namespace tcp_flag {
inline constexpr std::uint8_t kFin = 0x01;
inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kRst = 0x04;
inline constexpr std::uint8_t kPsh = 0x08;
inline constexpr std::uint8_t kAck = 0x10;
inline constexpr std::uint8_t kUrg = 0x20;
}  // namespace tcp_flag

/// IP protocol numbers that the decoder looks into (IANA "Protocol Numbers").
namespace ip_protocol {
inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kIcmpv6 = 58;
inline constexpr std::uint8_t kNoNextHeader = 59;
inline constexpr std::uint8_t kOspf = 89;
}  // namespace ip_protocol

/// The TCP segment that an ICMP error quotes: enough to find its connection (RFC 792, RFC 4443 section 2.4).
struct QuotedSegment {
  IpAddress source;
  IpAddress destination;
  std::uint32_t sequence;
  std::uint16_t source_port;
  std::uint16_t destination_port;
};

/// RFC 2328 section A.3.1, RFC 5340 section A.3.1.
struct OspfHeader {
  std::uint32_t router_id;
  std::uint32_t area_id;
};

/// The hardware addresses that an ARP or RARP packet speaks of (RFC 826, RFC 903).
struct ArpHardware {
  MacAddress sender;
  MacAddress target;
};

/// What a fragment knows of its datagram: the transport that the ports belong to, and, with a first fragment, the
/// later ones that came before it. Who counts by port counts those with it; who counts packets has counted them.
struct Datagram {
  std::uint32_t held_packets;
  std::uint32_t held_ip_bytes;
  Transport transport;
};

/// Which member of Packet::detail was read.
enum class DetailKind : std::uint8_t { kNone, kQuotedSegment, kOspf, kArp, kDatagram };

/// What few packets have. Only the member that Packet::detail_kind names has a value.
union Detail {
  QuotedSegment quoted;
  OspfHeader ospf;
  ArpHardware arp;
  Datagram datagram;
};

/// The facts of one packet, in host byte order. Plain data: copied, never owned, no invariants. What every packet
/// has stands in the first two cache lines, Packet::detail in the third.
/// An offloaded super-packet is one Packet that stands for `segments` packets on the wire; its byte
/// counts are the sums over all of them, each with its headers.
struct alignas(64) Packet {
  Timestamp time = 0;
  std::uint32_t frame_bytes = 0;            ///< with link header and tags, without FCS
  std::uint32_t network_bytes = 0;          ///< frame bytes less link header and tags: what the MTU bounds
  std::uint32_t ip_bytes = 0;               ///< 0 unless the IP header can be trusted
  std::uint32_t segments = 1;               ///< packets on the wire
  std::uint32_t segment_network_bytes = 0;  ///< network size of every segment but the last
  std::uint32_t last_network_bytes = 0;     ///< network size of the last (or only) segment

  DeviceSlot device = 0;
  Direction direction = Direction::kReceive;
  Network network = Network::kOther;
  Transport transport = Transport::kNone;
  Malformed malformed = Malformed::kNo;
  Cast cast = Cast::kUnicast;
  Fragment fragment = Fragment::kWhole;
  std::uint8_t protocol = 0;  ///< IP protocol number behind all extension headers

  bool has_checksum_error = false;
  bool has_ports = false;       ///< of a later fragment: its first was seen
  bool has_macs = false;        ///< both MAC addresses were captured
  bool has_source_mac = false;  ///< at least the source's, as in a cooked capture
  bool has_tcp_header = false;  ///< the first 14 bytes: sequence numbers and flags (RFC 9293 section 3.1)

  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint16_t ethertype = 0;               ///< kEthertypeLlc for 802.3, 0 where the link has none
  std::uint16_t transport_header_bytes = 0;  ///< TCP with options, UDP; 0 when not captured
  std::uint32_t payload_bytes = 0;           ///< transport payload, of the whole super-packet
  std::uint32_t fragment_id = 0;
  std::uint32_t address_fold = 0;  ///< of the unordered address pair that decides the shard

  IpAddress source{};  ///< IP; of ARP and RARP the sender's and the target's protocol address
  IpAddress destination{};

  std::uint32_t tcp_sequence = 0;
  std::uint32_t tcp_acknowledgment = 0;
  std::uint16_t tcp_window = 0;
  std::uint8_t tcp_flags = 0;
  std::uint8_t fragment_protocol = 0;  ///< the number that all fragments of the datagram carry
  std::uint8_t message_type = 0;       ///< ICMP and OSPF type, ARP operation (over 255: 0)
  std::uint8_t message_code = 0;       ///< ICMP code, OSPF version
  bool has_message = false;            ///< the two above were captured

  MacAddress source_mac{};
  MacAddress destination_mac{};
  DetailKind detail_kind = DetailKind::kNone;
  Detail detail;
};

/// The facts that every packet has: so many bytes at the beginning.
inline constexpr std::size_t kCommonPacketBytes = offsetof(Packet, detail);
static_assert(kCommonPacketBytes == 128);

/// Packet::ethertype of an 802.3 frame whose LLC header leads to no EtherType.
inline constexpr std::uint16_t kEthertypeLlc = 4;

/// True when the IP header was read and can be trusted: what every collector but interface and
/// packet_size asks first.
constexpr bool has_trusted_ip(const Packet& packet) noexcept { return packet.transport != Transport::kNone; }

/// What counts for the ports and the connection of a packet: itself, and the fragments that its coming releases.
/// Meaningful where has_ports.
struct PortTotals {
  Transport transport;
  std::uint32_t packets;
  std::uint32_t ip_bytes;
};

constexpr PortTotals port_totals(const Packet& packet) noexcept {
  if (packet.detail_kind != DetailKind::kDatagram) return {packet.transport, packet.segments, packet.ip_bytes};
  const Datagram& datagram = packet.detail.datagram;
  return {datagram.transport, packet.segments + datagram.held_packets, packet.ip_bytes + datagram.held_ip_bytes};
}

/// Which of `shards` threads owns the packets of an address pair: the pair is unordered and without ports, so that
/// fragments stay with their datagram and both directions of a connection meet. An ICMP error goes by the pair that
/// it quotes; what is not IP has fold 0 and goes to shard 0.
constexpr std::uint32_t shard_of(std::uint32_t address_fold, std::uint32_t shards) noexcept {
  return (((address_fold * 0x9E3779B1U) >> 16) * shards) >> 16;
}

constexpr std::uint32_t shard_of(const Packet& packet, std::uint32_t shards) noexcept {
  return shard_of(packet.address_fold, shards);
}

}  // namespace iptraf
