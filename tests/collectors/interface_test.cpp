// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of collector `interface`: the worked examples with exact numbers, conservation, state and lives of devices.
#include <string>

#include "collectors/reference_frames.hpp"
#include "config/addresses.hpp"
#include "support/catch.hpp"
#include "support/run_offline.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

const std::string kDevice = "{device=\"vB\"}";

std::string series(const std::string& name, const std::string& network, const std::string& transport) {
  return "iptraf_interface_" + name + "_total{device=\"vB\",network=\"" + network + "\",transport=\"" + transport +
         "\"}";
}

std::string counter(const std::string& name) { return "iptraf_interface_" + name + "_total" + kDevice; }

std::string malformed(const std::string& reason) {
  return "iptraf_interface_receive_malformed_packets_total{device=\"vB\",reason=\"" + reason + "\"}";
}

}  // namespace

TEST_CASE("Vector V gives the manual's numbers for every row of the detailed statistics") {
  const Page page = run_frames(vector_v(), with_local_mac_b()).page;
  CHECK(page.sum("iptraf_interface_receive_packets_total{") == 5);
  CHECK(page.sum("iptraf_interface_transmit_packets_total{") == 1);
  // IPTraf-ng shows 298 and 1500: it leaves the link header out of the total.
  CHECK(page.sum("iptraf_interface_receive_bytes_total{") == 368);
  CHECK(page.sum("iptraf_interface_transmit_bytes_total{") == 1514);

  CHECK(page.value(series("receive_packets", "ipv4", "tcp")) == 1);
  CHECK(page.value(series("receive_bytes", "ipv4", "tcp")) == 60);
  CHECK(page.value(series("receive_ip_bytes", "ipv4", "tcp")) == 40);
  CHECK(page.value(series("transmit_packets", "ipv4", "tcp")) == 1);
  CHECK(page.value(series("transmit_bytes", "ipv4", "tcp")) == 1514);
  CHECK(page.value(series("transmit_ip_bytes", "ipv4", "tcp")) == 1500);
  CHECK(page.value(series("receive_packets", "ipv4", "udp")) == 1);
  CHECK(page.value(series("receive_ip_bytes", "ipv4", "udp")) == 100);
  CHECK(page.value(series("receive_packets", "ipv6", "icmp")) == 1);
  CHECK(page.value(series("receive_ip_bytes", "ipv6", "icmp")) == 60);
  CHECK(page.value(series("receive_bytes", "ipv6", "icmp")) == 74);
  CHECK(page.value(series("receive_packets", "arp", "none")) == 1);
  CHECK(page.value(series("receive_bytes", "arp", "none")) == 60);
  CHECK(page.value(series("receive_packets", "ipv4", "none")) == 1);
  CHECK(page.value(series("receive_bytes", "ipv4", "none")) == 60);

  CHECK(page.value(counter("receive_broadcast_packets")) == 1);
  CHECK(page.value(counter("receive_broadcast_bytes")) == 60);
  CHECK(page.value(counter("transmit_broadcast_packets")) == 0);
  CHECK(page.value(counter("receive_checksum_errors")) == 1);
  CHECK(page.value(counter("transmit_checksum_errors")) == 0);
  CHECK(page.sum("iptraf_interface_receive_malformed_packets_total{") == 0);
  CHECK(page.value("iptraf_interface_mtu_bytes" + kDevice) == 1500);
  CHECK(page.value("iptraf_interface_up" + kDevice) == 1);
}

TEST_CASE("Tags and tunnels count as the outer IP header says") {
  const auto eth = [] { return PacketBuilder().eth(); };
  const Page page = run_frames({
                                   eth().vlan(5).ipv4().udp().payload(72).build(),
                                   eth().qinq(5, 6).ipv4().udp().payload(72).build(),
                                   eth().ipv4({.protocol = 47}).payload(30).build(),
                                   eth().ipv6().fragment(0, true, 1).udp().payload(16).build(),
                                   eth().payload(46).build(),
                               })
                        .page;
  CHECK(page.value(series("receive_packets", "ipv4", "udp")) == 2);
  CHECK(page.value(series("receive_ip_bytes", "ipv4", "udp")) == 200);
  CHECK(page.value(series("receive_bytes", "ipv4", "udp")) == 118 + 122);
  CHECK(page.value(series("receive_ip_bytes", "ipv4", "other")) == 50);
  CHECK(page.value(series("receive_packets", "ipv6", "udp")) == 1);
  CHECK(page.value(series("receive_ip_bytes", "ipv6", "udp")) == 72);
  CHECK(page.value(series("receive_packets", "other", "none")) == 1);
  CHECK(page.value(series("receive_bytes", "other", "none")) == 60);
}

