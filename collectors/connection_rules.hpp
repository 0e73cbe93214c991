// SPDX-License-Identifier: GPL-2.0-or-later
// The rules of a TCP connection: what begins one, what a segment makes of it, what an ICMP error may end.
#pragma once

#include "collectors/connection.hpp"

namespace iptraf::collectors {

/// A SYN, or data; an RST begins nothing, nor does a bare ACK or FIN.
bool begins_connection(const Packet& packet) noexcept;

/// Whether the packet belongs to a new connection although the tuple of the ended one is the same: a SYN without ACK,
/// or, where silence or an ICMP error ended it, data.
bool supersedes(const Packet& packet, const Connection& ended) noexcept;

/// Adds a packet that carries a TCP header to the sender's half.
void count_segment(Connection& connection, Side sender, const Packet& packet) noexcept;

/// Adds a later fragment, which carries no header.
void count_fragment(Connection& connection, Side sender, const Packet& packet) noexcept;

/// What a segment has done to an open connection.
struct Outcome {
  bool is_handshake_complete = false;  ///< just now, with both SYNs seen
  bool has_ended = false;
  EndReason reason = EndReason::kFin;
};

/// Sequence numbers, SYN, FIN, RST (RFC 9293 section 3.6). Sets state and is_established; an end is left to the caller.
Outcome advance(Connection& connection, Side sender, const Packet& packet) noexcept;

/// Whether the ICMP error is a destination unreachable that ends connections: not "fragmentation needed".
bool is_fatal_unreachable(const Packet& packet) noexcept;

/// Whether the quoted sequence number is one that `sender` has in flight (RFC 5927 section 4.1).
bool is_in_flight(const Connection& connection, Side sender, std::uint32_t sequence) noexcept;

}  // namespace iptraf::collectors
