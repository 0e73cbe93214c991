// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of FileSource: times that go backwards, directions, filter, loops, pace, and how it ends.
#include "capture/file_source.hpp"

#include <sys/eventfd.h>

#include <chrono>
#include <string>
#include <vector>

#include "core/file_descriptor.hpp"
#include "support/capture_writer.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using namespace iptraf::test;
using Catch::Matchers::Contains;

namespace {

constexpr Timestamp kSecond = kNanosecondsPerSecond;
constexpr Timestamp kStart = 1'700'000'000 * kSecond;

Bytes frame() { return PacketBuilder().eth().ipv4().udp().build(); }

std::vector<CaptureRecord> at_times(const std::vector<Timestamp>& offsets) {
  std::vector<CaptureRecord> records;
  for (const Timestamp offset : offsets) records.push_back({kStart + offset, frame()});
  return records;
}

std::vector<Packet> read_some(FileSource& source, std::size_t count, std::size_t batch = 256) {
  std::vector<Packet> all;
  std::vector<Packet> out(batch);
  while (all.size() < count && !source.has_ended()) {
    const std::size_t got = source.read(out);
    all.insert(all.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(got));
  }
  return all;
}

std::vector<Packet> read_all(const Bytes& content, FileSettings settings = {}) {
  const TemporaryFile file(content);
  settings.path = file.path();
  FileSource source(std::move(settings));
  std::vector<Packet> packets = read_some(source, SIZE_MAX);
  CHECK(source.has_ended());
  CHECK(source.counters().packets == packets.size());
  return packets;
}

std::vector<Direction> directions(const std::vector<Bytes>& frames, const std::vector<std::string>& local) {
  FileSettings settings;
  for (const std::string& text : local) settings.local.push_back(config::parse_local_match(text).value());
  std::vector<CaptureRecord> records;
  for (const Bytes& bytes : frames) records.push_back({kStart, bytes});
  std::vector<Direction> result;
  for (const Packet& packet : read_all(pcap_bytes(records), settings)) result.push_back(packet.direction);
  return result;
}

constexpr Direction kIn = Direction::kReceive;
constexpr Direction kOut = Direction::kTransmit;

}  // namespace

TEST_CASE("A file gives its packets in order and ends") {
  const TemporaryFile file(pcap_bytes(at_times({0, 5, 9})));
  FileSettings settings;
  settings.path = file.path();
  FileSource source(settings);
  source.set_device(7);
  CHECK_FALSE(source.has_ended());
  const auto packets = read_some(source, SIZE_MAX, 2);
  REQUIRE(packets.size() == 3);
  CHECK(packets[2].time == kStart + 9);
  CHECK(packets[2].device == 7);
  CHECK(packets[2].frame_bytes == 42);
  CHECK(packets[2].direction == Direction::kReceive);
  CHECK(source.now() == kStart + 9);
  CHECK(source.link_type() == LinkType::kEthernet);
  CHECK_FALSE(source.counters().is_damaged);
  Packet more;
  CHECK(source.read({&more, 1}) == 0);
}

TEST_CASE("Times that go backwards are raised to the latest one seen") {
  const auto packets = read_all(pcap_bytes(at_times({10, 3, 11, 0, 12})));
  std::vector<Timestamp> offsets;
  for (const Packet& packet : packets) offsets.push_back(packet.time - kStart);
  CHECK(offsets == std::vector<Timestamp>{10, 10, 11, 11, 12});
}

TEST_CASE("A filter drops packets but not the clock") {
  const TemporaryFile file(pcap_bytes({{kStart, frame()},
                                       {kStart + 1, PacketBuilder().eth().ipv4().tcp().build()},
                                       {kStart + 2, PacketBuilder().eth().arp().build()}}));
  FileSettings settings;
  settings.path = file.path();
  settings.filter = "tcp";
  FileSource source(settings);
  const auto packets = read_some(source, SIZE_MAX);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].transport == Transport::kTcp);
  CHECK(packets[0].time == kStart + 1);
  CHECK(source.now() == kStart + 2);
  CHECK(source.counters().packets == 1);
  settings.filter = "tcp and";
  CHECK_THROWS_AS(FileSource(settings), FilterError);
}

