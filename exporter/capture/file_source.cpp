// SPDX-License-Identifier: GPL-2.0-or-later
// FileSource: a capture file as a PacketSource.
#include "capture/file_source.hpp"

#include "decode/address_peek.hpp"
#include "decode/decoder.hpp"

namespace iptraf::capture {

FileSource::FileSource(FileSettings settings) : replay_(std::move(settings)) {}

std::size_t FileSource::read(std::span<Packet> out) noexcept {
  std::size_t count = 0;
  replay_.read(out.size(), [&](const FileRecord& record) {
    if (take(record, out[count])) ++count;
  });
  counters_.packets += count;
  return count;
}

/// False when the packet belongs to another shard.
bool FileSource::take(const FileRecord& record, Packet& packet) const noexcept {
  const FileSettings& settings = replay_.settings();
  const ShardNumber shard = settings.shard;
  RawPacket raw;
  raw.bytes = record.bytes;
  raw.wire_bytes = record.wire_bytes;
  raw.link_type = replay_.link_type();
  if (shard.count > 1) {
    const std::optional<std::uint32_t> fold = decode::peek_address_fold(raw);
    if (fold && shard_of(*fold, shard.count) != shard.index) return false;
  }
  decode::decode(raw, packet);
  if (shard.count > 1 && shard_of(packet, shard.count) != shard.index) return false;
  packet.time = record.time;
  packet.device = device_;
  packet.direction = settings.local.empty() ? Direction::kReceive : direction_of(packet);
  return true;
}

Direction FileSource::direction_of(const Packet& packet) const noexcept {
  const auto is_source = [&packet](const config::LocalMatch& match) {
    if (const auto* const mac = std::get_if<MacAddress>(&match))
      return packet.has_source_mac && packet.source_mac == *mac;
    return has_trusted_ip(packet) && std::get<config::Prefix>(match).contains(packet.source);
  };
  const std::vector<config::LocalMatch>& local = replay_.settings().local;
  return std::any_of(local.begin(), local.end(), is_source) ? Direction::kTransmit : Direction::kReceive;
}

CaptureCounters FileSource::counters() const noexcept {
  CaptureCounters counters = counters_;
  counters.is_damaged = replay_.is_damaged();
  return counters;
}

}  // namespace iptraf::capture
