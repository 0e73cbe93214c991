// SPDX-License-Identifier: GPL-2.0-or-later
// The link layer: from the first byte of a frame to the network header that it carries.
#pragma once

#include "core/packet.hpp"
#include "decode/cursor.hpp"

namespace iptraf::decode {

/// What the link layer says the rest of the frame is.
enum class Carries : std::uint8_t {
  kNothing,  ///< cut, truncated, or not IP and not ARP
  kIpv4,
  kIpv6,
  kArp,
  kRarp,
  kIpByVersion,  ///< a raw IP link: the first nibble tells
};

/// Walks all link headers, tags and labels. Leaves `cursor` at the network header and fills the link fields of
/// `packet`: MACs, cast, ethertype, network_bytes, and malformed when a header was not whole on the wire.
Carries decode_link(const RawPacket& raw, Cursor& cursor, Packet& packet) noexcept;

}  // namespace iptraf::decode