TEST_CASE("A filter that rejects everything still reaches the end") {
  FileSettings settings;
  settings.filter = "port 9999";
  CHECK(read_all(pcap_bytes(at_times(std::vector<Timestamp>(2000, 1))), settings).empty());
}

TEST_CASE("A frame check sequence is neither frame nor payload, for the filter too") {
  const Bytes sent = frame();
  Bytes captured = sent;
  captured.resize(sent.size() + 4, 0xee);
  const Bytes content = pcap_bytes({{kStart, captured}}, {.link_type = kLinktypeEthernet | 0x24000000});
  const auto packets = read_all(content);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].frame_bytes == sent.size());
  CHECK(packets[0].network_bytes == sent.size() - 14);
  FileSettings settings;
  settings.filter = "greater " + std::to_string(sent.size() + 1);
  CHECK(read_all(content, settings).empty());
}

TEST_CASE("Without --capture.local everything is received") {
  CHECK(directions({frame(), PacketBuilder().eth().arp().build()}, {}) == std::vector{kIn, kIn});
}

TEST_CASE("A local prefix makes packets from it transmitted") {
  const auto v4 = [](const char* source) { return PacketBuilder().eth().ipv4({.source = source}).udp().build(); };
  const auto v6 = [](const char* source) { return PacketBuilder().eth().ipv6({.source = source}).udp().build(); };
  const std::vector<Bytes> frames{v4("10.1.2.3"), v4("10.2.0.1"), v6("2001:db8::1"), v6("2001:db9::1")};
  CHECK(directions(frames, {"10.1.0.0/16"}) == std::vector{kOut, kIn, kIn, kIn});
  CHECK(directions(frames, {"2001:db8::/32"}) == std::vector{kIn, kIn, kOut, kIn});
  CHECK(directions(frames, {"10.2.0.1"}) == std::vector{kIn, kOut, kIn, kIn});
  CHECK(directions(frames, {"10.1.0.0/16", "2001:db9::1"}) == std::vector{kOut, kIn, kIn, kOut});
  CHECK(directions(frames, {"0.0.0.0/0"}) == std::vector{kOut, kOut, kIn, kIn});
}

TEST_CASE("An IPv6 prefix of no bits is for IPv6 alone") {
  const std::vector<Bytes> frames{frame(), PacketBuilder().eth().ipv6().udp().build()};
  CHECK(directions(frames, {"::/0"}) == std::vector{kIn, kOut});
}

TEST_CASE("A local MAC address makes what it sends transmitted, IP or not") {
  const Ethernet own{.destination = kMacA, .source = kMacB};
  const std::vector<Bytes> frames{PacketBuilder().eth(own).arp().build(), PacketBuilder().eth().arp().build(),
                                  PacketBuilder().eth(own).ipv4({.checksum = Checksum::kWrong}).udp().build()};
  CHECK(directions(frames, {kMacB}) == std::vector{kOut, kIn, kOut});
}

TEST_CASE("An address that cannot be trusted is nobody's") {
  const Ipv4 bad{.source = "10.1.2.3", .checksum = Checksum::kWrong};
  const std::vector<Bytes> frames{PacketBuilder().eth().ipv4(bad).udp().build(), PacketBuilder().eth().arp().build()};
  CHECK(directions(frames, {"10.0.0.0/8"}) == std::vector{kIn, kIn});
}

TEST_CASE("A damaged file gives what came before the damage, then ends") {
  Bytes content = pcap_bytes(at_times({0, 1, 2}));
  content.resize(content.size() - 5);
  for (const auto replay : {config::Replay::kAsap, config::Replay::kRealtime}) {
    const TemporaryFile file(content);
    FileSettings settings;
    settings.path = file.path();
    settings.replay = replay;
    FileSource source(settings);
    CHECK(read_some(source, SIZE_MAX).size() == 2);
    CHECK(source.has_ended());
    CHECK(source.counters().is_damaged);
  }
}

