// SPDX-License-Identifier: GPL-2.0-or-later
// Offloaded super-packets: one captured frame that was, or will be, many packets on the wire.
#pragma once

#include <cstdint>

#include "core/packet.hpp"

namespace iptraf::decode {

/// Turns a decoded super-packet into the packets on the wire: ceil(payload / segment_payload_bytes) of them,
/// each with its own link, IP and transport header; byte counts become the sums over all.
/// Does nothing when the payload fits into one segment or the transport header was not read.
void split_segments(Packet& packet, std::uint32_t segment_payload_bytes) noexcept;

/// The transport payload of a full segment where the MTU bounds the network size: MTU less IP and transport
/// header. 0 when the packet fits the MTU or carries no readable TCP or UDP header: nothing to split.
std::uint32_t segment_payload_by_mtu(const Packet& packet, std::uint32_t mtu_bytes) noexcept;

}  // namespace iptraf::decode
