// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of offloaded super-packets: the sums over the segments on the wire.
#include "decode/offload.hpp"

#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;
using decode::segment_payload_by_mtu;
using decode::split_segments;

namespace {

/// What holds of every split, whatever was split.
void check_sums(const Packet& packet, std::uint32_t link_bytes) {
  const std::uint64_t full = std::uint64_t{packet.segments} - 1;
  CHECK(packet.network_bytes == full * packet.segment_network_bytes + packet.last_network_bytes);
  CHECK(packet.ip_bytes == packet.network_bytes);
  CHECK(packet.frame_bytes == packet.network_bytes + packet.segments * link_bytes);
}

}  // namespace

TEST_CASE("A TCP super-packet counts as its segments, each with its headers") {
  Packet packet = decoded(PacketBuilder().eth().ipv4().tcp({.options = Bytes(12, 1)}).payload(3000).build());
  CHECK(segment_payload_by_mtu(packet, 1500) == 1448);
  split_segments(packet, 1448);
  CHECK(packet.segments == 3);
  CHECK(packet.segment_network_bytes == 1500);
  CHECK(packet.last_network_bytes == 156);
  CHECK(packet.ip_bytes == 3156);
  CHECK(packet.network_bytes == 3156);
  CHECK(packet.frame_bytes == 3198);
  CHECK(packet.payload_bytes == 3000);
  check_sums(packet, 14);
}

TEST_CASE("A payload that fills its segments has no small last one") {
  Packet packet = decoded(PacketBuilder().eth().ipv4().tcp().payload(2920).build());
  split_segments(packet, 1460);
  CHECK(packet.segments == 2);
  CHECK(packet.last_network_bytes == 1500);
  CHECK(packet.ip_bytes == 3000);
  CHECK(packet.frame_bytes == 3028);
}

TEST_CASE("A UDP super-packet over IPv6 with VLAN tags repeats tags and all headers") {
  Packet packet = decoded(PacketBuilder().eth().qinq(5, 6).ipv6().extension(60).udp().payload(2500).build());
  CHECK(packet.ip_bytes == 2556);
  CHECK(segment_payload_by_mtu(packet, 1500) == 1444);
  split_segments(packet, 1200);
  CHECK(packet.segments == 3);
  CHECK(packet.segment_network_bytes == 1256);
  CHECK(packet.last_network_bytes == 156);
  CHECK(packet.ip_bytes == 2668);
  CHECK(packet.frame_bytes == 2734);
  check_sums(packet, 22);
}

TEST_CASE("A tag that the kernel took off is on every segment") {
  const Bytes frame = PacketBuilder().eth().ipv4().tcp().payload(2000).build();
  Packet packet = decoded(frame);
  packet.frame_bytes += 4;
  split_segments(packet, 1000);
  CHECK(packet.segments == 2);
  CHECK(packet.frame_bytes == 2 * (1040 + 18));
  check_sums(packet, 18);
}

TEST_CASE("Nothing is split that fits one segment or has no transport header") {
  const auto is_unchanged = [](Packet packet, std::uint32_t payload) {
    const Packet before = packet;
    split_segments(packet, payload);
    return packet.segments == 1 && packet.ip_bytes == before.ip_bytes && packet.frame_bytes == before.frame_bytes &&
           packet.network_bytes == before.network_bytes && packet.last_network_bytes == before.last_network_bytes;
  };
  const Packet tcp = decoded(PacketBuilder().eth().ipv4().tcp().payload(1000).build());
  CHECK(is_unchanged(tcp, 1000));
  CHECK(is_unchanged(tcp, 0));
  CHECK_FALSE(is_unchanged(tcp, 999));
  CHECK(is_unchanged(decoded(PacketBuilder().eth().ipv4().icmp(8).payload(4000).build()), 1000));
  CHECK(
      is_unchanged(decoded(PacketBuilder().eth().ipv4({.checksum = Checksum::kWrong}).tcp().payload(4000).build()), 9));
  const Ipv4 later{.protocol = 6, .offset_bytes = 80};
  CHECK(is_unchanged(decoded(PacketBuilder().eth().ipv4(later).payload(4000).build()), 1000));
  CHECK(is_unchanged(decoded(PacketBuilder().eth().arp().pad_to(4000).build()), 1000));
}

TEST_CASE("Segments are estimated only above the MTU and only where a header repeats") {
  const Packet tcp = decoded(PacketBuilder().eth().ipv4().tcp().payload(1461).build());
  CHECK(segment_payload_by_mtu(tcp, 1501) == 0);
  CHECK(segment_payload_by_mtu(tcp, 1500) == 1460);
  CHECK(segment_payload_by_mtu(tcp, 41) == 1);
  CHECK(segment_payload_by_mtu(tcp, 40) == 0);
  CHECK(segment_payload_by_mtu(tcp, 0) == 0);
  CHECK(segment_payload_by_mtu(decoded(PacketBuilder().eth().ipv4().icmp(8).payload(4000).build()), 1500) == 0);
}

TEST_CASE("The sums hold for every payload and segment size") {
  for (std::uint32_t payload = 1; payload < 400; payload += 3) {
    for (std::uint32_t segment = 1; segment < 60; ++segment) {
      Packet packet = decoded(PacketBuilder().eth().ipv4().udp().payload(payload).build());
      split_segments(packet, segment);
      REQUIRE(packet.segments == (payload + segment - 1) / segment);
      REQUIRE(packet.ip_bytes == payload + packet.segments * 28);
      REQUIRE(packet.frame_bytes == packet.ip_bytes + packet.segments * 14);
      REQUIRE(packet.last_network_bytes > 28);
    }
  }
}
