// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of RingSource in a private network namespace: what it reads of frames.
#include "capture/ring_source.hpp"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <array>
#include <cstring>

#include "exporter/capture/network_namespace.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using namespace iptraf::test;

namespace {

config::Capture capture_of(std::vector<std::string> interfaces) {
  config::Capture config;
  config.interfaces = std::move(interfaces);
  config.ring_mib = 4;
  return config;
}

const UdpFrame kMarker{.destination_port = kMarkerPort, .tag = {}};

}  // namespace

TEST_CASE("A frame is received where it comes in and transmitted where it goes out") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  RingSource source(capture_of({"a0", "b0"}), devices);
  FrameSender sender("b0");
  sender.send(udp_frame());
  sender.send(udp_frame(kMarker));

  auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 2);
  const DeviceArray names = devices.copy();
  CHECK(names[packets[0].device].name == "b0");
  CHECK(packets[0].direction == Direction::kTransmit);
  CHECK(names[packets[1].device].name == "a0");
  CHECK(packets[1].direction == Direction::kReceive);
  for (const Packet& packet : packets) {
    CHECK(packet.frame_bytes == 142);
    CHECK(packet.network_bytes == 128);
    CHECK(packet.ip_bytes == 128);
    CHECK(packet.segments == 1);
    CHECK(packet.destination_port == 4000);
    CHECK(packet.transport == Transport::kUdp);
    CHECK(packet.source_mac == MacAddress{2, 0, 0, 0, 0, 0x0b});
    CHECK(packet.time > 0);
  }
}

TEST_CASE("Packet times never go back and the clock of an idle link goes on") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  RingSource source(capture_of({"a0"}), devices);
  FrameSender sender("b0");
  for (int i = 0; i < 100; ++i) sender.send(udp_frame());
  sender.send(udp_frame(kMarker));
  const auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 100);
  for (std::size_t i = 1; i < packets.size(); ++i) CHECK(packets[i].time >= packets[i - 1].time);
  CHECK(source.now() >= packets.back().time);
  const Timestamp before = source.now();
  CHECK(wait_until(source, [&] { return source.now() > before; }));
  CHECK_FALSE(source.has_ended());
}

TEST_CASE("A VLAN tag counts, whether the kernel takes it off or not") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  RingSource source(capture_of({"a0", "b0"}), devices);
  FrameSender sender("b0");
  sender.send(udp_frame({.tag = {0x81, 0x00, 0x00, 0x05}}));
  sender.send(udp_frame({.tag = {0x88, 0xa8, 0x00, 0x07, 0x81, 0x00, 0x00, 0x05}}));
  sender.send(udp_frame(kMarker));
  const auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 4);
  for (const Packet& packet : packets) {
    CHECK(packet.network_bytes == 128);
    CHECK(packet.ip_bytes == 128);
    CHECK(packet.destination_port == 4000);
  }
  CHECK(packets[0].frame_bytes == 146);
  CHECK(packets[1].frame_bytes == 146);
  CHECK(packets[2].frame_bytes == 150);
  CHECK(packets[3].frame_bytes == 150);
}

TEST_CASE("A packet on loopback counts once, as received") {
  REQUIRE_NAMESPACE(net);
  DeviceTable devices;
  RingSource source(capture_of({"all"}), devices);
  FrameSender sender("lo");
  sender.send(udp_frame());
  sender.send(udp_frame(kMarker));
  const auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].direction == Direction::kReceive);
  CHECK(packets[0].frame_bytes == 142);
  CHECK(devices.copy()[packets[0].device].name == "lo");
  CHECK(devices.copy()[packets[0].device].kind == LinkKind::kLoopback);
}

TEST_CASE("A frame beyond the snapshot length keeps its length on the wire") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  auto config = capture_of({"a0"});
  config.snapshot_length = 64;
  RingSource source(config, devices);
  FrameSender sender("b0");
  sender.send(udp_frame({.payload_bytes = 1400, .tag = {}}));
  sender.send(udp_frame(kMarker));
  const auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].frame_bytes == 1442);
  CHECK(packets[0].ip_bytes == 1428);
  CHECK(packets[0].malformed == Malformed::kNo);
}

TEST_CASE("A tun device has no link header: frame and IP bytes are the same") {
  REQUIRE_NAMESPACE(net);
  const FileDescriptor tun(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  ifreq request{};
  std::strcpy(request.ifr_name, "t0");
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (!tun.is_open() || ::ioctl(tun.get(), TUNSETIFF, &request) != 0) {
    WARN("skipped: no tun device here");
    return;
  }
  net.ip("link set t0 up");
  DeviceTable devices;
  RingSource source(capture_of({"t0"}), devices);
  for (const UdpFrame& fields : {UdpFrame{}, kMarker}) {
    const ByteVector packet = udp_packet(fields);
    REQUIRE(::write(tun.get(), packet.data(), packet.size()) == static_cast<ssize_t>(packet.size()));
  }
  auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].direction == Direction::kReceive);
  CHECK(packets[0].frame_bytes == 128);
  CHECK(packets[0].network_bytes == 128);
  CHECK(packets[0].destination_port == 4000);
  CHECK_FALSE(packets[0].has_macs);

  FrameSender sender("t0");
  sender.send(udp_packet({}));
  sender.send(udp_packet(kMarker));
  packets = collect_until_marker(source);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].direction == Direction::kTransmit);
  CHECK(packets[0].frame_bytes == 128);
}

