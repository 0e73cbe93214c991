// SPDX-License-Identifier: GPL-2.0-or-later
// FileSource: a capture file as a PacketSource.
#include "capture/file_source.hpp"

#include <algorithm>
#include <optional>

#include "decode/address_peek.hpp"
#include "decode/decoder.hpp"

namespace iptraf::capture {

FileSource::FileSource(FileSettings settings) : replay_(std::move(settings)) {
  const std::string& filter = replay_.settings().filter;
  if (!filter.empty()) filter_ = std::make_unique<FrameFilter>(filter, replay_.dlt());
}

/// Looks at as many records as `out` has room for, so that one call ends soon even where few of them are wanted.
std::size_t FileSource::read(std::span<Packet> out) noexcept {
  std::size_t count = 0;
  for (std::size_t left = out.size(); left != 0;) {
    const std::span<FileRecord> records = replay_.read(left);
    if (records.empty()) break;
    left -= records.size();
    for (const FileRecord& record : ours(wanted(records))) {
      if (take(record, out[count])) ++count;
    }
  }
  if (count == 0) replay_.tell_barrier();  // the packets of the calls before have been through the collectors
  counters_.packets += count;
  return count;
}

std::span<FileRecord> FileSource::wanted(std::span<FileRecord> records) const noexcept {
  if (!filter_) return records;
  const auto is_unwanted = [this](const FileRecord& record) {
    return !filter_->matches(record.bytes, record.wire_bytes);
  };
  return {records.begin(), std::remove_if(records.begin(), records.end(), is_unwanted)};
}

/// Those of this shard, and those of which only decoding tells whose they are. Without a branch on the answer, which
/// nothing predicts.
std::span<FileRecord> FileSource::ours(std::span<FileRecord> records) const noexcept {
  const ShardNumber shard = replay_.settings().shard;
  if (shard.count == 1 || replay_.link_type() != LinkType::kEthernet) return records;
  std::size_t kept = 0;
  for (const FileRecord& record : records) {
    const std::optional<std::uint32_t> fold = decode::peek_address_fold(record.bytes);
    records[kept] = record;
    const bool may_be_ours = !fold || shard_of(*fold, shard.count) == shard.index;
    kept += may_be_ours ? 1U : 0U;
  }
  return records.first(kept);
}

/// False when the packet belongs to another shard.
bool FileSource::take(const FileRecord& record, Packet& packet) const noexcept {
  const FileSettings& settings = replay_.settings();
  RawPacket raw;
  raw.bytes = record.bytes;
  raw.wire_bytes = record.wire_bytes;
  raw.link_type = replay_.link_type();
  decode::decode(raw, packet);
  if (settings.shard.count > 1 && shard_of(packet, settings.shard.count) != settings.shard.index) return false;
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