TEST_CASE("In a loop the times of a pass follow those of the last one") {
  const TemporaryFile file(pcap_bytes(at_times({0, 10 * kSecond, 5 * kSecond, 30 * kSecond})));
  FileSettings settings;
  settings.path = file.path();
  settings.is_looped = true;
  FileSource source(settings);
  const auto packets = read_some(source, 12, 3);
  REQUIRE(packets.size() >= 12);
  const Timestamp expected[] = {0, 10, 10, 30, 40, 50, 50, 70, 80, 90, 90, 110};  // 30 s in three gaps
  for (std::size_t i = 0; i < 12; ++i) {
    INFO(i);
    CHECK(packets[i].time == kStart + expected[i] * kSecond);
  }
  CHECK_FALSE(source.has_ended());
}

TEST_CASE("A lone packet is repeated every second in a loop, packets of one time every millisecond") {
  FileSettings settings;
  settings.is_looped = true;
  const TemporaryFile lone(pcap_bytes(at_times({0})));
  settings.path = lone.path();
  FileSource source(settings);
  auto packets = read_some(source, 3);
  CHECK(packets.at(2).time == kStart + 2 * kSecond);

  const TemporaryFile burst(pcap_bytes(at_times({0, 0, 0})));
  settings.path = burst.path();
  FileSource bursts(settings);
  packets = read_some(bursts, 6);
  CHECK(packets.at(2).time == kStart);
  CHECK(packets.at(3).time == kStart + kSecond / 1000);
}

TEST_CASE("A file of absurd times in a loop never goes back") {
  const TemporaryFile file(pcap_bytes({{0, frame()}, {2'147'483'647 * kSecond, frame()}}));
  FileSettings settings;
  settings.path = file.path();
  settings.is_looped = true;
  FileSource source(settings);
  Timestamp latest = 0;
  for (const Packet& packet : read_some(source, 20)) {
    CHECK(packet.time >= latest);
    latest = packet.time;
  }
}

TEST_CASE("A loop without packets or over standard input is refused or ends") {
  FileSettings settings;
  settings.is_looped = true;
  CHECK(read_all(pcap_bytes({}), settings).empty());
  const TemporaryFile file(pcap_bytes({}));
  settings.path = "-";
  CHECK_THROWS_AS(FileSource(settings), CaptureError);
}

TEST_CASE("In real time the first packet is due now and the others keep their distance") {
  const TemporaryFile file(pcap_bytes(at_times({0, kSecond / 50, kSecond / 25})));
  FileSettings settings;
  settings.path = file.path();
  settings.replay = config::Replay::kRealtime;
  const FileDescriptor wake(::eventfd(0, EFD_CLOEXEC));
  FileSource source(settings);
  std::vector<Packet> packets;
  std::vector<Packet> out(8);
  while (!source.has_ended()) {
    const std::size_t got = source.read(out);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    for (std::size_t i = 0; i < got; ++i) {
      CHECK(out[i].time <= std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
      packets.push_back(out[i]);
    }
    if (got == 0 && !source.has_ended()) source.wait(wake.get());
  }
  REQUIRE(packets.size() == 3);
  CHECK(packets[0].time > kStart + 30 * kSecond);
  CHECK(packets[1].time - packets[0].time == kSecond / 50);
  CHECK(packets[2].time - packets[0].time == kSecond / 25);
  CHECK(source.now() == packets[2].time);
}

TEST_CASE("A sleep until the next packet ends when the source is woken") {
  const TemporaryFile file(pcap_bytes(at_times({0, 3600 * kSecond})));
  FileSettings settings;
  settings.path = file.path();
  settings.replay = config::Replay::kRealtime;
  FileSource source(settings);
  std::vector<Packet> out(8);
  CHECK(read_some(source, 1).size() == 1);
  CHECK(source.read(out) == 0);
  const FileDescriptor wake(::eventfd(1, EFD_CLOEXEC));
  source.wait(wake.get());
  CHECK_FALSE(source.has_ended());
}