TEST_CASE("Only wanted interfaces are captured, and an exclude wins") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  net.add_pair("c0", "d0");
  DeviceTable devices;
  auto config = capture_of({"all"});
  config.exclude = {"[bcd]0"};
  RingSource source(config, devices);
  FrameSender excluded("d0");
  FrameSender sender("b0");
  for (int i = 0; i < 10; ++i) excluded.send(udp_frame());
  sender.send(udp_frame());
  sender.send(udp_frame(kMarker));
  const auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 1);
  CHECK(devices.copy()[packets[0].device].name == "a0");
  CHECK(find_device(devices, "d0").name.empty());
  CHECK(source.counters().packets == 2);
}

TEST_CASE("The capture filter decides which frames count, on the frame with its tag put back") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  auto config = capture_of({"a0"});
  config.filter = "udp port 9999 or (vlan 5 and udp port 4000)";
  RingSource source(config, devices);
  FrameSender sender("b0");
  sender.send(udp_frame());
  sender.send(udp_frame({.tag = {0x81, 0x00, 0x00, 0x06}}));
  sender.send(udp_frame({.payload_bytes = 200, .tag = {0x81, 0x00, 0x00, 0x05}}));
  sender.send(udp_frame(kMarker));
  const auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 1);
  CHECK(packets[0].frame_bytes == 246);
}

TEST_CASE("A capture filter that is invalid or needs the kernel is refused before anything is opened") {
  DeviceTable devices;
  auto config = capture_of({"all"});
  for (const char* expression : {"port (", "outbound"}) {
    config.filter = expression;
    CHECK_THROWS_AS(RingSource(config, devices), FilterError);
  }
}

TEST_CASE("What the kernel had no room for is counted, and nothing is lost uncounted") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  auto config = capture_of({"a0"});
  config.ring_mib = 1;
  RingSource source(config, devices);
  FrameSender("b0").flood(udp_frame(), 20000);
  const auto is_complete = [&] {
    const CaptureCounters counters = source.counters();
    return counters.packets + counters.dropped_packets == 20000;
  };
  CHECK(wait_until(source, is_complete));
  const CaptureCounters counters = source.counters();
  CHECK(counters.dropped_packets > 0);
  CHECK(counters.ring_freezes > 0);
  CHECK(counters.packets > 0);

  FrameSender("b0").send(udp_frame(kMarker));
  CHECK(collect_until_marker(source).empty());
  CHECK(source.counters().dropped_packets == counters.dropped_packets);
}

TEST_CASE("Small batches hand out every packet once") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  RingSource source(capture_of({"a0"}), devices);
  FrameSender("b0").flood(udp_frame(), 1000);
  std::array<Packet, 7> batch;
  std::size_t count = 0;
  for (int waits = 0; count < 1000 && waits < 100;) {
    const std::size_t fresh = source.read(batch);
    count += fresh;
    if (fresh == 0) source.wait(-1), ++waits;
  }
  CHECK(count == 1000);
  CHECK(source.counters().packets == 1000);
}

TEST_CASE("A wake-up ends the wait and is left for its owner to read") {
  REQUIRE_NAMESPACE(net);
  DeviceTable devices;
  RingSource source(capture_of({"all"}), devices);
  const FileDescriptor wake(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  source.wait(wake.get());
  eventfd_t value = 0;
  REQUIRE(::eventfd_read(wake.get(), &value) == 0);
  CHECK(value == 1);
}

TEST_CASE("A named interface that does not exist is an error that lists those that do") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  try {
    RingSource source(capture_of({"a0", "eth7"}), devices);
    FAIL("the source was opened");
  } catch (const CaptureError& error) {
    const std::string message = error.what();
    CHECK(message.find("\"eth7\" does not exist") != std::string::npos);
    CHECK(message.find("a0") != std::string::npos);
    CHECK(message.find("lo") != std::string::npos);
  }
}

TEST_CASE("A ring that the kernel refuses says which setting to lower") {
  REQUIRE_NAMESPACE(net);
  DeviceTable devices;
  auto config = capture_of({"all"});
  config.ring_mib = 16 * 1024 * 1024;
  try {
    RingSource source(config, devices);
    FAIL("the source was opened");
  } catch (const CaptureError& error) {
    CHECK(std::string(error.what()).find("Lower capture.ring_mib") != std::string::npos);
  }
}
