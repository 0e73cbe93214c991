// SPDX-License-Identifier: GPL-2.0-or-later
// FrameWriter: Ethernet frames from a description, for the capture generator and the benchmarks.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/packet.hpp"

namespace iptraf::bench {

/// Lengths in the header and on the wire; no frame check sequence, as in a capture file.
inline constexpr std::uint32_t kEthernetHeaderBytes = 14;
inline constexpr std::uint32_t kSmallestFrameBytes = 60;
inline constexpr std::uint32_t kLargestFrameBytes = 1514;

enum class FrameKind : std::uint8_t { kTcp, kUdp, kIcmpEcho, kIcmpUnreachable, kArp };

/// One fragment of a datagram. Later ones (offset_bytes > 0) have no transport header.
struct FragmentSpec {
  bool is_fragment = false;
  bool has_more = false;
  std::uint16_t offset_bytes = 0;  ///< a multiple of 8
};

/// What a frame says. IPv4 addresses stand mapped into IPv6, as in Packet.
struct FrameSpec {
  FrameKind kind = FrameKind::kTcp;
  bool is_ipv6 = false;
  bool is_reply = false;  ///< of an ICMP echo or an ARP request
  std::uint8_t tcp_flags = 0;
  std::uint16_t vlan_id = 0;           ///< 0: no tag
  std::uint8_t outer_tags = 0;         ///< more tags of the same id before that one
  std::uint8_t extension_headers = 0;  ///< destination options of 8 bytes behind an IPv6 header
  std::uint8_t quoted_protocol = 0;    ///< of the segment or datagram that an ICMP unreachable quotes
  std::uint32_t identification = 0;    ///< of the datagram
  FragmentSpec fragment{};
  MacAddress source_mac{};
  MacAddress destination_mac{};
  IpAddress source{};
  IpAddress destination{};
  std::uint16_t source_port = 0;  ///< of an ICMP echo its identifier
  std::uint16_t destination_port = 0;
  std::uint32_t tcp_sequence = 0;
  std::uint32_t tcp_acknowledgment = 0;
  std::uint32_t payload_bytes = 0;  ///< behind the transport header
  QuotedSegment quoted{};           ///< of an ICMP unreachable: IP header and eight bytes
};

/// Bytes from the network header to the payload.
std::uint32_t header_bytes(const FrameSpec& spec) noexcept;

/// Renders one frame at a time into its own buffer. IPv4 header checksums are right; those of TCP, UDP and ICMP are
/// left zero, because a cut payload makes them unverifiable anyway. Threading: none.
class FrameWriter {
 public:
  /// The frame, padded to Ethernet's smallest; valid until the next call. Payload over the buffer is cut to it.
  std::span<const std::uint8_t> write(const FrameSpec& spec) noexcept;

 private:
  void put8(std::uint32_t value) noexcept { buffer_[size_++] = static_cast<std::uint8_t>(value); }
  void put16(std::uint32_t value) noexcept {
    put8(value >> 8);
    put8(value);
  }
  void put32(std::uint32_t value) noexcept {
    put16(value >> 16);
    put16(value);
  }
  void put_mac(const MacAddress& mac) noexcept;
  void put_ipv4_address(const IpAddress& address) noexcept;
  void put_ipv6_address(const IpAddress& address) noexcept;

  void put_ethernet(const FrameSpec& spec) noexcept;
  void put_arp(const FrameSpec& spec) noexcept;
  void put_ipv4(const FrameSpec& spec) noexcept;
  void put_ipv6(const FrameSpec& spec) noexcept;
  void put_transport(const FrameSpec& spec) noexcept;
  void put_tcp(const FrameSpec& spec) noexcept;
  void put_echo(const FrameSpec& spec) noexcept;
  void put_unreachable(const FrameSpec& spec) noexcept;
  void put_checksum(std::uint32_t header_offset) noexcept;

  std::array<std::uint8_t, 2048> buffer_{};
  std::uint32_t size_ = 0;
};

}  // namespace iptraf::bench
