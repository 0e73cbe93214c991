// SPDX-License-Identifier: GPL-2.0-or-later
// PacketBuilder: frames for tests, put together layer by layer, with lengths, types and checksums filled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/packet.hpp"

namespace iptraf::test {

using Bytes = std::vector<std::uint8_t>;

/// `count` bytes of a pattern.
Bytes filler(std::size_t count);

/// Throws std::invalid_argument when the text is none.
IpAddress ip(const std::string& text);
MacAddress mac(const std::string& text);

inline constexpr const char* kMacA = "02:00:00:00:00:0a";
inline constexpr const char* kMacB = "02:00:00:00:00:0b";

// The layers. An empty optional is filled in by build(): the type of what follows, the length, the checksum.

struct Ethernet {
  std::string destination = kMacB;
  std::string source = kMacA;
  std::optional<std::uint16_t> type{};
};

enum class Checksum : std::uint8_t { kRight, kWrong, kZero };

struct Ipv4 {
  std::string source = "10.0.0.1";
  std::string destination = "10.0.0.2";
  std::optional<std::uint8_t> protocol{};
  std::optional<std::uint16_t> total_bytes{};
  std::uint16_t id = 1;
  std::uint16_t offset_bytes = 0;  ///< of a fragment, a multiple of 8
  bool has_more = false;
  Bytes options{};  ///< a multiple of 4 bytes
  std::uint8_t version = 4;
  std::optional<std::uint8_t> header_words{};
  Checksum checksum = Checksum::kRight;
};

struct Ipv6 {
  std::string source = "2001:db8::1";
  std::string destination = "2001:db8::2";
  std::optional<std::uint8_t> next_header{};
  std::optional<std::uint16_t> payload_bytes{};
  std::uint8_t version = 6;
};

struct Tcp {
  std::uint16_t source = 40000;
  std::uint16_t destination = 80;
  std::uint8_t flags = tcp_flag::kAck;
  std::uint32_t sequence = 1;
  std::uint32_t acknowledgment = 0;
  std::uint16_t window = 1024;
  Bytes options{};  ///< a multiple of 4 bytes
  std::optional<std::uint8_t> offset_words{};
};

struct Udp {
  std::uint16_t source = 40000;
  std::uint16_t destination = 53;
  std::optional<std::uint16_t> length{};
};

/// Layers are added from the first byte on.
class PacketBuilder {
 public:
  PacketBuilder& eth(const Ethernet& fields = {});
  PacketBuilder& llc(std::uint8_t dsap, std::uint8_t ssap, std::uint8_t control = 3);
  PacketBuilder& snap(std::uint32_t organization = 0, std::optional<std::uint16_t> type = {});
  PacketBuilder& vlan(std::uint16_t tag, std::uint16_t tag_protocol = 0x8100, std::optional<std::uint16_t> type = {});
  PacketBuilder& qinq(std::uint16_t outer, std::uint16_t inner);
  PacketBuilder& mpls(std::uint32_t label);
  PacketBuilder& pppoe();
  /// The protocol field alone: 2 bytes, or 1 when compressed.
  PacketBuilder& ppp_protocol(bool is_compressed = false, std::optional<std::uint16_t> protocol = {});
  /// Address and control, then the protocol field.
  PacketBuilder& ppp(std::optional<std::uint16_t> protocol = {});
  PacketBuilder& sll(std::uint16_t packet_type = 0, std::optional<std::uint16_t> protocol = {});
  PacketBuilder& sll2(std::uint8_t packet_type = 0, std::optional<std::uint16_t> protocol = {});
  PacketBuilder& family(std::uint32_t number, bool is_big_endian);
  PacketBuilder& cisco_hdlc(std::uint8_t address = 0x0f, std::optional<std::uint16_t> type = {});
  PacketBuilder& fddi(std::uint8_t frame_control = 0x50, const Ethernet& addresses = {});
  PacketBuilder& ipoib(std::optional<std::uint16_t> type = {});
  PacketBuilder& slip(std::size_t header_bytes = 16);

  PacketBuilder& ipv4(const Ipv4& fields = {});
  PacketBuilder& ipv6(const Ipv6& fields = {});
  /// Hop-by-hop (0), routing (43), destination options (60), mobility (135), HIP (139), shim6 (140).
  PacketBuilder& extension(std::uint8_t number, std::size_t bytes = 8);
  PacketBuilder& jumbo(std::uint32_t payload_bytes);
  PacketBuilder& fragment(std::uint16_t offset_bytes, bool has_more, std::uint32_t id);
  PacketBuilder& authentication(std::size_t bytes = 24);

  PacketBuilder& arp(std::uint16_t operation = 1);
  PacketBuilder& rarp(std::uint16_t operation = 3);
  PacketBuilder& tcp(const Tcp& fields = {});
  PacketBuilder& udp(const Udp& fields = {});
  PacketBuilder& icmp(std::uint8_t type, std::uint8_t code = 0);
  PacketBuilder& icmpv6(std::uint8_t type, std::uint8_t code = 0);
  PacketBuilder& ospf(std::uint8_t version, std::uint8_t type);

  PacketBuilder& payload(std::size_t bytes);
  /// Bytes that announce themselves as `ip_protocol` to the IP header before them.
  PacketBuilder& payload(const Bytes& bytes, std::uint8_t ip_protocol = 253);

  /// Zeros behind everything up to this frame length; counted by no length field.
  PacketBuilder& pad_to(std::size_t frame_bytes);

  Bytes build() const;

 private:
  enum class Kind : std::uint8_t { kPlain, kEthernet, kLlc, kMpls, kPppoe, kIpv4, kIpv6, kExtension, kTransport };

  /// `names` say what the layer before calls this one.
  struct Layer {
    Kind kind = Kind::kPlain;
    Bytes bytes{};
    std::uint16_t ethertype = 0x88b5;
    std::uint16_t ppp_protocol = 0x4021;
    std::uint8_t ip_protocol = 253;
    std::optional<std::size_t> type_at{};  ///< where the type of what follows is to be written
    std::size_t type_bytes = 2;
    bool is_type_ppp = false;
    std::optional<std::size_t> length_at{};
    std::optional<std::size_t> checksum_at{};
    Checksum checksum = Checksum::kRight;
  };

  Layer& add(Layer layer);
  static void put_type(Layer& layer, const Layer& next);
  static void put_length(Layer& layer, std::size_t behind);
  static void put_ipv4_checksum(Layer& layer);
  static void put_transport_checksum(Layer& layer, const Layer* network, const Bytes& behind);

  std::vector<Layer> layers_;
  std::size_t pad_to_ = 0;
};

/// Decodes a frame of which all was captured.
Packet decoded(const Bytes& frame, LinkType link_type = LinkType::kEthernet);

/// Decodes a frame of `wire_bytes` of which the first `captured_bytes` were captured.
Packet decoded_cut(const Bytes& frame, LinkType link_type, std::size_t captured_bytes, std::size_t wire_bytes);

}  // namespace iptraf::test
