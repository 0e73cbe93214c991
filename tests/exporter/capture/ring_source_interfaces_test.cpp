// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of RingSource in a private network namespace: interfaces that come, go and change while it captures.
#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <future>

#include "capture/ring_source.hpp"
#include "exporter/capture/network_namespace.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using namespace iptraf::test;
using Catch::Matchers::Contains;

namespace {

config::Capture capture_of(std::vector<std::string> interfaces) {
  config::Capture config;
  config.interfaces = std::move(interfaces);
  config.ring_mib = 4;
  return config;
}

const UdpFrame kMarker{.destination_port = kMarkerPort, .tag = {}};

/// Takes every capability from the calling thread.
bool drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2]{};
  return ::syscall(SYS_capset, &header, none) == 0;
}

bool is_promiscuous(const std::string& interface) {
  return std::system(("ip -d link show " + interface + " | grep -q 'promiscuity 1'").c_str()) == 0;
}

}  // namespace

TEST_CASE("auto takes an interface that appears, and its counters find its slot when it comes back") {
  REQUIRE_NAMESPACE(net);
  DeviceTable devices;
  RingSource source(capture_of({"auto"}), devices);
  net.add_pair("a0", "b0");
  FrameSender("b0").send(udp_frame());
  FrameSender("b0").send(udp_frame(kMarker));
  const auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 2);
  CHECK(wait_until(source, [&] { return find_device(devices, "a0").is_up && find_device(devices, "b0").is_up; }));
  CHECK(find_device(devices, "a0").mtu_bytes == 1500);
  CHECK(find_device(devices, "lo").name.empty());

  net.ip("link del a0");
  CHECK(wait_until(source, [&] { return find_device(devices, "a0").is_gone && find_device(devices, "b0").is_gone; }));
  CHECK_FALSE(find_device(devices, "a0").is_up);

  net.add_pair("a0", "b0");
  FrameSender("b0").send(udp_frame());
  FrameSender("b0").send(udp_frame(kMarker));
  const auto later = collect_until_marker(source);
  REQUIRE(later.size() == 2);
  CHECK(later[0].device == packets[0].device);
  CHECK(later[1].device == packets[1].device);
  CHECK_FALSE(find_device(devices, "a0").is_gone);
}

TEST_CASE("When no interface qualifies one warning says what auto takes and which interfaces there are") {
  REQUIRE_NAMESPACE(net);
  const LogCapture log;
  DeviceTable devices;
  auto config = capture_of({"auto"});
  config.threads = 2;
  const auto sources = RingSource::open_shards(config, devices);
  CHECK(log.count("warning") == 1);
  CHECK_THAT(log.text(), Contains("warning no interface is captured at present: auto takes") &&
                             Contains("veth[0-9a-f]*, cali*") && Contains("when they appear") &&
                             Contains("--capture.interface=NAME") && Contains("interfaces here: lo"));
}

TEST_CASE("When an exclude leaves no interface that is told too") {
  REQUIRE_NAMESPACE(net);
  const LogCapture log;
  DeviceTable devices;
  auto config = capture_of({"lo"});
  config.exclude = {"l*"};
  const RingSource source(config, devices);
  CHECK(log.count("warning") == 1);
  CHECK_THAT(log.text(), Contains("warning no interface is captured: capture.exclude leaves out"));
}

TEST_CASE("When an interface is captured, no warning is given") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  const LogCapture log;
  DeviceTable devices;
  const RingSource by_auto(capture_of({"auto"}), devices);
  const RingSource by_name(capture_of({"lo"}), devices);  // it is down, and may come up
  CHECK(log.count("warning") == 0);
}

TEST_CASE("An interface that is set down stays, down, and one without a carrier is down too") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  RingSource source(capture_of({"auto"}), devices);
  CHECK(wait_until(source, [&] { return find_device(devices, "a0").is_up && find_device(devices, "b0").is_up; }));
  net.ip("link set a0 down");
  CHECK(wait_until(source, [&] { return !find_device(devices, "a0").is_up && !find_device(devices, "b0").is_up; }));
  CHECK_FALSE(find_device(devices, "a0").is_gone);
  net.ip("link set a0 up");
  CHECK(wait_until(source, [&] { return find_device(devices, "a0").is_up && find_device(devices, "b0").is_up; }));
}

TEST_CASE("A renamed interface is captured under its new name and ends under the old one") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  auto config = capture_of({"all"});
  config.exclude = {"b0"};
  RingSource source(config, devices);
  net.ip("link set a0 down");
  net.ip("link set a0 name wan0");
  net.ip("link set wan0 up");
  FrameSender("b0").send(udp_frame());
  FrameSender("b0").send(udp_frame(kMarker));
  const auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 1);
  CHECK(devices.copy()[packets[0].device].name == "wan0");
  CHECK(find_device(devices, "a0").is_gone);
  CHECK_FALSE(find_device(devices, "a0").is_up);
}

TEST_CASE("A renamed interface that is no longer wanted is no longer captured") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  net.add_pair("c0", "d0");
  DeviceTable devices;
  RingSource source(capture_of({"a0", "c0"}), devices);
  net.ip("link set a0 down");
  net.ip("link set a0 name other0");
  net.ip("link set other0 up");
  CHECK(wait_until(source, [&] { return find_device(devices, "a0").is_gone; }));
  FrameSender("b0").send(udp_frame());
  FrameSender("d0").send(udp_frame(kMarker));
  CHECK(collect_until_marker(source).empty());
  CHECK(find_device(devices, "other0").name.empty());
}

