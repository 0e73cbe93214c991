// SPDX-License-Identifier: GPL-2.0-or-later
// The network layer: IPv4, IPv6 with its extension headers, ARP and RARP.
#include "decode/network.hpp"

#include <algorithm>
#include <cstring>

#include "core/ipv4_mapped.hpp"

namespace iptraf::decode {
namespace {

constexpr std::uint32_t kIpv4HeaderBytes = 20;
constexpr std::uint32_t kIpv6HeaderBytes = 40;

/// As many as fit into the default snapshot length; behind them the last known number is the protocol.
constexpr int kMaxExtensionHeaders = 24;

/// Options of one header that are looked at: more than any packet has, few enough that a header full of padding costs
/// no more than a few packets.
constexpr int kMaxOptions = 64;

bool fail(Packet& packet, Malformed reason) noexcept {
  packet.malformed = reason;
  return false;
}

/// The Internet checksum over the header, RFC 1071: 0xffff when it is right.
std::uint32_t ones_complement_sum(const std::uint8_t* at, std::uint32_t bytes) noexcept {
  std::uint64_t sum = 0;
  for (std::uint32_t offset = 0; offset < bytes; offset += 4) {
    std::uint32_t word;
    std::memcpy(&word, at + offset, sizeof word);
    sum += word;
  }
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint32_t>((sum & 0xffff) + (sum >> 16));
}

/// A wrong checksum whose field is 0 was left to the hardware.
bool is_checksum_wrong(const Cursor& cursor, std::uint32_t header_bytes) noexcept {
  return ones_complement_sum(cursor.at, header_bytes) != 0xffff && cursor.u16(10) != 0;
}

void read_ipv4_fragment(const Cursor& cursor, Packet& packet) noexcept {
  constexpr std::uint16_t kMoreFragments = 0x2000;
  constexpr std::uint16_t kOffsetMask = 0x1fff;
  const std::uint16_t field = cursor.u16(6);
  if ((field & kOffsetMask) != 0) {
    packet.fragment = Fragment::kLater;
  } else if ((field & kMoreFragments) != 0) {
    packet.fragment = Fragment::kFirst;
  } else {
    return;
  }
  packet.fragment_id = cursor.u16(4);
  packet.fragment_protocol = packet.protocol;
}

std::uint32_t fold_words(const IpAddress& address) noexcept {
  std::array<std::uint32_t, 4> words;
  std::memcpy(words.data(), address.data(), sizeof words);
  return __builtin_bswap32(words[0] ^ words[1] ^ words[2] ^ words[3]);
}

std::uint32_t fold_pair(const Packet& packet) noexcept {
  return fold_words(packet.source) ^ fold_words(packet.destination);
}

/// Lengths of RFC 2675 and of offloaded packets, whose real length no 16-bit field can hold.
struct Ipv6Length {
  std::uint32_t ip_bytes = 0;
  bool is_valid = true;
};

/// The jumbo payload option (RFC 2675 section 2) of the hop-by-hop header at `cursor`; 0 when there is none.
std::uint32_t jumbo_payload_bytes(const Cursor& cursor) noexcept {
  constexpr std::uint8_t kPad1 = 0x00;
  constexpr std::uint8_t kJumboPayload = 0xc2;
  if (!cursor.has(2)) return 0;
  const std::uint32_t header_bytes = (cursor.u8(1) + 1U) * 8;
  const std::uint32_t end = std::min(header_bytes, cursor.captured);
  std::uint32_t at = 2;
  for (int count = 0; count < kMaxOptions && at < end; ++count) {
    const std::uint8_t type = cursor.u8(at);
    if (type == kPad1) {
      ++at;
      continue;
    }
    if (at + 2 > end) return 0;
    const std::uint32_t length = cursor.u8(at + 1);
    if (type == kJumboPayload && length == 4 && at + 6 <= end) return cursor.u32(at + 2);
    at += 2 + length;
  }
  return 0;
}

/// The IP length of the packet whose fixed header was just read: `cursor` is behind it.
Ipv6Length ipv6_length(const Cursor& cursor, std::uint32_t payload_bytes, std::uint8_t next_header) noexcept {
  constexpr std::uint8_t kHopByHop = 0;
  std::uint64_t payload = payload_bytes;
  if (payload == 0 && next_header != ip_protocol::kNoNextHeader) {
    if (next_header == kHopByHop) payload = jumbo_payload_bytes(cursor);
    if (payload == 0) payload = cursor.wire;
  }
  if (payload > cursor.wire) return {0, false};
  return {kIpv6HeaderBytes + static_cast<std::uint32_t>(payload), true};
}

enum class ExtensionKind : std::uint8_t { kNone, kGeneric, kFragment, kAuthentication };

/// IANA "IPv6 Extension Header Types". ESP hides what follows, so it is an upper protocol here.
constexpr ExtensionKind extension_kind(std::uint8_t next_header) noexcept {
  switch (next_header) {
    case 0:    // Hop-by-Hop Options, RFC 8200 section 4.3
    case 43:   // Routing, section 4.4
    case 60:   // Destination Options, section 4.6
    case 135:  // Mobility, RFC 6275 section 6.1
    case 139:  // Host Identity Protocol, RFC 7401 section 5.1
    case 140:  // Shim6, RFC 5533 section 5
      return ExtensionKind::kGeneric;
    case 44:  // Fragment, RFC 8200 section 4.5
      return ExtensionKind::kFragment;
    case 51:  // Authentication Header, RFC 4302 section 2
      return ExtensionKind::kAuthentication;
    default:
      return ExtensionKind::kNone;
  }
}

void read_ipv6_fragment(const Cursor& cursor, Packet& packet) noexcept {
  constexpr std::uint16_t kOffsetMask = 0xfff8;
  constexpr std::uint16_t kMoreFragments = 0x0001;
  const std::uint16_t field = cursor.u16(2);
  if ((field & kOffsetMask) != 0) {
    packet.fragment = Fragment::kLater;
  } else if ((field & kMoreFragments) != 0) {
    packet.fragment = Fragment::kFirst;
  }
  packet.fragment_id = cursor.u32(4);
  packet.fragment_protocol = cursor.u8(0);
}

/// What became of one extension header.
enum class Step : std::uint8_t { kPassed, kCut, kDoesNotFit };

/// Passes the extension header at `cursor` and sets packet.protocol to what follows it.
Step pass_extension(Cursor& cursor, Packet& packet, ExtensionKind kind) noexcept {
  constexpr std::uint32_t kSmallestBytes = 8;
  constexpr std::uint32_t kSmallestAuthenticationBytes = 12;
  if (!cursor.is_on_wire(kSmallestBytes)) return Step::kDoesNotFit;
  if (!cursor.has(2)) return Step::kCut;
  std::uint32_t bytes = kSmallestBytes;
  if (kind == ExtensionKind::kGeneric) bytes = (cursor.u8(1) + 1U) * 8;
  if (kind == ExtensionKind::kAuthentication) {
    bytes = (cursor.u8(1) + 2U) * 4;
    if (bytes < kSmallestAuthenticationBytes) return Step::kDoesNotFit;
  }
  if (!cursor.is_on_wire(bytes)) return Step::kDoesNotFit;
  packet.protocol = cursor.u8(0);
  if (!cursor.has(bytes)) return Step::kCut;
  if (kind == ExtensionKind::kFragment) read_ipv6_fragment(cursor, packet);
  cursor.skip(bytes);
  return Step::kPassed;
}

/// Walks the chain of RFC 8200 section 4 to the upper protocol. False when a header does not fit.
bool walk_extensions(Cursor& cursor, Packet& packet) noexcept {
  for (int count = 0; count < kMaxExtensionHeaders; ++count) {
    const ExtensionKind kind = extension_kind(packet.protocol);
    if (kind == ExtensionKind::kNone || packet.fragment == Fragment::kLater) return true;
    const Step step = pass_extension(cursor, packet, kind);
    if (step == Step::kDoesNotFit) return false;
    if (step == Step::kCut) {
      cursor.captured = 0;
      return true;
    }
  }
  if (extension_kind(packet.protocol) != ExtensionKind::kNone) cursor.captured = 0;  // not looked at
  return true;
}

}  // namespace

/// RFC 791 section 3.1. The order of judgement is version, header length, header whole, total length, checksum.
bool decode_ipv4(Cursor& cursor, Packet& packet) noexcept {
  packet.network = Network::kIpv4;
  if (!cursor.is_on_wire(1)) return fail(packet, Malformed::kTruncatedOnWire);
  if (!cursor.has(1)) return false;
  if (cursor.u8(0) >> 4 != 4) return fail(packet, Malformed::kVersion);
  const std::uint32_t header_bytes = (cursor.u8(0) & 0x0fU) * 4;
  if (header_bytes < kIpv4HeaderBytes) return fail(packet, Malformed::kHeaderLength);
  if (!cursor.is_on_wire(header_bytes)) return fail(packet, Malformed::kTruncatedOnWire);
  if (!cursor.has(header_bytes)) return false;

  packet.address_fold = cursor.u32(12) ^ cursor.u32(16);
  std::uint32_t total_bytes = cursor.u16(2);
  if (total_bytes == 0) total_bytes = cursor.wire;  // offload: the network size is the length
  if (total_bytes < header_bytes || total_bytes > cursor.wire) return fail(packet, Malformed::kTotalLength);
  if (is_checksum_wrong(cursor, header_bytes)) {
    packet.has_checksum_error = true;
    return false;
  }
  packet.ip_bytes = total_bytes;
  packet.protocol = cursor.u8(9);
  read_ipv4_fragment(cursor, packet);
  store_ipv4(cursor.at + 12, packet.source);
  store_ipv4(cursor.at + 16, packet.destination);
  cursor.limit(total_bytes);
  cursor.skip(header_bytes);
  return true;
}

/// RFC 8200 section 3, extension headers section 4.
bool decode_ipv6(Cursor& cursor, Packet& packet) noexcept {
  packet.network = Network::kIpv6;
  if (!cursor.is_on_wire(1)) return fail(packet, Malformed::kTruncatedOnWire);
  if (!cursor.has(1)) return false;
  if (cursor.u8(0) >> 4 != 6) return fail(packet, Malformed::kVersion);
  if (!cursor.is_on_wire(kIpv6HeaderBytes)) return fail(packet, Malformed::kTruncatedOnWire);
  if (!cursor.has(kIpv6HeaderBytes)) return false;

  const std::uint32_t payload_bytes = cursor.u16(4);
  packet.protocol = cursor.u8(6);
  std::memcpy(packet.source.data(), cursor.at + 8, 16);
  std::memcpy(packet.destination.data(), cursor.at + 24, 16);
  packet.address_fold = fold_pair(packet);
  cursor.skip(kIpv6HeaderBytes);
  const Ipv6Length length = ipv6_length(cursor, payload_bytes, packet.protocol);
  if (!length.is_valid) return fail(packet, Malformed::kTotalLength);
  cursor.limit(length.ip_bytes - kIpv6HeaderBytes);
  if (!walk_extensions(cursor, packet)) return fail(packet, Malformed::kExtension);
  packet.ip_bytes = length.ip_bytes;
  return true;
}

/// RFC 826 and RFC 903. Addresses are read where they are IPv4 on a link with 6-byte addresses.
void decode_arp(Cursor& cursor, Packet& packet) noexcept {
  constexpr std::uint16_t kIpv4 = 0x0800;
  if (!cursor.has(8)) return;
  const std::uint16_t operation = cursor.u16(6);
  packet.message_type = operation > 0xff ? std::uint8_t{0} : static_cast<std::uint8_t>(operation);
  packet.has_message = true;
  if (!cursor.has(28) || cursor.u16(2) != kIpv4 || cursor.u8(4) != 6 || cursor.u8(5) != 4) return;
  store_ipv4(cursor.at + 14, packet.source);
  store_ipv4(cursor.at + 24, packet.destination);
  packet.detail_kind = DetailKind::kArp;
  std::memcpy(packet.detail.arp.sender.data(), cursor.at + 8, 6);
  std::memcpy(packet.detail.arp.target.data(), cursor.at + 18, 6);
}

}  // namespace iptraf::decode
