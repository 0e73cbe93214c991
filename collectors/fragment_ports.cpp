// SPDX-License-Identifier: GPL-2.0-or-later
// FragmentPorts: which ports a later fragment belongs to, learnt from the first fragment of its datagram.
#include "collectors/fragment_ports.hpp"

#include "core/table_metrics.hpp"

namespace iptraf::collectors {
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

FragmentVerdict FragmentPorts::verdict_of(const Datagram& datagram, FragmentTotals totals) noexcept {
  return {true, datagram.transport, datagram.source_port, datagram.destination_port, totals};
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

FragmentVerdict FragmentPorts::on_first(const Packet& packet) noexcept {
  expire(packet.time);
  const Key key = key_of(packet);
  Table::Entry* const found = table_.find(key);
  if (found != nullptr) table_.touch(*found);
  Datagram& datagram = found != nullptr ? found->value : insert(key, packet.time).value;
  const FragmentTotals released = datagram.held;
  datagram = {packet.time, true, packet.transport, packet.source_port, packet.destination_port, {}};
  return verdict_of(datagram, released);
}

FragmentVerdict FragmentPorts::on_later(const Packet& packet) noexcept {
  expire(packet.time);
  const Key key = key_of(packet);
  Table::Entry* const found = table_.find(key);
  if (found != nullptr && found->value.has_first) return verdict_of(found->value, {packet.segments, packet.ip_bytes});

  if (!may_have_ports(packet)) return {};
  Datagram& datagram = found != nullptr ? found->value : insert(key, packet.time).value;
  datagram.held.packets += packet.segments;
  datagram.held.ip_bytes += packet.ip_bytes;
  return {};
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

}  // namespace iptraf::collectors
