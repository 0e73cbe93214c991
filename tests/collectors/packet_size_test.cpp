// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of collector `packet_size`: brackets for every MTU, boundaries, and what a new MTU does.
#include <string>
#include <vector>

#include "collectors/reference_frames.hpp"
#include "support/catch.hpp"
#include "support/run_offline.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

const std::string kReceive = "iptraf_packet_size_receive_bytes";

double up_to(const Page& page, const std::string& bound, const std::string& family = kReceive) {
  return page.value(family + "_bucket{device=\"vB\",le=\"" + bound + "\"}");
}

/// A packet of this network size; the collector looks at nothing else.
Packet sized(std::uint32_t bytes) {
  Packet packet;
  packet.frame_bytes = bytes + 14;
  packet.network_bytes = bytes;
  packet.segment_network_bytes = bytes;
  packet.last_network_bytes = bytes;
  return packet;
}

Page page_of(std::uint32_t mtu_bytes, const std::vector<std::uint32_t>& sizes) {
  LiveChain chain({}, mtu_bytes);
  std::vector<Packet> packets;
  for (const std::uint32_t size : sizes) packets.push_back(sized(size));
  chain.feed(packets);
  return chain.page();
}

const std::vector<std::uint32_t> kBoundaryRun{46, 75, 46, 76, 150, 151, 1425, 1426, 1480, 1481, 1500, 1501, 1575, 1576};

}  // namespace

TEST_CASE("Vector V falls into IPTraf's brackets, the packet with a wrong checksum too") {
  const Page page = run_frames(vector_v(), with_local_mac_b()).page;
  CHECK(up_to(page, "75") == 4);  // IPTraf-ng shows 3: it drops wrong checksums here
  CHECK(up_to(page, "150") == 5);
  CHECK(up_to(page, "+Inf") == 5);
  CHECK(page.value(kReceive + "_count{device=\"vB\"}") == 5);
  CHECK(page.value(kReceive + "_sum{device=\"vB\"}") == 46 + 100 + 46 + 60 + 46);
  const std::string transmit = "iptraf_packet_size_transmit_bytes";
  CHECK(up_to(page, "1425", transmit) == 0);
  CHECK(up_to(page, "1500", transmit) == 1);
  CHECK(page.value(transmit + "_sum{device=\"vB\"}") == 1500);
}

TEST_CASE("The boundary run with MTU 1500") {
  const Page page = page_of(1500, kBoundaryRun);
  CHECK(up_to(page, "75") == 3);
  CHECK(up_to(page, "150") == 5);
  CHECK(up_to(page, "225") == 6);
  CHECK(up_to(page, "1350") == 6);
  CHECK(up_to(page, "1425") == 7);
  CHECK(up_to(page, "1500") == 11);
  CHECK(up_to(page, "+Inf") == 14);
}

TEST_CASE("The boundary run with MTU 1492 has full PPPoE packets above the last bound") {
  const Page page = page_of(1492, kBoundaryRun);
  CHECK(up_to(page, "74") == 2);
  CHECK(up_to(page, "148") == 4);
  CHECK(up_to(page, "222") == 6);
  CHECK(up_to(page, "1406") == 6);
  CHECK(up_to(page, "1480") == 9);
  CHECK(up_to(page, "+Inf") == 14);
}

TEST_CASE("Bounds are twenty multiples of a twentieth of the MTU") {
  struct Case {
    std::uint32_t mtu;
    std::uint32_t width;
  };
  for (const Case& c : {Case{1500, 75}, Case{1492, 74}, Case{9000, 450}, Case{576, 28}, Case{65536, 3276},
                        Case{1400, 70}, Case{20, 1}, Case{39, 1}, Case{40, 2}}) {
    INFO(c.mtu);
    std::vector<std::uint32_t> sizes;
    for (std::uint32_t i = 1; i <= 20; ++i) {
      sizes.push_back(i * c.width);
      sizes.push_back(i * c.width + 1);
    }
    const Page page = page_of(c.mtu, sizes);
    CHECK(page.count(kReceive + "_bucket{") == 21);
    for (std::uint32_t i = 1; i <= 20; ++i) {
      CHECK(up_to(page, std::to_string(i * c.width)) == 2 * i - 1);
    }
    CHECK(up_to(page, "+Inf") == 40);
  }
}