TEST_CASE("Every fragment counts by the protocol that its IP header names") {
  const Page page =
      run_frames({
                     PacketBuilder().eth().ipv4({.has_more = true}).udp().payload(392).build(),
                     PacketBuilder().eth().ipv4({.protocol = 17, .offset_bytes = 400}).payload(400).build(),
                     PacketBuilder().eth().ipv4({.protocol = 17, .offset_bytes = 800}).payload(208).build(),
                 })
          .page;
  CHECK(page.value(series("receive_packets", "ipv4", "udp")) == 3);
  CHECK(page.value(series("receive_ip_bytes", "ipv4", "udp")) == 1068);
}

TEST_CASE("Every reason of malformed has its series, and the packets count once") {
  const auto eth = [] { return PacketBuilder().eth(); };
  const Page page = run_frames({
                                   eth().ipv4({.version = 5}).udp().build(),
                                   eth().ipv4({.header_words = 4}).udp().build(),
                                   eth().ipv4({.total_bytes = 19}).udp().build(),
                                   eth().ipv6({.payload_bytes = 9}).udp().build(),
                                   eth().vlan(1, 0x8100, 0x0800).build(),
                                   eth().ipv6().authentication(8).udp().build(),
                                   eth().ipv4({.protocol = 6}).payload(19).build(),
                               })
                        .page;
  CHECK(page.value(malformed("version")) == 1);
  CHECK(page.value(malformed("header_length")) == 1);
  CHECK(page.value(malformed("total_length")) == 2);
  CHECK(page.value(malformed("truncated_on_wire")) == 1);
  CHECK(page.value(malformed("extension")) == 1);
  CHECK(page.value(malformed("transport_header")) == 1);
  CHECK(page.count("iptraf_interface_receive_malformed_packets_total{") == 6);
  CHECK(page.sum("iptraf_interface_receive_packets_total{") == 7);
  CHECK(page.value(series("receive_packets", "ipv4", "none")) == 4);
  CHECK(page.value(series("receive_packets", "ipv6", "none")) == 2);
  CHECK(page.value(series("receive_packets", "ipv4", "tcp")) == 1);
  CHECK(page.value(series("receive_ip_bytes", "ipv4", "tcp")) == 39);
}

TEST_CASE("Multicast is what is no broadcast, in both directions") {
  const auto to = [](const char* destination, const char* source) {
    return PacketBuilder().eth({.destination = destination, .source = source}).ipv4().udp().pad_to(60).build();
  };
  const Page page = run_frames({to("01:00:5e:00:00:fb", kMacA), to("ff:ff:ff:ff:ff:ff", kMacB),
                                to("33:33:00:00:00:01", kMacB), to("33:33:00:00:00:01", kMacB)},
                               with_local_mac_b())
                        .page;
  CHECK(page.value(counter("receive_multicast_packets")) == 1);
  CHECK(page.value(counter("receive_multicast_bytes")) == 60);
  CHECK(page.value(counter("transmit_multicast_packets")) == 2);
  CHECK(page.value(counter("transmit_multicast_bytes")) == 120);
  CHECK(page.value(counter("transmit_broadcast_packets")) == 1);
  CHECK(page.value(counter("receive_broadcast_packets")) == 0);
}

