// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of collector `lan_station` on several shards: one limit, one life of each station, however far apart they are.
#include <algorithm>
#include <string>

#include "collectors/reference_frames.hpp"
#include "collectors/station_shards.hpp"
#include "support/capture_writer.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

constexpr Timestamp kSecond = kNanosecondsPerSecond;
constexpr const char* kMacC = "02:00:00:00:00:0c";

config::LanStation with_limits(std::uint32_t max_stations, double idle_seconds) {
  config::LanStation settings;
  settings.max_stations = max_stations;
  settings.idle = {idle_seconds};
  return settings;
}

/// The page without what counts table entries of each shard.
std::string stations_text(const Page& page) {
  const std::string text = page.without_thread_families();
  return text.substr(0, text.find("# HELP iptraf_table_entries")) + std::to_string(evictions(page, "idle"));
}

struct ShardedPacket {
  std::uint32_t shard;
  Packet packet;
};

/// Stations of different liveliness, with pauses around the idle time.
std::vector<ShardedPacket> pausing_stations(std::uint32_t shards, std::uint32_t seed) {
  Dice dice(seed);
  std::vector<ShardedPacket> packets;
  Timestamp time = 0;
  for (int i = 0; i < 2000; ++i) {
    time += dice.seconds_below(dice.below(40) == 0 ? 3 : 0.125);
    const unsigned from = dice.below(dice.below(4) == 0 ? 30 : 6);
    packets.push_back({dice.below(shards), between(station_mac(from), station_mac(dice.below(30)), time)});
  }
  return packets;
}

/// Feeds every shard its own packets in small batches, the shards at random far ahead of each other.
void feed_unevenly(StationShards& shards, std::uint32_t count, const std::vector<ShardedPacket>& packets, Dice& dice) {
  std::vector<std::size_t> at(count, 0);
  std::size_t ended = 0;
  while (ended < count) {
    const std::uint32_t shard = dice.below(count);
    if (at[shard] == packets.size()) continue;
    const std::size_t until = std::min(packets.size(), at[shard] + 1 + dice.below(300));
    std::vector<Packet> own;
    for (std::size_t i = at[shard]; i < until; ++i) {
      if (packets[i].shard == shard) own.push_back(packets[i].packet);
    }
    at[shard] = until;
    shards.feed(shard, own);
    shards.advance(shard, packets[until - 1].packet.time);  // a file's clock goes on with the others' packets
    if (until == packets.size()) ++ended;
  }
}

}  // namespace

TEST_CASE("Shards share the limit, and a station that one shard knows has its name on all") {
  StationShards shards(2, with_limits(2, 60));
  shards.feed(0, {between(kMacA, kMacB)});
  shards.feed(1, {between(kMacC, kMacA), between(kMacA, kMacC)});
  const Page page = shards.page();
  CHECK(station(page, kMacA) == StationCounts{1, 1, 114, 2, 2, 228});
  CHECK(station(page, kMacB) == StationCounts{1, 1, 114, 0, 0, 0});
  CHECK_FALSE(has_station(page, kMacC));
  CHECK(station(page, "other") == StationCounts{1, 1, 114, 1, 1, 114});
  CHECK(shards.budget().used() == 14);
}

TEST_CASE("A shard that was refused still finds what another shard admitted before and after") {
  StationShards shards(2, with_limits(3, 60));
  shards.feed(0, {between(kMacA, kMacB), between(kMacC, kMacC)});
  shards.feed(1, {between(station_mac(1), kMacA), between(station_mac(2), kMacB), between(kMacC, station_mac(3))});
  const Page page = shards.page();
  CHECK(station(page, kMacA) == StationCounts{1, 1, 114, 1, 1, 114});
  CHECK(station(page, kMacB) == StationCounts{2, 2, 228, 0, 0, 0});
  CHECK(station(page, kMacC) == StationCounts{1, 1, 114, 2, 2, 228});
  CHECK(station(page, "other") == StationCounts{1, 1, 114, 2, 2, 228});
}

TEST_CASE("A station is idle only when it is idle on every shard, and its counts stay whole until then") {
  StationShards shards(2, with_limits(10, 60));
  shards.feed(0, {between(kMacA, kMacA, 0)});
  shards.feed(1, {between(kMacA, kMacA, 50 * kSecond)});
  shards.advance_all(100 * kSecond);  // shard 0 has not seen A for longer than the idle time, shard 1 has
  Page page = shards.page();
  CHECK(station(page, kMacA) == StationCounts{2, 2, 228, 2, 2, 228});
  CHECK(evictions(page, "idle") == 0);
  shards.feed(0, {between(kMacA, kMacA, 105 * kSecond)});
  CHECK(station(shards.page(), kMacA)[0] == 3);
  shards.advance_all(165 * kSecond);
  CHECK(station(shards.page(), kMacA)[0] == 3);
  shards.advance_all(165 * kSecond + 1);
  page = shards.page();
  CHECK_FALSE(has_station(page, kMacA));
  CHECK(evictions(page, "idle") == 1);
  CHECK(shards.budget().used() == 0);
}

TEST_CASE("A shard that is behind may still bridge a pause; when it has passed, the pause is the end of a life") {
  for (const bool is_bridged : {true, false}) {
    INFO(is_bridged);
    StationShards shards(2, with_limits(10, 60));
    shards.feed(0, {between(kMacA, kMacA, 0), between(kMacA, kMacA, 100 * kSecond)});
    CHECK(station(shards.page(), kMacA)[0] == 2);  // not known yet
    if (is_bridged) shards.feed(1, {between(kMacA, kMacA, 50 * kSecond)});
    shards.advance_all(100 * kSecond);
    const Page page = shards.page();
    CHECK(station(page, kMacA)[0] == (is_bridged ? 3 : 1));
    CHECK(evictions(page, "idle") == (is_bridged ? 0 : 1));
  }
}

