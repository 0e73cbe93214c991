// SPDX-License-Identifier: GPL-2.0-or-later
// The rules of a TCP connection: what begins one, what a segment makes of it, what an ICMP error may end.
#include "collectors/connection_rules.hpp"

#include <algorithm>

namespace iptraf::collectors {
namespace {

bool has_flag(const Packet& packet, std::uint8_t flag) noexcept { return (packet.tcp_flags & flag) != 0; }

void count_packet(Half& half, const Packet& packet) noexcept {
  const PortTotals totals = port_totals(packet);
  half.packets += totals.packets;
  half.ip_bytes += totals.ip_bytes;
  half.last_bytes = packet.segments == 1 ? packet.ip_bytes : packet.last_network_bytes;
  if (packet.has_source_mac) half.mac = packet.source_mac;
  half.has_mac = half.has_mac || packet.has_source_mac;
}

/// What the sender's segment occupies in sequence space.
void note_sent(Half& sender, const Packet& packet) noexcept {
  const std::uint32_t syn = has_flag(packet, tcp_flag::kSyn) ? 1 : 0;
  const std::uint32_t fin = has_flag(packet, tcp_flag::kFin) ? 1 : 0;
  const std::uint32_t end = packet.tcp_sequence + syn + packet.payload_bytes + fin;
  if (!sender.has_sequence || is_at_or_after(end, sender.next_sequence)) sender.next_sequence = end;
  if (!sender.has_sequence) sender.first_sequence = packet.tcp_sequence;
  sender.has_sequence = true;
  if (syn != 0) {
    sender.has_syn = true;
    sender.is_syn_ack = has_flag(packet, tcp_flag::kAck);
    sender.syn_end = packet.tcp_sequence + 1;
  }
  if (fin != 0) {
    sender.has_fin = true;
    sender.fin_end = end;
  }
}

/// What the acknowledgement says of the other half.
void note_acknowledged(Half& other, std::uint32_t acknowledgment) noexcept {
  if (!other.has_acknowledged || is_at_or_after(acknowledgment, other.acknowledged))
    other.acknowledged = acknowledgment;
  other.has_acknowledged = true;
  if (other.has_syn && is_at_or_after(acknowledgment, other.syn_end)) other.is_syn_acknowledged = true;
  if (other.has_fin && is_at_or_after(acknowledgment, other.fin_end)) other.is_fin_acknowledged = true;
}

/// Every SYN that was seen is acknowledged, and there were two, or one that answers a SYN that was not seen, or the
/// side whose SYN was not seen sends data.
bool is_handshake_over(const Half& sender, const Half& other, const Packet& packet) noexcept {
  for (const Half* half : {&sender, &other}) {
    if (half->has_syn && !half->is_syn_acknowledged) return false;
  }
  if (sender.has_syn && other.has_syn) return true;
  if (sender.is_syn_ack || other.is_syn_ack) return true;
  return !sender.has_syn && packet.payload_bytes != 0;
}

}  // namespace

bool begins_connection(const Packet& packet) noexcept {
  if (has_flag(packet, tcp_flag::kRst)) return false;
  return has_flag(packet, tcp_flag::kSyn) || packet.payload_bytes != 0;
}

bool supersedes(const Packet& packet, const Connection& ended) noexcept {
  if (has_flag(packet, tcp_flag::kRst)) return false;
  if (has_flag(packet, tcp_flag::kSyn) && !has_flag(packet, tcp_flag::kAck)) return true;
  const bool may_go_on = ended.end_reason == EndReason::kIdle || ended.end_reason == EndReason::kUnreachable;
  return may_go_on && packet.payload_bytes != 0;
}

void count_segment(Connection& connection, Side sender, const Packet& packet) noexcept {
  Half& half = connection.halves[sender];
  count_packet(half, packet);
  half.window = packet.tcp_window;
  half.flags = packet.tcp_flags;
  connection.last_seen = packet.time;
}

void count_fragment(Connection& connection, Side sender, const Packet& packet) noexcept {
  count_packet(connection.halves[sender], packet);
  connection.last_seen = packet.time;
}

Outcome advance(Connection& connection, Side sender, const Packet& packet) noexcept {
  Half& from = connection.halves[sender];
  Half& to = connection.halves[1 - sender];
  Outcome outcome;
  if (has_flag(packet, tcp_flag::kRst)) {
    from.is_reset = true;
    return {false, true, EndReason::kReset};
  }
  note_sent(from, packet);
  if (has_flag(packet, tcp_flag::kAck)) note_acknowledged(to, packet.tcp_acknowledgment);
  const bool is_bare_syn = has_flag(packet, tcp_flag::kSyn) && !has_flag(packet, tcp_flag::kAck);
  if (is_bare_syn && connection.syn_time == 0) connection.syn_time = packet.time;

  if (!connection.is_established && is_handshake_over(from, to, packet)) {
    connection.is_established = true;
    if (connection.state == ConnectionState::kOpening) connection.state = ConnectionState::kEstablished;
    outcome.is_handshake_complete = from.has_syn && to.has_syn && connection.syn_time != 0;
  }
  if (has_flag(packet, tcp_flag::kFin)) connection.state = ConnectionState::kClosing;
  outcome.has_ended = from.is_fin_acknowledged && to.is_fin_acknowledged;
  return outcome;
}

bool is_fatal_unreachable(const Packet& packet) noexcept {
  constexpr std::uint8_t kIcmpUnreachable = 3;
  constexpr std::uint8_t kIcmpFragmentationNeeded = 4;
  constexpr std::uint8_t kIcmpv6Unreachable = 1;
  if (packet.detail_kind != DetailKind::kQuotedSegment) return false;
  if (packet.network == Network::kIpv6) return packet.message_type == kIcmpv6Unreachable;
  return packet.message_type == kIcmpUnreachable && packet.message_code != kIcmpFragmentationNeeded;
}

/// A quoted bare ACK carries the next sequence number, which is why the upper end is inside.
bool is_in_flight(const Connection& connection, Side sender, std::uint32_t sequence) noexcept {
  const Half& half = connection.halves[sender];
  if (!half.has_sequence && !half.has_acknowledged) return false;
  const std::uint32_t upper = half.has_sequence ? half.next_sequence : half.acknowledged;
  if (!is_at_or_after(upper, sequence)) return false;
  if (half.has_acknowledged) return is_at_or_after(sequence, half.acknowledged);
  return is_at_or_after(sequence, half.first_sequence);
}

}  // namespace iptraf::collectors
