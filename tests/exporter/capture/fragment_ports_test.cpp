// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of FragmentPorts: what is remembered, held, released, and for how long.
#include "capture/fragment_ports.hpp"

#include "core/table_metrics.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;
using capture::FragmentPorts;

namespace {

constexpr Timestamp kSecond = kNanosecondsPerSecond;

Packet first(std::uint16_t id, Timestamp time = 0, DeviceSlot device = 0) {
  Packet packet = decoded(PacketBuilder().eth().ipv4({.id = id, .has_more = true}).udp().payload(72).build());
  packet.time = time;
  packet.device = device;
  return packet;
}

Packet later(std::uint16_t id, Timestamp time = 0, DeviceSlot device = 0, std::uint8_t protocol = 17) {
  const Ipv4 fields{.protocol = protocol, .id = id, .offset_bytes = 80};
  Packet packet = decoded(PacketBuilder().eth().ipv4(fields).payload(30).build());
  packet.time = time;
  packet.device = device;
  return packet;
}

/// Whether the fragment has its ports once it has passed.
bool knows(FragmentPorts& ports, Packet packet) {
  ports.resolve(packet);
  return packet.has_ports;
}

/// How many held fragments a first one releases.
std::uint32_t released(FragmentPorts& ports, Packet packet) {
  ports.resolve(packet);
  REQUIRE(packet.detail_kind == DetailKind::kDatagram);
  return packet.detail.datagram.held_packets;
}

std::uint64_t evictions(const FragmentPorts& ports, Eviction reason) {
  SampleSet set;
  SampleWriter writer(set);
  ports.sample(writer);
  for (const Sample& sample : set.samples) {
    if (sample.metric == &kTableEvictions && sample.labels[1] == static_cast<std::uint64_t>(reason))
      return sample.value;
  }
  return 0;
}

std::uint64_t entries(const FragmentPorts& ports) {
  SampleSet set;
  SampleWriter writer(set);
  ports.sample(writer);
  return set.samples.at(0).value;
}

}  // namespace

TEST_CASE("A later fragment behind its first has its ports at once") {
  FragmentPorts ports;
  CHECK(released(ports, first(1)) == 0);
  Packet fragment = later(1);
  ports.resolve(fragment);
  CHECK(fragment.has_ports);
  CHECK(fragment.source_port == 40000);
  CHECK(fragment.destination_port == 53);
  const PortTotals totals = port_totals(fragment);
  CHECK(totals.transport == Transport::kUdp);
  CHECK(totals.packets == 1);
  CHECK(totals.ip_bytes == 50);
}

TEST_CASE("Later fragments before their first are held and released once") {
  FragmentPorts ports;
  CHECK_FALSE(knows(ports, later(1)));
  CHECK_FALSE(knows(ports, later(1)));
  Packet fragment = first(1);
  ports.resolve(fragment);
  CHECK(port_totals(fragment).packets == 3);
  CHECK(port_totals(fragment).ip_bytes == fragment.ip_bytes + 100);
  CHECK(released(ports, first(1)) == 0);
}

TEST_CASE("What is no fragment, or has no trusted IP header, passes as it is") {
  FragmentPorts ports;
  Packet whole = decoded(PacketBuilder().eth().ipv4().udp().build());
  ports.resolve(whole);
  CHECK(whole.detail_kind == DetailKind::kNone);
  CHECK(port_totals(whole).packets == 1);
  ports.resolve(whole = Packet{});
  const Ipv4 wrong{.protocol = 17, .id = 1, .offset_bytes = 80, .checksum = Checksum::kWrong};
  CHECK_FALSE(knows(ports, decoded(PacketBuilder().eth().ipv4(wrong).payload(30).build())));
  CHECK(entries(ports) == 0);
}

TEST_CASE("A datagram is known by device, addresses, protocol and id") {
  FragmentPorts ports;
  knows(ports, first(1));
  CHECK_FALSE(knows(ports, later(2)));
  CHECK_FALSE(knows(ports, later(1, 0, 1)));
  CHECK_FALSE(knows(ports, later(1, 0, 0, 6)));
  Packet back = later(1);
  std::swap(back.source, back.destination);
  CHECK_FALSE(knows(ports, back));
  CHECK(knows(ports, later(1)));
}