TEST_CASE("No life ends between the samples of two shards for one snapshot") {
  StationShards shards(2, with_limits(10, 5));
  for (const std::uint32_t shard : {0U, 1U}) shards.feed(shard, {between(kMacA, kMacA, 0)});
  shards.ask();
  std::vector<SampleSet> samples{shards.sample(0)};
  shards.advance_all(6 * kSecond);
  samples.push_back(shards.sample(1));
  CHECK(station(StationShards::page_of(*shards.merged(samples)), kMacA)[0] == 2);
  shards.advance_all(6 * kSecond);
  CHECK_FALSE(has_station(shards.page(), kMacA));
}

TEST_CASE("While a shard owes its answer, stations that come and go for long lose no count, and end when it is there") {
  constexpr unsigned kStations = 200;
  constexpr unsigned kVisits = 42;  // more ended stations than a shard remembers
  StationShards shards(2, with_limits(kStations, 1));
  shards.ask();
  shards.sample(0);
  Timestamp time = 0;
  for (unsigned visit = 0; visit < kVisits; ++visit) {
    time += 2 * kSecond;
    std::vector<Packet> packets;
    for (unsigned i = 0; i < kStations; i += 2) packets.push_back(between(station_mac(i), station_mac(i + 1), time));
    shards.feed(0, packets);
    shards.advance(1, time);
  }
  shards.sample(1);
  const Page page = shards.page();
  CHECK(evictions(page, "idle") == 0);
  CHECK(stations_named(page) == kStations);
  CHECK(station(page, station_mac(6)) == StationCounts{0, 0, 0, kVisits, kVisits, 114 * kVisits});
  CHECK(station(page, station_mac(7)) == StationCounts{kVisits, kVisits, 114 * kVisits, 0, 0, 0});
  shards.advance_all(time + 2 * kSecond);
  shards.advance_all(time + 2 * kSecond);
  CHECK(stations_named(shards.page()) == 0);
  CHECK(shards.budget().used() == 0);
}

TEST_CASE("One, two and four shards give the same stations however unevenly they read") {
  for (std::uint32_t seed = 1; seed <= 25; ++seed) {
    std::string expected;
    for (const std::uint32_t count : {1U, 2U, 4U}) {
      INFO(seed << ", " << count << " shards");
      Dice dice(seed + 1000);
      StationShards shards(count, with_limits(100, 2));
      std::vector<ShardedPacket> packets = pausing_stations(4, seed);
      for (ShardedPacket& packet : packets) packet.shard %= count;
      feed_unevenly(shards, count, packets, dice);
      const Page page = shards.page();
      CHECK(evictions(page, "idle") > 10);
      if (count == 1) expected = stations_text(page);
      CHECK(stations_text(page) == expected);
    }
  }
}

TEST_CASE("Full tables on two shards lose nothing, and neither limit is exceeded") {
  StationShards shards(2, with_limits(8, 3600), 6 * 7);
  Dice dice(3);
  for (int i = 0; i < 500; ++i) {
    shards.feed(i % 2 == 0 ? 0 : 1, {between(station_mac(dice.below(40)), station_mac(dice.below(40)), i)});
  }
  const Page page = shards.page();
  CHECK(stations_named(page) == 6);
  CHECK(shards.budget().used() == 6 * 7);
  CHECK(page.sum("iptraf_lan_station_receive_packets_total{") == 500);
  CHECK(page.sum("iptraf_lan_station_transmit_bytes_total{") == 500 * 114);
  CHECK(evictions(page, "budget") == station(page, "other")[0] + station(page, "other")[3]);
}

TEST_CASE("A shard that learns of a slot's new life late leaves nothing of the old one") {
  StationShards shards(2, with_limits(3, 60));
  shards.feed(0, {between(kMacA, kMacA)});
  shards.feed(1, {between(kMacA, kMacB)});
  shards.tell_device(0, "vB2");
  shards.begin_device_on(0, 0);
  shards.feed(1, {between(kMacC, kMacA)});  // still of the old life
  shards.feed(0, {between(kMacB, kMacB)});
  shards.begin_device_on(1, 0);
  const Page page = shards.page();
  CHECK(stations_named(page) == 1);
  CHECK(station(page, kMacB, "vB2") == StationCounts{1, 1, 114, 1, 1, 114});
  CHECK(shards.budget().used() == 7);
}

TEST_CASE("Threads that read a file give what one thread gives, with stations that end and return") {
  Dice dice(11);
  std::vector<CaptureRecord> records;
  Timestamp time = 1'700'000'000 * kSecond;
  for (const Bytes& frame : varied_frames(2000, 8)) {
    time += dice.seconds_below(dice.below(50) == 0 ? 4 : 0.1);
    records.push_back({time, frame});
  }
  const TemporaryFile file(pcap_bytes(records));
  OfflineSettings settings;
  settings.chain.config.collectors.lan_station.idle = {0.5};
  const std::string one = run_file(file.path(), settings).page.without_thread_families();
  CHECK(one.find("table=\"lan_station\",reason=\"idle\"} 0\n") == std::string::npos);
  for (const std::uint32_t shards : {2U, 4U, 2U, 4U}) {
    settings.chain.shards = shards;
    CHECK(run_file(file.path(), settings).page.without_thread_families() == one);
  }
}
