// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of several RingSources that share the packets, in a private network namespace.
#include <algorithm>
#include <array>

#include "capture/fanout_program.hpp"
#include "capture/ring_source.hpp"
#include "exporter/capture/network_namespace.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using namespace iptraf::test;

namespace {

constexpr std::uint32_t kShards = 3;

using Sources = std::vector<std::unique_ptr<RingSource>>;

Sources open_shards(DeviceTable& devices, std::vector<std::string> interfaces) {
  config::Capture config;
  config.interfaces = std::move(interfaces);
  config.ring_mib = 1;
  config.threads = kShards;
  return RingSource::open_shards(config, devices);
}

/// Reads all shards until `count` packets came together and returns those of each.
std::array<std::vector<Packet>, kShards> collect(const Sources& sources, std::size_t count) {
  std::array<std::vector<Packet>, kShards> packets;
  std::array<Packet, 256> batch;
  for (int waits = 0; count > 0 && waits < 60; ++waits) {
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      const std::size_t fresh = sources[shard]->read(batch);
      packets[shard].insert(packets[shard].end(), batch.begin(), batch.begin() + static_cast<std::ptrdiff_t>(fresh));
      count -= std::min(fresh, count);
      if (fresh == 0) sources[shard]->wait(-1);
    }
  }
  CHECK(count == 0);
  return packets;
}

ByteVector ethernet(std::initializer_list<std::uint8_t> ethertype_and_more, const ByteVector& packet) {
  ByteVector frame{2, 0, 0, 0, 0, 0x0a, 2, 0, 0, 0, 0, 0x0b};
  for (const std::uint8_t byte : ethertype_and_more) frame.push_back(byte);
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

/// An IPv4 packet of the pair 10.9.0.HOST and 10.9.0.1 whose header checksum is left to the hardware.
ByteVector ipv4(std::uint8_t host, std::uint8_t protocol, const ByteVector& payload, bool is_reply = false) {
  ByteVector packet{
      0x45, 0, 0, static_cast<std::uint8_t>(20 + payload.size()), 0, 1, 0, 0, 64, protocol, 0, 0, 10, 9, 0, host, 10,
      9,    0, 1};
  if (is_reply) std::swap(packet[15], packet[19]);
  packet.insert(packet.end(), payload.begin(), payload.end());
  return packet;
}

ByteVector ipv6(std::uint8_t host, std::uint8_t next_header, const ByteVector& payload) {
  ByteVector packet(40 + payload.size());
  packet[0] = 0x60;
  packet[5] = static_cast<std::uint8_t>(payload.size());
  packet[6] = next_header;
  packet[7] = 64;
  packet[8] = packet[24] = 0xfd;
  packet[23] = host;
  packet[39] = 1;
  std::copy(payload.begin(), payload.end(), packet.begin() + 40);
  return packet;
}

/// An error of `type` that quotes `packet`.
ByteVector icmp_error(std::uint8_t type, const ByteVector& packet) {
  ByteVector message{type, 0, 0, 0, 0, 0, 0, 0};
  message.insert(message.end(), packet.begin(), packet.end());
  return message;
}

std::vector<ByteVector> frames_of(std::uint8_t host) {
  const ByteVector udp{0x0b, 0xb8, 0x0f, 0xa0, 0, 12, 0, 0, 1, 2, 3, 4};
  const ByteVector packet = ipv4(host, 17, udp);
  const ByteVector packet6 = ipv6(host, 17, udp);
  return {ethernet({0x08, 0x00}, packet),
          ethernet({0x08, 0x00}, ipv4(host, 17, udp, true)),
          ethernet({0x81, 0x00, 0, 5, 0x08, 0x00}, packet),
          ethernet({0x88, 0xa8, 0, 7, 0x81, 0x00, 0, 5, 0x08, 0x00}, packet),
          ethernet({0x88, 0x64, 0x11, 0, 0, 1, 0, static_cast<std::uint8_t>(packet.size() + 2), 0, 0x21}, packet),
          ethernet({0x88, 0x47, 0, 1, 0x00, 64, 0, 1, 0x11, 64}, packet),
          ethernet({0x88, 0x47, 0, 1, 0x11, 64}, packet6),
          ethernet({0x08, 0x00}, ipv4(200, 1, icmp_error(3, packet))),
          ethernet({0x08, 0x00}, ipv4(host, 1, icmp_error(8, packet))),
          ethernet({0x86, 0xdd}, packet6),
          ethernet({0x81, 0x00, 0, 5, 0x86, 0xdd}, packet6),
          ethernet({0x86, 0xdd}, ipv6(200, 58, icmp_error(1, packet6))),
          ethernet({0x86, 0xdd}, ipv6(host, 58, icmp_error(135, packet6))),
          ethernet({0x08, 0x06}, ByteVector(28)),
          ethernet({0x12, 0x34}, ByteVector(50))};
}

}  // namespace