TEST_CASE("What is neither TCP nor UDP is not held") {
  FragmentPorts ports;
  CHECK_FALSE(knows(ports, later(1, 0, 0, 1)));
  CHECK_FALSE(knows(ports, later(1, 0, 0, 47)));
  CHECK(entries(ports) == 0);
}

TEST_CASE("IPv6 fragments whose ports stand behind more extension headers are held too") {
  constexpr std::uint8_t kDestinationOptions = 60;
  FragmentPorts ports;
  Packet before = later(1, 0, 0, kDestinationOptions);
  before.network = Network::kIpv6;
  before.transport = Transport::kOther;
  CHECK_FALSE(knows(ports, before));
  Packet behind = first(1);
  behind.network = Network::kIpv6;
  behind.fragment_protocol = kDestinationOptions;
  CHECK(released(ports, behind) == 1);
}

TEST_CASE("A first fragment is known until exactly 30 seconds have passed") {
  FragmentPorts ports;
  knows(ports, first(1, 10 * kSecond));
  CHECK(knows(ports, later(1, 40 * kSecond)));
  CHECK_FALSE(knows(ports, later(1, 40 * kSecond + 1)));
  CHECK(evictions(ports, Eviction::kExpired) == 1);
}

TEST_CASE("Later fragments do not prolong, another first does") {
  FragmentPorts ports;
  knows(ports, first(1, 0));
  knows(ports, later(1, 29 * kSecond));
  CHECK_FALSE(knows(ports, later(1, 31 * kSecond)));

  knows(ports, first(2, 40 * kSecond));
  knows(ports, first(2, 60 * kSecond));
  CHECK(knows(ports, later(2, 90 * kSecond)));
}

TEST_CASE("Held fragments expire 30 seconds after the first of them") {
  FragmentPorts ports;
  knows(ports, later(1, 0));
  knows(ports, later(1, 20 * kSecond));
  CHECK(released(ports, first(1, 30 * kSecond)) == 2);

  knows(ports, later(2, 40 * kSecond));
  CHECK(released(ports, first(2, 70 * kSecond + 1)) == 0);
}

TEST_CASE("The clock expires what no fragment asks for") {
  FragmentPorts ports;
  knows(ports, first(1, 0));
  knows(ports, later(2, kSecond));
  ports.expire(30 * kSecond);
  CHECK(entries(ports) == 2);
  ports.expire(30 * kSecond + 1);
  CHECK(entries(ports) == 1);
  ports.expire(31 * kSecond + 1);
  CHECK(entries(ports) == 0);
  CHECK(evictions(ports, Eviction::kExpired) == 2);
}

TEST_CASE("A full table drops its oldest datagram and never grows") {
  FragmentPorts ports(4);
  for (std::uint16_t id = 1; id <= 4; ++id) knows(ports, first(id, id));
  knows(ports, first(1, 5));
  knows(ports, first(5, 6));
  CHECK(entries(ports) == 4);
  CHECK(evictions(ports, Eviction::kFull) == 1);
  CHECK(knows(ports, later(1, 7)));
  CHECK(knows(ports, later(5, 7)));
  CHECK(knows(ports, later(3, 7)));
  CHECK_FALSE(knows(ports, later(2, 7)));
}

TEST_CASE("A flood of datagrams stays within the capacity") {
  FragmentPorts ports(64);
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const auto id = static_cast<std::uint16_t>(i * 7);
    if (i % 3 == 0) {
      knows(ports, first(id, i));
    } else {
      knows(ports, later(id, i));
    }
    REQUIRE(entries(ports) <= 64);
  }
}

TEST_CASE("Only the datagrams of the device are forgotten") {
  FragmentPorts ports;
  knows(ports, first(1, 0, 3));
  knows(ports, first(1, 0, 4));
  ports.forget_device(3);
  CHECK_FALSE(knows(ports, later(1, 0, 3)));
  CHECK(knows(ports, later(1, 0, 4)));
}
