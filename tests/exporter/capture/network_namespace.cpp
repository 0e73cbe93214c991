// SPDX-License-Identifier: GPL-2.0-or-later
// A private network namespace for the calling thread, and what tests do in it.
#include "exporter/capture/network_namespace.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "support/catch.hpp"

namespace iptraf::test {
namespace {

constexpr std::chrono::seconds kPatience{10};

bool run(const std::string& command) { return std::system(command.c_str()) == 0; }

bool write_file(const char* path, const char* text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

std::uint16_t header_checksum(const ByteVector& header) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 20; i += 2) sum += static_cast<std::uint32_t>(header[i] << 8 | header[i + 1]);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void put16(ByteVector& bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value & 0xff);
}

}  // namespace

NetworkNamespace::NetworkNamespace() : home_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  spdlog::set_level(spdlog::level::warn);
  if (!home_.is_open() || ::unshare(CLONE_NEWNET) != 0) return;
  // The kernel's own IPv6 packets would be counted; a kernel without IPv6 has nothing to switch off.
  write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
  write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
  const FileDescriptor probe(::socket(PF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  is_usable_ = probe.is_open() && run("ip link set lo up 2>/dev/null");
}

NetworkNamespace::~NetworkNamespace() {
  if (home_.is_open()) ::setns(home_.get(), CLONE_NEWNET);
}

void NetworkNamespace::ip(const std::string& arguments) {
  INFO("ip " << arguments);
  REQUIRE(run("ip " + arguments));
}

void NetworkNamespace::add_pair(const std::string& first, const std::string& second) {
  ip("link add " + first + " address 02:00:00:00:00:0a type veth peer name " + second + " address 02:00:00:00:00:0b");
  ip("link set " + first + " up");
  ip("link set " + second + " up");
}

FrameSender::FrameSender(const std::string& interface, bool with_vnet_header)
    : socket_(::socket(PF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
  REQUIRE(socket_.is_open());
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(::if_nametoindex(interface.c_str()));
  REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  const int on = with_vnet_header ? 1 : 0;
  REQUIRE(::setsockopt(socket_.get(), SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) == 0);
}

void FrameSender::send(const ByteVector& frame) {
  const ssize_t sent = ::send(socket_.get(), frame.data(), frame.size(), 0);
  INFO("errno " << errno);
  REQUIRE(sent == static_cast<ssize_t>(frame.size()));
}

void FrameSender::flood(const ByteVector& frame, std::uint64_t count) {
  for (std::uint64_t sent = 0; sent < count;) {
    if (::send(socket_.get(), frame.data(), frame.size(), 0) > 0) {
      ++sent;
    } else if (errno != ENOBUFS && errno != EINTR) {
      FAIL("cannot send, errno " << errno);
    }
  }
}

ByteVector udp_packet(const UdpFrame& fields) {
  ByteVector packet{0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17, 0, 0, 10, 9, 0, 2, 10, 9, 0, 1, 0x0b, 0xb8, 0, 0, 0, 0, 0, 0};
  packet.resize(28 + fields.payload_bytes);
  put16(packet, 2, packet.size());
  put16(packet, 22, fields.destination_port);
  put16(packet, 24, 8 + fields.payload_bytes);
  put16(packet, 10, header_checksum(packet));
  return packet;
}

ByteVector udp_frame(const UdpFrame& fields) {
  ByteVector frame{2, 0, 0, 0, 0, fields.destination_mac_end, 2, 0, 0, 0, 0, 0x0b};
  frame.insert(frame.end(), fields.tag.begin(), fields.tag.end());
  frame.insert(frame.end(), {0x08, 0x00});
  const ByteVector packet = udp_packet(fields);
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

std::vector<Packet> collect_until_marker(capture::PacketSource& source) {
  std::array<Packet, 256> batch;
  std::vector<Packet> packets;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::size_t count = source.read(batch);
    const auto end = batch.begin() + static_cast<std::ptrdiff_t>(count);
    const auto marker =
        std::find_if(batch.begin(), end, [](const Packet& packet) { return packet.destination_port == kMarkerPort; });
    packets.insert(packets.end(), batch.begin(), marker);
    if (marker != end) return packets;
    if (count == 0) source.wait(-1);
  }
  FAIL("the marker did not come");
  return packets;
}

bool wait_until(capture::PacketSource& source, const std::function<bool()>& is_reached) {
  std::array<Packet, 256> batch;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!is_reached()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    if (source.read(batch) == 0) source.wait(-1);
  }
  return true;
}

Device find_device(const DeviceTable& devices, const std::string& name) {
  for (const Device& device : devices.copy()) {
    if (device.is_used && device.name == name) return device;
  }
  return {};
}

}  // namespace iptraf::test
