// SPDX-License-Identifier: GPL-2.0-or-later
// FrameWriter: Ethernet frames from a description, for the capture generator and the benchmarks.
#include "frame_writer.hpp"

#include <algorithm>

namespace iptraf::bench {
namespace {

constexpr std::uint32_t kTagBytes = 4;
constexpr std::uint32_t kArpBytes = 28;
constexpr std::uint32_t kIpv4Bytes = 20;
constexpr std::uint32_t kIpv6Bytes = 40;
constexpr std::uint32_t kFragmentHeaderBytes = 8;
constexpr std::uint32_t kExtensionBytes = 8;
constexpr std::uint32_t kQuotedTransportBytes = 8;
constexpr std::uint32_t kHopLimit = 64;
constexpr std::uint32_t kFragmentHeader = 44;
constexpr std::uint32_t kDestinationOptions = 60;

std::uint32_t protocol_of(const FrameSpec& spec) noexcept {
  if (spec.kind == FrameKind::kTcp) return ip_protocol::kTcp;
  if (spec.kind == FrameKind::kUdp) return ip_protocol::kUdp;
  return spec.is_ipv6 ? ip_protocol::kIcmpv6 : ip_protocol::kIcmp;
}

std::uint32_t transport_bytes(const FrameSpec& spec) noexcept {
  if (spec.fragment.offset_bytes != 0) return 0;
  if (spec.kind == FrameKind::kIcmpUnreachable) {
    return 8 + (spec.is_ipv6 ? kIpv6Bytes : kIpv4Bytes) + kQuotedTransportBytes;
  }
  return spec.kind == FrameKind::kTcp ? 20 : 8;
}

std::uint32_t tags_of(const FrameSpec& spec) noexcept { return spec.vlan_id == 0 ? 0 : 1U + spec.outer_tags; }

/// What follows the IPv6 header and its destination options.
std::uint32_t protocol_behind_options(const FrameSpec& spec) noexcept {
  return spec.fragment.is_fragment ? kFragmentHeader : protocol_of(spec);
}

std::uint32_t ethertype_of(const FrameSpec& spec) noexcept {
  if (spec.kind == FrameKind::kArp) return 0x0806;
  return spec.is_ipv6 ? 0x86dd : 0x0800;
}

}  // namespace

std::uint32_t header_bytes(const FrameSpec& spec) noexcept {
  if (spec.kind == FrameKind::kArp) return kArpBytes;
  if (!spec.is_ipv6) return kIpv4Bytes + transport_bytes(spec);
  return kIpv6Bytes + spec.extension_headers * kExtensionBytes +
         (spec.fragment.is_fragment ? kFragmentHeaderBytes : 0) + transport_bytes(spec);
}

std::span<const std::uint8_t> FrameWriter::write(const FrameSpec& spec) noexcept {
  constexpr std::size_t kHeadersAtMost = 512;  // headers of the frame before are erased; behind them all is zero
  std::fill_n(buffer_.begin(), kHeadersAtMost, std::uint8_t{0});
  size_ = 0;
  put_ethernet(spec);
  if (spec.kind == FrameKind::kArp) {
    put_arp(spec);
  } else {
    spec.is_ipv6 ? put_ipv6(spec) : put_ipv4(spec);
    put_transport(spec);
    size_ += spec.payload_bytes;
  }
  const std::uint32_t smallest = kSmallestFrameBytes + tags_of(spec) * kTagBytes;
  size_ = std::clamp(size_, smallest, static_cast<std::uint32_t>(buffer_.size()));
  return std::span(buffer_).first(size_);
}

void FrameWriter::put_mac(const MacAddress& mac) noexcept {
  std::copy(mac.begin(), mac.end(), buffer_.begin() + size_);
  size_ += static_cast<std::uint32_t>(mac.size());
}

void FrameWriter::put_ipv4_address(const IpAddress& address) noexcept {
  std::copy(address.begin() + 12, address.end(), buffer_.begin() + size_);
  size_ += 4;
}

void FrameWriter::put_ipv6_address(const IpAddress& address) noexcept {
  std::copy(address.begin(), address.end(), buffer_.begin() + size_);
  size_ += static_cast<std::uint32_t>(address.size());
}

/// IEEE 802.3 with a tag of IEEE 802.1Q section 9.6.
void FrameWriter::put_ethernet(const FrameSpec& spec) noexcept {
  put_mac(spec.destination_mac);
  put_mac(spec.source_mac);
  for (std::uint32_t tag = 0; tag < tags_of(spec); ++tag) {
    put16(0x8100);
    put16(spec.vlan_id);
  }
  put16(ethertype_of(spec));
}

/// RFC 826.
void FrameWriter::put_arp(const FrameSpec& spec) noexcept {
  put16(1);
  put16(0x0800);
  put8(6);
  put8(4);
  put16(spec.is_reply ? 2 : 1);
  put_mac(spec.source_mac);
  put_ipv4_address(spec.source);
  put_mac(spec.is_reply ? spec.destination_mac : MacAddress{});
  put_ipv4_address(spec.destination);
}

/// RFC 791 section 3.1.
void FrameWriter::put_ipv4(const FrameSpec& spec) noexcept {
  constexpr std::uint32_t kMoreFragments = 0x2000;
  constexpr std::uint32_t kDontFragment = 0x4000;
  const std::uint32_t start = size_;
  put8(0x45);
  put8(0);
  put16(header_bytes(spec) + spec.payload_bytes);
  put16(spec.identification);
  const std::uint32_t position = spec.fragment.offset_bytes / 8U;
  const std::uint32_t more = spec.fragment.has_more ? kMoreFragments : 0;
  put16(spec.fragment.is_fragment ? more | position : kDontFragment);
  put8(kHopLimit);
  put8(protocol_of(spec));
  put16(0);
  put_ipv4_address(spec.source);
  put_ipv4_address(spec.destination);
  put_checksum(start);
}

/// RFC 8200 section 3; destination options section 4.6 with a PadN of 4 bytes, fragment header section 4.5.
void FrameWriter::put_ipv6(const FrameSpec& spec) noexcept {
  put32(0x60000000);
  put16(header_bytes(spec) - kIpv6Bytes + spec.payload_bytes);
  put8(spec.extension_headers != 0 ? kDestinationOptions : protocol_behind_options(spec));
  put8(kHopLimit);
  put_ipv6_address(spec.source);
  put_ipv6_address(spec.destination);
  for (std::uint32_t left = spec.extension_headers; left != 0; --left) {
    put8(left > 1 ? kDestinationOptions : protocol_behind_options(spec));
    put8(0);
    put16(0x0104);
    put32(0);
  }
  if (!spec.fragment.is_fragment) return;
  put8(protocol_of(spec));
  put8(0);
  put16(spec.fragment.offset_bytes | (spec.fragment.has_more ? 1U : 0U));
  put32(spec.identification);
}

void FrameWriter::put_transport(const FrameSpec& spec) noexcept {
  if (spec.fragment.offset_bytes != 0) return;
  if (spec.kind == FrameKind::kTcp) {
    put_tcp(spec);
  } else if (spec.kind == FrameKind::kUdp) {  // RFC 768
    put16(spec.source_port);
    put16(spec.destination_port);
    put16(8 + spec.payload_bytes);
    put16(0);
  } else if (spec.kind == FrameKind::kIcmpEcho) {
    put_echo(spec);
  } else {
    put_unreachable(spec);
  }
}

/// RFC 792 and RFC 4443 section 4.
void FrameWriter::put_echo(const FrameSpec& spec) noexcept {
  const std::uint32_t request = spec.is_ipv6 ? 128 : 8;
  const std::uint32_t reply = spec.is_ipv6 ? 129 : 0;
  put8(spec.is_reply ? reply : request);
  put8(0);
  put16(0);
  put16(spec.source_port);
  put16(spec.identification);
}

/// "Port unreachable", RFC 792 and RFC 4443 section 3.1, with the headers of the packet that it answers.
void FrameWriter::put_unreachable(const FrameSpec& spec) noexcept {
  put16(spec.is_ipv6 ? 0x0104 : 0x0303);
  put16(0);
  put32(0);
  const std::uint32_t start = size_;
  if (spec.is_ipv6) {
    put32(0x60000000);
    put16(kIpv4Bytes);
    put8(spec.quoted_protocol);
    put8(kHopLimit);
    put_ipv6_address(spec.quoted.source);
    put_ipv6_address(spec.quoted.destination);
  } else {
    put32(0x45000000 + kIpv4Bytes + kIpv4Bytes);
    put32(0);
    put8(kHopLimit);
    put8(spec.quoted_protocol);
    put16(0);
    put_ipv4_address(spec.quoted.source);
    put_ipv4_address(spec.quoted.destination);
    put_checksum(start);
  }
  put16(spec.quoted.source_port);
  put16(spec.quoted.destination_port);
  put32(spec.quoted.sequence);
}

/// RFC 9293 section 3.1.
void FrameWriter::put_tcp(const FrameSpec& spec) noexcept {
  constexpr std::uint32_t kDataOffset = 0x50;
  constexpr std::uint32_t kWindow = 0xfaf0;
  put16(spec.source_port);
  put16(spec.destination_port);
  put32(spec.tcp_sequence);
  put32(spec.tcp_acknowledgment);
  put8(kDataOffset);
  put8(spec.tcp_flags);
  put16(kWindow);
  put32(0);
}

/// RFC 1071 over the 20 bytes that begin at `header_offset`.
void FrameWriter::put_checksum(std::uint32_t header_offset) noexcept {
  constexpr std::uint32_t kChecksumOffset = 10;
  std::uint32_t sum = 0;
  for (std::uint32_t at = header_offset; at < header_offset + kIpv4Bytes; at += 2) {
    sum += (std::uint32_t{buffer_[at]} << 8) | buffer_[at + 1];
  }
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~((sum & 0xffff) + (sum >> 16));
  buffer_[header_offset + kChecksumOffset] = static_cast<std::uint8_t>(sum >> 8);
  buffer_[header_offset + kChecksumOffset + 1] = static_cast<std::uint8_t>(sum);
}

}  // namespace iptraf::bench
