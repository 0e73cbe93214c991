// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of FragmentPorts: what is remembered, held, released, and for how long.
#include "collectors/fragment_ports.hpp"

#include "core/table_metrics.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;
using collectors::FragmentPorts;
using collectors::FragmentVerdict;

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

TEST_CASE("A later fragment behind its first counts at once") {
  FragmentPorts ports;
  const FragmentVerdict released = ports.on_first(first(1));
  CHECK(released.is_known);
  CHECK(released.totals.packets == 0);
  const FragmentVerdict verdict = ports.on_later(later(1));
  CHECK(verdict.is_known);
  CHECK(verdict.transport == Transport::kUdp);
  CHECK(verdict.source_port == 40000);
  CHECK(verdict.destination_port == 53);
  CHECK(verdict.totals.packets == 1);
  CHECK(verdict.totals.ip_bytes == 50);
}

TEST_CASE("Later fragments before their first are held and released once") {
  FragmentPorts ports;
  CHECK_FALSE(ports.on_later(later(1)).is_known);
  CHECK_FALSE(ports.on_later(later(1)).is_known);
  const FragmentVerdict released = ports.on_first(first(1));
  CHECK(released.totals.packets == 2);
  CHECK(released.totals.ip_bytes == 100);
  CHECK(ports.on_first(first(1)).totals.packets == 0);
}

TEST_CASE("A datagram is known by device, addresses, protocol and id") {
  FragmentPorts ports;
  ports.on_first(first(1));
  CHECK_FALSE(ports.on_later(later(2)).is_known);
  CHECK_FALSE(ports.on_later(later(1, 0, 1)).is_known);
  CHECK_FALSE(ports.on_later(later(1, 0, 0, 6)).is_known);
  Packet back = later(1);
  std::swap(back.source, back.destination);
  CHECK_FALSE(ports.on_later(back).is_known);
  CHECK(ports.on_later(later(1)).is_known);
}

TEST_CASE("What is neither TCP nor UDP is not held") {
  FragmentPorts ports;
  CHECK_FALSE(ports.on_later(later(1, 0, 0, 1)).is_known);
  CHECK_FALSE(ports.on_later(later(1, 0, 0, 47)).is_known);
  CHECK(entries(ports) == 0);
}

TEST_CASE("IPv6 fragments whose ports stand behind more extension headers are held too") {
  constexpr std::uint8_t kDestinationOptions = 60;
  FragmentPorts ports;
  Packet before = later(1, 0, 0, kDestinationOptions);
  before.network = Network::kIpv6;
  before.transport = Transport::kOther;
  CHECK_FALSE(ports.on_later(before).is_known);
  Packet behind = first(1);
  behind.network = Network::kIpv6;
  behind.fragment_protocol = kDestinationOptions;
  CHECK(ports.on_first(behind).totals.packets == 1);
}

TEST_CASE("A first fragment is known until exactly 30 seconds have passed") {
  FragmentPorts ports;
  ports.on_first(first(1, 10 * kSecond));
  CHECK(ports.on_later(later(1, 40 * kSecond)).is_known);
  CHECK_FALSE(ports.on_later(later(1, 40 * kSecond + 1)).is_known);
  CHECK(evictions(ports, Eviction::kExpired) == 1);
}

TEST_CASE("Later fragments do not prolong, another first does") {
  FragmentPorts ports;
  ports.on_first(first(1, 0));
  ports.on_later(later(1, 29 * kSecond));
  CHECK_FALSE(ports.on_later(later(1, 31 * kSecond)).is_known);

  ports.on_first(first(2, 40 * kSecond));
  ports.on_first(first(2, 60 * kSecond));
  CHECK(ports.on_later(later(2, 90 * kSecond)).is_known);
}

TEST_CASE("Held fragments expire 30 seconds after the first of them") {
  FragmentPorts ports;
  ports.on_later(later(1, 0));
  ports.on_later(later(1, 20 * kSecond));
  CHECK(ports.on_first(first(1, 30 * kSecond)).totals.packets == 2);

  ports.on_later(later(2, 40 * kSecond));
  CHECK(ports.on_first(first(2, 70 * kSecond + 1)).totals.packets == 0);
}

TEST_CASE("The clock expires what no fragment asks for") {
  FragmentPorts ports;
  ports.on_first(first(1, 0));
  ports.on_later(later(2, kSecond));
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
  for (std::uint16_t id = 1; id <= 4; ++id) ports.on_first(first(id, id));
  ports.on_first(first(1, 5));
  ports.on_first(first(5, 6));
  CHECK(entries(ports) == 4);
  CHECK(evictions(ports, Eviction::kFull) == 1);
  CHECK(ports.on_later(later(1, 7)).is_known);
  CHECK(ports.on_later(later(5, 7)).is_known);
  CHECK(ports.on_later(later(3, 7)).is_known);
  CHECK_FALSE(ports.on_later(later(2, 7)).is_known);
}

TEST_CASE("A flood of datagrams stays within the capacity") {
  FragmentPorts ports(64);
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const auto id = static_cast<std::uint16_t>(i * 7);
    if (i % 3 == 0) {
      ports.on_first(first(id, i));
    } else {
      ports.on_later(later(id, i));
    }
    REQUIRE(entries(ports) <= 64);
  }
}

TEST_CASE("Only the datagrams of the device are forgotten") {
  FragmentPorts ports;
  ports.on_first(first(1, 0, 3));
  ports.on_first(first(1, 0, 4));
  ports.forget_device(3);
  CHECK_FALSE(ports.on_later(later(1, 0, 3)).is_known);
  CHECK(ports.on_later(later(1, 0, 4)).is_known);
}