TEST_CASE("Sizes between twenty brackets and the MTU, and far above it, are only in the last bucket") {
  CHECK(up_to(page_of(576, {560, 561, 576}), "560") == 1);
  const Page loopback = page_of(65536, {65520, 65521, 65535, 65536, 65537, 70'000, 262'144});
  CHECK(up_to(loopback, "65520") == 1);
  CHECK(up_to(loopback, "+Inf") == 7);
  CHECK(loopback.value(kReceive + "_sum{device=\"vB\"}") == 65520 + 65521 + 65535 + 65536 + 65537 + 70'000 + 262'144);
}

TEST_CASE("A packet without network bytes is in the first bucket") {
  const Page page = page_of(1500, {0});
  CHECK(up_to(page, "75") == 1);
  CHECK(page.value(kReceive + "_sum{device=\"vB\"}") == 0);
}

TEST_CASE("An MTU under twenty does not end the program") {
  const Page page = page_of(0, {0, 1, 20, 21});
  CHECK(up_to(page, "20") == 3);
  CHECK(up_to(page, "+Inf") == 4);
}

TEST_CASE("A new MTU sorts everything counted so far into the new brackets") {
  LiveChain chain;
  chain.feed({sized(75), sized(450), sized(451), sized(1500), sized(9000)});
  CHECK(up_to(chain.page(), "75") == 1);
  CHECK(up_to(chain.page(), "1500") == 4);
  chain.devices().update(chain.device(), 9000, true);
  Page page = chain.page();
  CHECK_FALSE(page.has(kReceive + "_bucket{device=\"vB\",le=\"75\"}"));
  CHECK(up_to(page, "450") == 2);
  CHECK(up_to(page, "900") == 3);
  CHECK(up_to(page, "9000") == 5);
  chain.devices().update(chain.device(), 1500, true);
  page = chain.page();
  CHECK(up_to(page, "1500") == 4);
  CHECK(up_to(page, "+Inf") == 5);
}

TEST_CASE("A super-packet is its full segments and the last one") {
  LiveChain chain;
  Packet packet = sized(3120);
  packet.segments = 3;
  packet.segment_network_bytes = 1500;
  packet.last_network_bytes = 120;
  packet.direction = Direction::kTransmit;
  chain.feed({packet});
  const Page page = chain.page();
  const std::string transmit = "iptraf_packet_size_transmit_bytes";
  CHECK(up_to(page, "75", transmit) == 0);
  CHECK(up_to(page, "150", transmit) == 1);
  CHECK(up_to(page, "1425", transmit) == 1);
  CHECK(up_to(page, "1500", transmit) == 3);
  CHECK(page.value(transmit + "_sum{device=\"vB\"}") == 3120);
}

TEST_CASE("A capture file has the MTU of the configuration") {
  OfflineSettings settings;
  settings.chain.config.capture.file_mtu = 576;
  const Page page = run_frames({PacketBuilder().eth().ipv4().udp().payload(532).build()}, settings).page;
  CHECK(up_to(page, "532") == 0);
  CHECK(up_to(page, "560") == 1);
  CHECK(page.value("iptraf_interface_mtu_bytes{device=\"vB\"}") == 576);
}

TEST_CASE("Tags and labels are no part of the size") {
  const Page page = run_frames({PacketBuilder().eth().qinq(1, 2).ipv4().udp().payload(1472).build(),
                                PacketBuilder().eth().mpls(1).ipv4().udp().payload(1472).build()})
                        .page;
  CHECK(up_to(page, "1425") == 0);
  CHECK(up_to(page, "1500") == 2);
}
