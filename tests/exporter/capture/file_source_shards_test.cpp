// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of FileSource with several shards: every packet once, in order, at the shard that owns it.
#include <string>
#include <vector>

#include "capture/file_source.hpp"
#include "support/capture_writer.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using namespace iptraf::test;

namespace {

constexpr Timestamp kStart = 1'700'000'000 * kNanosecondsPerSecond;

/// `count` packets of 97 conversations, numbered by their TCP sequence, one a nanosecond.
Bytes file_of(std::uint32_t count) {
  std::vector<CaptureRecord> records;
  for (std::uint32_t i = 1; i <= count; ++i) {
    const Ipv4 fields{.source = "10.0.7." + std::to_string(i % 97)};
    records.push_back({kStart + i, PacketBuilder().eth().ipv4(fields).tcp({.sequence = i}).build()});
  }
  return pcap_bytes(records);
}

FileSettings settings_of(const TemporaryFile& file, std::uint32_t index, std::uint32_t count) {
  FileSettings settings;
  settings.path = file.path();
  settings.shard = {index, count};
  return settings;
}

std::vector<Packet> drain(PacketSource& source) {
  std::vector<Packet> all;
  std::vector<Packet> out(100);
  while (!source.has_ended()) {
    const std::size_t got = source.read(out);
    all.insert(all.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(got));
  }
  return all;
}

/// Packets of the shard that are not its own, or not behind the one before.
std::size_t misplaced(const std::vector<Packet>& packets, std::uint32_t index, std::uint32_t count) {
  std::uint32_t last = 0;
  std::size_t wrong = 0;
  for (const Packet& packet : packets) {
    if (packet.tcp_sequence <= last || shard_of(packet, count) != index) ++wrong;
    last = packet.tcp_sequence;
  }
  return wrong;
}

}  // namespace

TEST_CASE("Several shards get each packet of a file once and in order") {
  constexpr std::uint32_t kPackets = 30'000;
  const TemporaryFile file(file_of(kPackets));
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    std::size_t total = 0;
    for (std::uint32_t i = 0; i < shards; ++i) {
      FileSource source(settings_of(file, i, shards));
      const std::vector<Packet> got = drain(source);
      total += got.size();
      CHECK(misplaced(got, i, shards) == 0);
      CHECK(source.counters().packets == got.size());
      CHECK(source.now() == kStart + kPackets);
    }
    CHECK(total == kPackets);
  }
}

TEST_CASE("What is not IP goes to the first shard") {
  const TemporaryFile file(pcap_bytes(std::vector<CaptureRecord>(300, {kStart, PacketBuilder().eth().arp().build()})));
  FileSource first(settings_of(file, 0, 3));
  FileSource second(settings_of(file, 1, 3));
  CHECK(drain(first).size() == 300);
  CHECK(drain(second).empty());
}

TEST_CASE("Every shard tells of a damaged file at its end") {
  Bytes content = file_of(3000);
  content.resize(content.size() - 7);
  const TemporaryFile file(content);
  std::size_t total = 0;
  for (std::uint32_t i = 0; i < 2; ++i) {
    FileSource source(settings_of(file, i, 2));
    total += drain(source).size();
    CHECK(source.counters().is_damaged);
  }
  CHECK(total == 2999);
}

TEST_CASE("Standard input has one reader") {
  FileSettings settings;
  settings.path = "-";
  settings.shard = {0, 2};
  CHECK_THROWS_AS(FileSource(settings), CaptureError);
}
