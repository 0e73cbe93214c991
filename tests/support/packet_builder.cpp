// SPDX-License-Identifier: GPL-2.0-or-later
// PacketBuilder: frames for tests, put together layer by layer, with lengths, types and checksums filled in.
#include "support/packet_builder.hpp"

#include <algorithm>
#include <stdexcept>

#include "config/addresses.hpp"
#include "decode/decoder.hpp"

namespace iptraf::test {
namespace {

void put(Bytes& to, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) to.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put_at(Bytes& to, std::size_t at, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) to.at(at + i) = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
}

template <typename Range>
void append(Bytes& to, const Range& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void put_addresses(Bytes& to, const std::string& source, const std::string& destination, std::size_t bytes) {
  for (const std::string& text : {source, destination}) {
    const IpAddress address = ip(text);
    to.insert(to.end(), address.end() - static_cast<std::ptrdiff_t>(bytes), address.end());
  }
}

/// RFC 1071, over big-endian 16-bit words.
std::uint16_t internet_checksum(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i]) << 8 : bytes[i];
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

Bytes filler(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + 3);
  return bytes;
}

IpAddress ip(const std::string& text) {
  const auto address = config::parse_ip_address(text);
  if (!address) throw std::invalid_argument("no IP address: " + text);
  return *address;
}

MacAddress mac(const std::string& text) {
  const auto address = config::parse_mac(text);
  if (!address) throw std::invalid_argument("no MAC address: " + text);
  return *address;
}

PacketBuilder::Layer& PacketBuilder::add(Layer layer) {
  layers_.push_back(std::move(layer));
  return layers_.back();
}

