// SPDX-License-Identifier: GPL-2.0-or-later
// What IPTraf's traffic monitor logs of a TCP connection as it happens.
#include "collectors/connection_events.hpp"

namespace iptraf::collectors {
namespace {

TrafficEvent event_of(const Connection& connection, Side sender, const Packet& packet) noexcept {
  const Half& from = connection.halves[sender];
  const Half& to = connection.halves[1 - sender];
  TrafficEvent event;
  event.packet = packet;
  event.packets = from.packets;
  event.bytes = from.ip_bytes;
  event.opposite_packets = to.packets;
  event.opposite_bytes = to.ip_bytes;
  event.first_seen = connection.first_seen;
  return event;
}

void push(TrafficEventRing& events, TrafficEvent& event, TrafficEventKind kind) noexcept {
  event.kind = kind;
  events.push(event);
}

bool has_new_mac(const Half& half, const Packet& packet) noexcept {
  return half.has_mac && packet.has_source_mac && half.mac != packet.source_mac;
}

}  // namespace

/// In IPTraf's order. An RST says nothing but that it is one.
void tell_of_segment(TrafficEventRing& events, const Connection& before, const Connection& after, Side sender,
                     const Packet& packet) noexcept {
  const Half& half_before = before.halves[sender];
  const Side other = static_cast<Side>(1 - sender);
  const bool is_reset = (packet.tcp_flags & tcp_flag::kRst) != 0;
  const bool is_first = half_before.packets == 0 && !is_reset;
  const bool has_new = has_new_mac(half_before, packet);
  const bool acknowledges = after.halves[other].is_fin_acknowledged && !before.halves[other].is_fin_acknowledged;
  const bool has_fin = (packet.tcp_flags & tcp_flag::kFin) != 0 && !is_reset;
  if (!is_first && !is_reset && !has_new && !acknowledges && !has_fin) return;
  TrafficEvent event = event_of(after, sender, packet);
  if (is_first) push(events, event, TrafficEventKind::kFirstPacket);
  if (has_new) {
    event.previous_mac = half_before.mac;
    push(events, event, TrafficEventKind::kNewSourceMac);
  }
  if (acknowledges) push(events, event, TrafficEventKind::kFinAcknowledged);
  if (has_fin) push(events, event, TrafficEventKind::kFinSent);
  if (is_reset) push(events, event, TrafficEventKind::kReset);
}

void tell_of_timeout(TrafficEventRing& events, const Connection& connection) noexcept {
  const Side first = connection.first_side;
  const Side other = static_cast<Side>(1 - first);
  Packet packet{};
  packet.time = connection.ended_at;
  packet.device = connection.key.device();
  packet.source = connection.key.address(first);
  packet.source_port = connection.key.port(first);
  packet.destination = connection.key.address(other);
  packet.destination_port = connection.key.port(other);
  TrafficEvent event = event_of(connection, first, packet);
  push(events, event, TrafficEventKind::kTimedOut);
}

}  // namespace iptraf::collectors
