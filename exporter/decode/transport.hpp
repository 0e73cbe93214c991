// SPDX-License-Identifier: GPL-2.0-or-later
// The transport layer: TCP, UDP, ICMP, ICMPv6 and OSPF; every other protocol is its number.
#pragma once

#include "core/packet.hpp"
#include "decode/cursor.hpp"

namespace iptraf::decode {

/// Reads what packet.protocol names at `cursor`, which is limited to the IP length. Sets packet.transport, and
/// malformed where the IP length itself is too short for the header.
void decode_transport(Cursor& cursor, Packet& packet) noexcept;

}  // namespace iptraf::decode