PacketBuilder& PacketBuilder::eth(const Ethernet& fields) {
  Layer layer{.kind = Kind::kEthernet};
  append(layer.bytes, mac(fields.destination));
  append(layer.bytes, mac(fields.source));
  put(layer.bytes, fields.type.value_or(0), 2);
  if (!fields.type) layer.type_at = 12;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::llc(std::uint8_t dsap, std::uint8_t ssap, std::uint8_t control) {
  add({.kind = Kind::kLlc, .bytes = {dsap, ssap, control}, .ethertype = 4});
  return *this;
}

PacketBuilder& PacketBuilder::snap(std::uint32_t organization, std::optional<std::uint16_t> type) {
  Layer layer{.kind = Kind::kLlc, .bytes = {0xaa, 0xaa, 3}, .ethertype = 4};
  put(layer.bytes, organization, 3);
  put(layer.bytes, type.value_or(0), 2);
  if (!type) layer.type_at = 6;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::vlan(std::uint16_t tag, std::uint16_t tag_protocol, std::optional<std::uint16_t> type) {
  Layer layer{.kind = Kind::kEthernet, .ethertype = tag_protocol};
  put(layer.bytes, tag, 2);
  put(layer.bytes, type.value_or(0), 2);
  if (!type) layer.type_at = 2;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::qinq(std::uint16_t outer, std::uint16_t inner) { return vlan(outer, 0x88a8).vlan(inner); }

PacketBuilder& PacketBuilder::mpls(std::uint32_t label) {
  Layer layer{.kind = Kind::kMpls, .ethertype = 0x8847, .ppp_protocol = 0x0281};
  put(layer.bytes, (label << 12) | 64U, 4);
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::pppoe() {
  add({.kind = Kind::kPppoe, .bytes = {0x11, 0x00, 0x12, 0x34, 0, 0}, .ethertype = 0x8864, .length_at = 4});
  return *this;
}

PacketBuilder& PacketBuilder::ppp_protocol(bool is_compressed, std::optional<std::uint16_t> protocol) {
  Layer layer;
  layer.type_bytes = is_compressed ? 1 : 2;
  layer.is_type_ppp = true;
  put(layer.bytes, protocol.value_or(0), layer.type_bytes);
  if (!protocol) layer.type_at = 0;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::ppp(std::optional<std::uint16_t> protocol) {
  add({.bytes = {0xff, 0x03}});
  return ppp_protocol(false, protocol);
}

PacketBuilder& PacketBuilder::sll(std::uint16_t packet_type, std::optional<std::uint16_t> protocol) {
  Layer layer;
  put(layer.bytes, packet_type, 2);
  put(layer.bytes, 1, 2);
  put(layer.bytes, 6, 2);
  append(layer.bytes, mac(kMacA));
  put(layer.bytes, 0, 2);
  put(layer.bytes, protocol.value_or(0), 2);
  if (!protocol) layer.type_at = 14;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::sll2(std::uint8_t packet_type, std::optional<std::uint16_t> protocol) {
  Layer layer;
  put(layer.bytes, protocol.value_or(0), 2);
  put(layer.bytes, 0, 2);
  put(layer.bytes, 3, 4);
  put(layer.bytes, 1, 2);
  put(layer.bytes, packet_type, 1);
  put(layer.bytes, 6, 1);
  append(layer.bytes, mac(kMacA));
  put(layer.bytes, 0, 2);
  if (!protocol) layer.type_at = 0;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::family(std::uint32_t number, bool is_big_endian) {
  Layer layer;
  put(layer.bytes, number, 4);
  if (!is_big_endian) std::reverse(layer.bytes.begin(), layer.bytes.end());
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::cisco_hdlc(std::uint8_t address, std::optional<std::uint16_t> type) {
  Layer layer{.bytes = {address, 0}};
  put(layer.bytes, type.value_or(0), 2);
  if (!type) layer.type_at = 2;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::fddi(std::uint8_t frame_control, const Ethernet& addresses) {
  Layer layer{.bytes = {frame_control}};
  append(layer.bytes, mac(addresses.destination));
  append(layer.bytes, mac(addresses.source));
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::ipoib(std::optional<std::uint16_t> type) {
  Layer layer{.bytes = Bytes(40, 0x2a)};
  put(layer.bytes, type.value_or(0), 2);
  put(layer.bytes, 0, 2);
  if (!type) layer.type_at = 40;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::slip(std::size_t header_bytes) {
  add({.bytes = Bytes(header_bytes, 0x51)});
  return *this;
}

PacketBuilder& PacketBuilder::ipv4(const Ipv4& fields) {
  Layer layer{.kind = Kind::kIpv4, .ethertype = 0x0800, .ppp_protocol = 0x0021, .ip_protocol = 4};
  const auto words = fields.header_words.value_or(static_cast<std::uint8_t>(5 + fields.options.size() / 4));
  put(layer.bytes, static_cast<std::uint64_t>(fields.version << 4 | words), 1);
  put(layer.bytes, 0, 1);
  put(layer.bytes, fields.total_bytes.value_or(0), 2);
  put(layer.bytes, fields.id, 2);
  put(layer.bytes, static_cast<std::uint64_t>((fields.has_more ? 0x2000 : 0) | fields.offset_bytes / 8), 2);
  put(layer.bytes, 64, 1);
  put(layer.bytes, fields.protocol.value_or(0), 1);
  put(layer.bytes, 0, 2);
  put_addresses(layer.bytes, fields.source, fields.destination, 4);
  append(layer.bytes, fields.options);
  layer.type_bytes = 1;
  if (!fields.protocol) layer.type_at = 9;
  if (!fields.total_bytes) layer.length_at = 2;
  layer.checksum_at = 10;
  layer.checksum = fields.checksum;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::ipv6(const Ipv6& fields) {
  Layer layer{.kind = Kind::kIpv6, .ethertype = 0x86dd, .ppp_protocol = 0x0057, .ip_protocol = 41};
  put(layer.bytes, static_cast<std::uint64_t>(fields.version) << 28, 4);
  put(layer.bytes, fields.payload_bytes.value_or(0), 2);
  put(layer.bytes, fields.next_header.value_or(0), 1);
  put(layer.bytes, 64, 1);
  put_addresses(layer.bytes, fields.source, fields.destination, 16);
  layer.type_bytes = 1;
  if (!fields.next_header) layer.type_at = 6;
  if (!fields.payload_bytes) layer.length_at = 4;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::extension(std::uint8_t number, std::size_t bytes) {
  Layer layer{.kind = Kind::kExtension, .bytes = Bytes(bytes, 0), .ip_protocol = number};
  layer.bytes.at(1) = static_cast<std::uint8_t>(bytes / 8 - 1);
  // PadN of RFC 8200 section 4.2 over the rest.
  layer.bytes.at(2) = 1;
  layer.bytes.at(3) = static_cast<std::uint8_t>(std::min<std::size_t>(bytes - 4, 255));
  layer.type_at = 0;
  layer.type_bytes = 1;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::jumbo(std::uint32_t payload_bytes) {
  extension(0, 8);
  Layer& layer = layers_.back();
  layer.bytes[2] = 0xc2;
  layer.bytes[3] = 4;
  put_at(layer.bytes, 4, payload_bytes, 4);
  return *this;
}

PacketBuilder& PacketBuilder::fragment(std::uint16_t offset_bytes, bool has_more, std::uint32_t id) {
  extension(44, 8);
  Layer& layer = layers_.back();
  layer.bytes[1] = 0;
  put_at(layer.bytes, 2, static_cast<std::uint64_t>(offset_bytes | (has_more ? 1 : 0)), 2);
  put_at(layer.bytes, 4, id, 4);
  return *this;
}

PacketBuilder& PacketBuilder::authentication(std::size_t bytes) {
  extension(51, bytes);
  layers_.back().bytes[1] = static_cast<std::uint8_t>(bytes / 4 - 2);
  return *this;
}

PacketBuilder& PacketBuilder::arp(std::uint16_t operation) {
  Layer layer{.bytes = {0, 1, 8, 0, 6, 4}, .ethertype = 0x0806};
  put(layer.bytes, operation, 2);
  append(layer.bytes, mac(kMacA));
  append(layer.bytes, Bytes{10, 0, 0, 1});
  append(layer.bytes, Bytes(6, 0));
  append(layer.bytes, Bytes{10, 0, 0, 2});
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::rarp(std::uint16_t operation) {
  arp(operation);
  layers_.back().ethertype = 0x8035;
  return *this;
}

PacketBuilder& PacketBuilder::tcp(const Tcp& fields) {
  Layer layer{.kind = Kind::kTransport, .ip_protocol = 6, .checksum_at = 16};
  put(layer.bytes, fields.source, 2);
  put(layer.bytes, fields.destination, 2);
  put(layer.bytes, fields.sequence, 4);
  put(layer.bytes, fields.acknowledgment, 4);
  const auto words = fields.offset_words.value_or(static_cast<std::uint8_t>(5 + fields.options.size() / 4));
  put(layer.bytes, static_cast<std::uint64_t>(words) << 4, 1);
  put(layer.bytes, fields.flags, 1);
  put(layer.bytes, fields.window, 2);
  put(layer.bytes, 0, 4);
  append(layer.bytes, fields.options);
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::udp(const Udp& fields) {
  Layer layer{.kind = Kind::kTransport, .ip_protocol = 17, .checksum_at = 6};
  put(layer.bytes, fields.source, 2);
  put(layer.bytes, fields.destination, 2);
  put(layer.bytes, fields.length.value_or(0), 2);
  put(layer.bytes, 0, 2);
  if (!fields.length) layer.length_at = 4;
  add(std::move(layer));
  return *this;
}

PacketBuilder& PacketBuilder::icmp(std::uint8_t type, std::uint8_t code) {
  add({.kind = Kind::kTransport, .bytes = {type, code, 0, 0, 0, 7, 0, 1}, .ip_protocol = 1, .checksum_at = 2});
  return *this;
}

PacketBuilder& PacketBuilder::icmpv6(std::uint8_t type, std::uint8_t code) {
  icmp(type, code);
  layers_.back().ip_protocol = 58;
  return *this;
}

PacketBuilder& PacketBuilder::ospf(std::uint8_t version, std::uint8_t type) {
  add({.bytes = {version, type, 0, 24}, .ip_protocol = 89});
  return *this;
}

PacketBuilder& PacketBuilder::payload(std::size_t bytes) { return payload(filler(bytes)); }

PacketBuilder& PacketBuilder::payload(const Bytes& bytes, std::uint8_t ip_protocol) {
  add({.bytes = bytes, .ip_protocol = ip_protocol});
  return *this;
}

PacketBuilder& PacketBuilder::pad_to(std::size_t frame_bytes) {
  pad_to_ = frame_bytes;
  return *this;
}

void PacketBuilder::put_type(Layer& layer, const Layer& next) {
  if (!layer.type_at) return;
  const std::uint64_t type = layer.type_bytes == 1 && !layer.is_type_ppp ? next.ip_protocol
                             : layer.is_type_ppp                         ? next.ppp_protocol
                                                                         : next.ethertype;
  put_at(layer.bytes, *layer.type_at, type, layer.type_bytes);
}

/// What the length counts differs: IPv6 and PPPoE only what is behind them, UDP and IPv4 themselves too.
void PacketBuilder::put_length(Layer& layer, std::size_t behind) {
  if (!layer.length_at) return;
  const bool counts_itself = layer.kind != Kind::kIpv6 && layer.kind != Kind::kPppoe;
  put_at(layer.bytes, *layer.length_at, behind + (counts_itself ? layer.bytes.size() : 0), 2);
}

void PacketBuilder::put_ipv4_checksum(Layer& layer) {
  if (layer.checksum == Checksum::kZero) return;
  const std::uint16_t right = internet_checksum(layer.bytes);
  put_at(layer.bytes, 10, layer.checksum == Checksum::kRight ? right : right ^ 0x5555U, 2);
}

void PacketBuilder::put_transport_checksum(Layer& layer, const Layer* network, const Bytes& behind) {
  Bytes covered;
  const bool is_icmp = layer.ip_protocol == 1;
  if (network != nullptr && !is_icmp) {
    const std::size_t at = network->kind == Kind::kIpv4 ? 12 : 8;
    const std::size_t bytes = network->kind == Kind::kIpv4 ? 8 : 32;
    covered.assign(network->bytes.begin() + static_cast<std::ptrdiff_t>(at),
                   network->bytes.begin() + static_cast<std::ptrdiff_t>(at + bytes));
    put(covered, layer.bytes.size() + behind.size(), 4);
    put(covered, layer.ip_protocol, 4);
  }
  append(covered, layer.bytes);
  append(covered, behind);
  put_at(layer.bytes, *layer.checksum_at, internet_checksum(covered), 2);
}

Bytes PacketBuilder::build() const {
  std::vector<Layer> layers = layers_;
  Bytes behind;
  const Layer* network = nullptr;
  for (std::size_t i = layers.size(); i-- > 0;) {
    Layer& layer = layers[i];
    const bool is_last = i + 1 == layers.size();
    const bool is_length_of_llc = layer.kind == Kind::kEthernet && !is_last && layers[i + 1].kind == Kind::kLlc;
    if (is_length_of_llc && layer.type_at) {
      put_at(layer.bytes, *layer.type_at, behind.size(), 2);
    } else {
      put_type(layer, is_last ? Layer{} : layers[i + 1]);
    }
    if (layer.kind == Kind::kMpls && (is_last || layers[i + 1].kind != Kind::kMpls)) layer.bytes[2] |= 1;
    put_length(layer, behind.size());
    if (layer.kind == Kind::kIpv4) put_ipv4_checksum(layer);
    if (layer.kind == Kind::kTransport) {
      network = nullptr;
      for (std::size_t outer = 0; outer < i; ++outer) {
        if (layers[outer].kind == Kind::kIpv4 || layers[outer].kind == Kind::kIpv6) network = &layers[outer];
      }
      put_transport_checksum(layer, network, behind);
    }
    behind.insert(behind.begin(), layer.bytes.begin(), layer.bytes.end());
  }
  if (behind.size() < pad_to_) behind.resize(pad_to_);
  return behind;
}

Packet decoded(const Bytes& frame, LinkType link_type) {
  return decoded_cut(frame, link_type, frame.size(), frame.size());
}

Packet decoded_cut(const Bytes& frame, LinkType link_type, std::size_t captured_bytes, std::size_t wire_bytes) {
  // A copy of its own, so that AddressSanitizer sees a read behind what was captured.
  const auto captured = static_cast<std::ptrdiff_t>(std::min(captured_bytes, frame.size()));
  const Bytes copy(frame.begin(), frame.begin() + captured);
  RawPacket raw;
  raw.bytes = copy;
  raw.wire_bytes = static_cast<std::uint32_t>(wire_bytes);
  raw.link_type = link_type;
  Packet packet;
  decode::decode(raw, packet);
  return packet;
}

}  // namespace iptraf::test
