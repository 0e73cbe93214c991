// SPDX-License-Identifier: GPL-2.0-or-later
// FragmentPorts: which ports a later fragment belongs to, learnt from the first fragment of its datagram.
#include "capture/fragment_ports.hpp"

#include "core/table_metrics.hpp"

namespace iptraf::capture {
namespace {

constexpr Timestamp kLifetime = 30 * kNanosecondsPerSecond;

/// TCP or UDP, or IPv6 extension headers (RFC 8200 section 4) behind the fragment header, which hide what follows
/// from every fragment but the first.
bool may_have_ports(const Packet& packet) noexcept {
  if (packet.transport == Transport::kTcp || packet.transport == Transport::kUdp) return true;
  if (packet.network != Network::kIpv6) return false;
  switch (packet.fragment_protocol) {
    case 0:
    case 43:
    case 51:
    case 60:
    case 135:
    case 139:
    case 140:
      return true;
    default:
      return false;
  }
}

}  // namespace

FragmentPorts::Key FragmentPorts::key_of(const Packet& packet) noexcept {
  return {packet.source, packet.destination, packet.fragment_id, packet.device, packet.fragment_protocol, {}};
}

void FragmentPorts::resolve(Packet& packet) noexcept {
  if (packet.fragment == Fragment::kFirst) {
    if (packet.has_ports) on_first(packet);
  } else if (packet.fragment == Fragment::kLater) {
    if (has_trusted_ip(packet)) on_later(packet);
  }
}

FragmentPorts::Table::Entry& FragmentPorts::insert(const Key& key, Timestamp now) noexcept {
  if (Table::Entry* const oldest = table_.oldest(); oldest != nullptr && table_.is_full()) {
    table_.erase(*oldest);
    ++evicted_;
  }
  Table::Entry& entry = table_.insert(key);
  entry.value.time = now;
  return entry;
}

void FragmentPorts::on_first(Packet& packet) noexcept {
  expire(packet.time);
  const Key key = key_of(packet);
  Table::Entry* const found = table_.find(key);
  if (found != nullptr) table_.touch(*found);
  Known& known = found != nullptr ? found->value : insert(key, packet.time).value;
  packet.detail_kind = DetailKind::kDatagram;
  packet.detail.datagram = {known.held_packets, known.held_ip_bytes, packet.transport};
  known = {packet.time, true, packet.transport, packet.source_port, packet.destination_port, 0, 0};
}

void FragmentPorts::on_later(Packet& packet) noexcept {
  expire(packet.time);
  const Key key = key_of(packet);
  Table::Entry* const found = table_.find(key);
  if (found != nullptr && found->value.has_first) {
    packet.has_ports = true;
    packet.source_port = found->value.source_port;
    packet.destination_port = found->value.destination_port;
    packet.detail_kind = DetailKind::kDatagram;
    packet.detail.datagram = {0, 0, found->value.transport};
    return;
  }
  if (!may_have_ports(packet)) return;
  Known& known = found != nullptr ? found->value : insert(key, packet.time).value;
  known.held_packets += packet.segments;
  known.held_ip_bytes += packet.ip_bytes;
}

void FragmentPorts::expire(Timestamp now) noexcept {
  for (Table::Entry* entry = table_.oldest(); entry != nullptr && now - entry->value.time > kLifetime;
       entry = table_.oldest()) {
    table_.erase(*entry);
    ++expired_;
  }
}

void FragmentPorts::forget_device(DeviceSlot slot) noexcept {
  table_.erase_if([slot](const Key& key) { return key.device == slot; });
}

void FragmentPorts::sample(SampleWriter& out) const {
  add_table(out, iptraf::Table::kFragment, table_.size(), table_.capacity());
  add_evictions(out, iptraf::Table::kFragment, Eviction::kExpired, expired_);
  add_evictions(out, iptraf::Table::kFragment, Eviction::kFull, evicted_);
}

}  // namespace iptraf::capture