TEST_CASE("The fanout program is within the limits of the kernel") {
  CHECK(make_fanout_program(kShards).size() <= BPF_MAXINSNS);
}

TEST_CASE("Every packet comes to one shard, the one that shard_of names, in both directions") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  const Sources sources = open_shards(devices, {"a0", "b0"});
  REQUIRE(sources.size() == kShards);
  FrameSender sender("b0");
  std::size_t sent = 0;
  for (std::uint8_t host = 2; host < 40; ++host) {
    for (const ByteVector& frame : frames_of(host)) {
      sender.send(frame);
      ++sent;
    }
  }
  const auto packets = collect(sources, 2 * sent);
  std::size_t received = 0;
  for (std::uint32_t shard = 0; shard < kShards; ++shard) {
    received += packets[shard].size();
    CHECK(packets[shard].size() > sent / 4);
    for (const Packet& packet : packets[shard]) {
      CAPTURE(packet.ethertype, packet.protocol, packet.message_type, packet.frame_bytes, packet.direction);
      CHECK(packet.malformed == Malformed::kNo);
      CHECK(shard_of(packet, kShards) == shard);
    }
  }
  CHECK(received == 2 * sent);
}

TEST_CASE("Packets on loopback are shared by the same rule") {
  REQUIRE_NAMESPACE(net);
  DeviceTable devices;
  const Sources sources = open_shards(devices, {"lo"});
  FrameSender sender("lo");
  for (std::uint8_t host = 2; host < 32; ++host) sender.send(frames_of(host)[0]);
  const auto packets = collect(sources, 30);
  for (std::uint32_t shard = 0; shard < kShards; ++shard) {
    for (const Packet& packet : packets[shard]) CHECK(shard_of(packet, kShards) == shard);
  }
}

TEST_CASE("One thread needs no group") {
  REQUIRE_NAMESPACE(net);
  DeviceTable devices;
  config::Capture config;
  config.interfaces = {"lo"};
  config.ring_mib = 1;
  const auto sources = RingSource::open_shards(config, devices);
  REQUIRE(sources.size() == 1);
  FrameSender("lo").send(udp_frame({.destination_port = kMarkerPort, .tag = {}}));
  CHECK(collect_until_marker(*sources[0]).empty());
}

TEST_CASE("Two programs in one network namespace do not share their packets") {
  REQUIRE_NAMESPACE(net);
  DeviceTable devices;
  const Sources ours = open_shards(devices, {"lo"});
  const Sources theirs = open_shards(devices, {"lo"});
  FrameSender sender("lo");
  for (std::uint8_t host = 2; host < 32; ++host) sender.send(frames_of(host)[0]);
  for (const Sources* sources : {&ours, &theirs}) {
    const auto packets = collect(*sources, 30);
    CHECK(packets[0].size() + packets[1].size() + packets[2].size() == 30);
  }
}
