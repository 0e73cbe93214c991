// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of RingSource in a private network namespace: offloaded super-packets, told by the kernel and estimated.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "capture/offload_support.hpp"
#include "capture/ring_source.hpp"
#include "exporter/capture/network_namespace.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using namespace iptraf::test;

namespace {

constexpr int kUdpSegmentOption = 103;  // UDP_SEGMENT of linux/udp.h

config::Capture capture_with(config::Offload offload) {
  config::Capture config;
  config.interfaces = {"a0"};
  config.ring_mib = 4;
  config.offload = offload;
  return config;
}

const UdpFrame kMarker{.destination_port = kMarkerPort, .tag = {}};

/// A TCP super-packet as an offloading stack hands it to the card: 54 bytes of headers, 10 000 of payload.
ByteVector tcp_super_frame(std::uint16_t segment_bytes) {
  UdpFrame fields;
  fields.payload_bytes = 12 + 10000;
  ByteVector frame = udp_frame(fields);
  frame[14 + 9] = 6;                                                // protocol
  frame[14 + 11] = static_cast<std::uint8_t>(frame[14 + 11] + 11);  // checksum: the protocol is 11 less
  std::fill(frame.begin() + 38, frame.begin() + 54, std::uint8_t{0});
  frame[46] = 0x50;  // data offset
  frame[47] = 0x10;  // ACK
  // NEEDS_CSUM, TCPV4, length of the headers, segment payload, offsets of the checksum.
  const ByteVector vnet{
      1,  1, 54, 0, static_cast<std::uint8_t>(segment_bytes & 0xff), static_cast<std::uint8_t>(segment_bytes >> 8),
      34, 0, 16, 0};
  frame.insert(frame.begin(), vnet.begin(), vnet.end());
  return frame;
}

/// Hands 5 000 bytes to UDP to be sent in datagrams of 1 200, as QUIC does; false where the kernel cannot.
bool send_udp_segments() {
  NetworkNamespace::ip("address add 10.9.0.2/24 dev b0");
  NetworkNamespace::ip("neighbour add 10.9.0.1 lladdr 02:00:00:00:00:0a dev b0");
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int segment_bytes = 1200;
  if (::setsockopt(socket.get(), IPPROTO_UDP, kUdpSegmentOption, &segment_bytes, sizeof segment_bytes) != 0) {
    return false;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(4000);
  ::inet_pton(AF_INET, "10.9.0.1", &address.sin_addr);
  const ByteVector payload(5000);
  return ::sendto(socket.get(), payload.data(), payload.size(), 0, reinterpret_cast<const sockaddr*>(&address),
                  sizeof address) == 5000;
}

std::vector<Packet> capture_super_frame(config::Offload offload, CaptureCounters& counters) {
  DeviceTable devices;
  RingSource source(capture_with(offload), devices);
  FrameSender("b0", true).send(tcp_super_frame(1000));
  FrameSender("b0").send(udp_frame(kMarker));
  auto packets = collect_until_marker(source);
  counters = source.counters();
  return packets;
}

}  // namespace

TEST_CASE("exact counts a TCP super-packet as the segments that the kernel tells") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  CaptureCounters counters;
  const auto packets = capture_super_frame(config::Offload::kExact, counters);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].transport == Transport::kTcp);
  CHECK(packets[0].segments == 10);
  CHECK(packets[0].frame_bytes == 10000 + 10 * 54);
  CHECK(packets[0].ip_bytes == 10000 + 10 * 40);
  CHECK(packets[0].segment_network_bytes == 1040);
  CHECK(packets[0].last_network_bytes == 1040);
  CHECK(counters.estimated_packets == 0);
  CHECK(counters.packets == 2);
}

TEST_CASE("estimate counts a TCP super-packet as the segments that fit the MTU") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  CaptureCounters counters;
  const auto packets = capture_super_frame(config::Offload::kEstimate, counters);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].segments == 7);
  CHECK(packets[0].frame_bytes == 10000 + 7 * 54);
  CHECK(packets[0].ip_bytes == 10000 + 7 * 40);
  CHECK(packets[0].segment_network_bytes == 1500);
  CHECK(packets[0].last_network_bytes == 40 + 10000 - 6 * 1460);
  CHECK(counters.estimated_packets == 1);
  CHECK(counters.packets == 2);
}

TEST_CASE("estimate follows the MTU of the interface") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  net.ip("link set a0 mtu 5000");
  CaptureCounters counters;
  const auto packets = capture_super_frame(config::Offload::kEstimate, counters);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].segments == 3);
  CHECK(packets[0].segment_network_bytes == 5000);
}

TEST_CASE("UDP segments are told by a kernel that can, estimated otherwise, and never lost with auto") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  RingSource source(capture_with(config::Offload::kAuto), devices);
  if (!send_udp_segments()) {
    WARN("skipped: no UDP segmentation offload here");
    return;
  }
  FrameSender("b0").send(udp_frame(kMarker));
  const auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 1);
  const bool is_told = uses_vnet_header(config::Offload::kAuto);
  const std::uint32_t segments = is_told ? 5 : 4;
  CHECK(packets[0].segments == segments);
  CHECK(packets[0].ip_bytes == 5000 + segments * 28);
  CHECK(packets[0].frame_bytes == 5000 + segments * 42);
  CHECK(packets[0].segment_network_bytes == (is_told ? 1228 : 1500));
  CHECK(source.counters().estimated_packets == (is_told ? 0 : 1));
  CHECK(source.counters().dropped_packets == 0);
}

TEST_CASE("A packet that was not offloaded is one packet in either mode") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  for (const config::Offload offload : {config::Offload::kExact, config::Offload::kEstimate}) {
    DeviceTable devices;
    RingSource source(capture_with(offload), devices);
    FrameSender sender("b0");
    sender.send(udp_frame({.payload_bytes = 1472, .tag = {0x81, 0x00, 0x00, 0x05}}));
    sender.send(udp_frame(kMarker));
    const auto packets = collect_until_marker(source);
    REQUIRE(packets.size() == 1);
    CHECK(packets[0].segments == 1);
    CHECK(packets[0].network_bytes == 1500);
    CHECK(packets[0].frame_bytes == 1518);
    CHECK(source.counters().estimated_packets == 0);
  }
}