TEST_CASE("Nothing is lost: labels sum to what went in, whatever went in") {
  const std::vector<Bytes> frames = varied_frames(2000, 7);
  double bytes = 0;
  for (const Bytes& frame : frames) bytes += static_cast<double>(frame.size());
  const Page page = run_frames(frames, with_local_mac_b()).page;
  const double received = page.sum("iptraf_interface_receive_packets_total{");
  const double sent = page.sum("iptraf_interface_transmit_packets_total{");
  CHECK(received > 0);
  CHECK(sent > 0);
  CHECK(received + sent == 2000);
  CHECK(page.sum("iptraf_interface_receive_bytes_total{") + page.sum("iptraf_interface_transmit_bytes_total{") ==
        bytes);
  CHECK(page.value("iptraf_packet_size_receive_bytes_count" + kDevice) == received);
  CHECK(page.value("iptraf_packet_size_transmit_bytes_count" + kDevice) == sent);
}

TEST_CASE("A super-packet counts for the interface as its segments") {
  LiveChain chain;
  Packet packet = decoded(PacketBuilder().eth().ipv4().tcp().payload(3000).build());
  packet.segments = 3;
  packet.ip_bytes = 3120;
  packet.frame_bytes = 3162;
  packet.segment_network_bytes = 1500;
  packet.last_network_bytes = 120;
  chain.feed({packet});
  const Page page = chain.page();
  CHECK(page.value(series("receive_packets", "ipv4", "tcp")) == 3);
  CHECK(page.value(series("receive_bytes", "ipv4", "tcp")) == 3162);
  CHECK(page.value(series("receive_ip_bytes", "ipv4", "tcp")) == 3120);
}

TEST_CASE("A device that goes down keeps its counters and goes on when it returns") {
  LiveChain chain;
  const Packet packet = decoded(PacketBuilder().eth().ipv4().udp().build());
  chain.feed({packet});
  chain.devices().set_gone(chain.device());
  Page page = chain.page();
  CHECK(page.value("iptraf_interface_up" + kDevice) == 0);
  CHECK(page.value(series("receive_packets", "ipv4", "udp")) == 1);
  CHECK(chain.devices().admit("vB", LinkKind::kEthernet, 1492, true) == chain.device());
  chain.feed({packet});
  page = chain.page();
  CHECK(page.value("iptraf_interface_up" + kDevice) == 1);
  CHECK(page.value("iptraf_interface_mtu_bytes" + kDevice) == 1492);
  CHECK(page.value(series("receive_packets", "ipv4", "udp")) == 2);
}

TEST_CASE("A slot that begins a new life begins at 0, and the old device is gone from the page") {
  LiveChain chain;
  for (int i = 1; i < kMaxDevices; ++i) {
    chain.devices().admit("eth" + std::to_string(i), LinkKind::kEthernet, 1500, true);
  }
  chain.feed({decoded(PacketBuilder().eth().ipv4().udp({.destination = 53}).build())});
  chain.devices().set_gone(chain.device());
  CHECK(chain.devices().admit("new", LinkKind::kEthernet, 9000, true) == chain.device());
  const Page page = chain.page();
  CHECK(page.sum("iptraf_interface_receive_packets_total{device=\"new\"") == 0);
  CHECK(page.count("iptraf_interface_receive_packets_total{device=\"new\"") == 13);
  CHECK(page.count("iptraf_interface_receive_packets_total{device=\"vB\"") == 0);
  CHECK(page.count("iptraf_service_in_packets_total{device=\"new\"") == 2);
  CHECK(page.value("iptraf_packet_size_receive_bytes_bucket{device=\"new\",le=\"450\"}") == 0);
}

TEST_CASE("More than sixty-four devices share other, which has no MTU and no state") {
  LiveChain chain;
  for (int i = 0; i < kMaxDevices + 3; ++i) {
    chain.devices().admit("eth" + std::to_string(i), LinkKind::kEthernet, 1500, true);
  }
  Packet packet = decoded(PacketBuilder().eth().ipv4().udp().build());
  packet.device = kOtherDevice;
  chain.feed({packet, packet});
  const Page page = chain.page();
  CHECK(page.sum("iptraf_interface_receive_packets_total{device=\"other\"") == 2);
  CHECK_FALSE(page.has("iptraf_interface_mtu_bytes{device=\"other\"}"));
  CHECK_FALSE(page.has("iptraf_interface_up{device=\"other\"}"));
}