TEST_CASE("A changed MTU is told") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  RingSource source(capture_of({"a0"}), devices);
  net.ip("link set a0 mtu 9000");
  CHECK(wait_until(source, [&] { return find_device(devices, "a0").mtu_bytes == 9000; }));
}

TEST_CASE("A named interface that is removed is captured again when it returns") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  RingSource source(capture_of({"a0"}), devices);
  net.ip("link del a0");
  net.add_pair("a0", "b0");
  FrameSender("b0").send(udp_frame());
  FrameSender("b0").send(udp_frame(kMarker));
  CHECK(collect_until_marker(source).size() == 1);
}

TEST_CASE("The last frames of an interface that was removed are counted for it") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  net.add_pair("c0", "d0");
  DeviceTable devices;
  RingSource source(capture_of({"a0", "c0"}), devices);
  FrameSender("b0").send(udp_frame());
  net.ip("link del a0");
  FrameSender("d0").send(udp_frame(kMarker));
  const auto packets = collect_until_marker(source);
  REQUIRE(packets.size() == 1);
  CHECK(devices.copy()[packets[0].device].name == "a0");
}

TEST_CASE("A port that leaves its bridge is not a removed interface") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  if (std::system("ip link add name br0 type bridge 2>/dev/null") != 0) {
    WARN("skipped: no bridges here");
    return;
  }
  DeviceTable devices;
  RingSource source(capture_of({"a0"}), devices);
  net.ip("link set a0 master br0");
  net.ip("link set a0 nomaster");
  net.ip("link set a0 mtu 1400");
  CHECK(wait_until(source, [&] { return find_device(devices, "a0").mtu_bytes == 1400; }));
  CHECK_FALSE(find_device(devices, "a0").is_gone);
}

TEST_CASE("Messages that the kernel threw away are made good by a new list") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  RingSource source(capture_of({"auto"}), devices);
  // More events than the netlink socket has room for (1 MiB), while nobody reads.
  REQUIRE(std::system("for i in $(seq 1500); do echo link set a0 mtu $((1000 + i % 2)); done | ip -batch -") == 0);
  net.ip("link set a0 mtu 1234");
  net.ip("link del b0");
  net.add_pair("c0", "d0");
  CHECK(wait_until(source, [&] { return find_device(devices, "a0").is_gone && find_device(devices, "c0").is_up; }));
}

TEST_CASE("After the start no capability is needed for new interfaces, filters and promiscuous mode") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  DeviceTable devices;
  auto config = capture_of({"all"});
  config.exclude = {"lo", "?1"};
  config.promiscuous = true;
  RingSource source(config, devices);
  CHECK(is_promiscuous("a0"));

  std::atomic<bool> is_dropped{false};
  auto result = std::async(std::launch::async, [&] {
    const bool has_dropped = drop_capabilities();
    const FileDescriptor refused(::socket(PF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
    is_dropped = has_dropped && !refused.is_open() && errno == EPERM;
    is_dropped.notify_all();
    return collect_until_marker(source);
  });
  is_dropped.wait(false);
  net.add_pair("e1", "f1");
  net.add_pair("c0", "d0");
  FrameSender("f1").send(udp_frame());
  FrameSender("d0").send(udp_frame());
  FrameSender("d0").send(udp_frame(kMarker));
  const auto packets = result.get();
  REQUIRE(packets.size() == 2);
  CHECK(devices.copy()[packets[0].device].name == "d0");
  CHECK(devices.copy()[packets[1].device].name == "c0");
  CHECK(is_promiscuous("c0"));
  CHECK_FALSE(is_promiscuous("e1"));
}

TEST_CASE("Promiscuous mode ends with the source, and where a new name is not wanted") {
  REQUIRE_NAMESPACE(net);
  net.add_pair("a0", "b0");
  {
    DeviceTable devices;
    auto config = capture_of({"a0", "b0"});
    config.promiscuous = true;
    RingSource source(config, devices);
    CHECK(is_promiscuous("a0"));
    CHECK(is_promiscuous("b0"));
    net.ip("link set b0 down");
    net.ip("link set b0 name z0");
    CHECK(wait_until(source, [&] { return find_device(devices, "b0").is_gone; }));
    CHECK_FALSE(is_promiscuous("z0"));
  }
  CHECK_FALSE(is_promiscuous("a0"));
}

TEST_CASE("Without CAP_NET_RAW the error names the capability and the commands that give it") {
  REQUIRE_NAMESPACE(net);
  auto message = std::async(std::launch::async, [] {
    DeviceTable devices;
    if (!drop_capabilities()) return std::string("capabilities cannot be dropped");
    try {
      RingSource source(capture_of({"all"}), devices);
    } catch (const CaptureError& error) {
      return std::string(error.what());
    }
    return std::string("the source was opened");
  });
  const std::string text = message.get();
  CAPTURE(text);
  CHECK(text.find("CAP_NET_RAW") != std::string::npos);
  CHECK(text.find("setcap cap_net_raw") != std::string::npos);
  CHECK(text.find("AmbientCapabilities=CAP_NET_RAW") != std::string::npos);
  CHECK(text.find("root") != std::string::npos);
}
