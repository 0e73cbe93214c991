// SPDX-License-Identifier: GPL-2.0-or-later
// The network layer: IPv4, IPv6 with its extension headers, ARP and RARP.
#pragma once

#include "core/packet.hpp"
#include "decode/cursor.hpp"

namespace iptraf::decode {

/// Reads the IPv4 header at `cursor` and leaves the cursor at the transport header, limited to the IP length.
/// True when the header is whole and can be trusted.
bool decode_ipv4(Cursor& cursor, Packet& packet) noexcept;

/// The same for IPv6, extension headers walked to the upper protocol.
bool decode_ipv6(Cursor& cursor, Packet& packet) noexcept;

/// Reads operation and protocol addresses of ARP and RARP as far as they were captured.
void decode_arp(Cursor& cursor, Packet& packet) noexcept;

}  // namespace iptraf::decode
