// SPDX-License-Identifier: GPL-2.0-or-later
// The classic BPF program that decides which of several capture threads gets a packet.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace iptraf::capture {

/// Computes what shard_of() computes, for PACKET_FANOUT_CBPF. Agrees with it for IPv4 and IPv6 behind up to three VLAN
/// tags, a PPPoE session or up to four MPLS labels, and for the ICMP errors in them. A frame that it does not
/// understand, or that ends before what it looks at, goes to shard 0; an ICMPv6 error behind extension headers goes by
/// its own addresses. Any thread.
std::vector<sock_filter> make_fanout_program(std::uint32_t shards);

}  // namespace iptraf::capture
