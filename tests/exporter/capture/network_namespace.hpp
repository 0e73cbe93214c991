// SPDX-License-Identifier: GPL-2.0-or-later
// A private network namespace for the calling thread, and what tests do in it: links, frames, reading a source.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "capture/packet_source.hpp"
#include "core/device.hpp"
#include "core/file_descriptor.hpp"

namespace iptraf::test {

using ByteVector = std::vector<std::uint8_t>;

/// Moves the calling thread into a new network namespace without IPv6 and back at its end. Check is_usable(): it
/// takes CAP_SYS_ADMIN and CAP_NET_RAW, and the command `ip` of iproute2.
class NetworkNamespace {
 public:
  NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;
  ~NetworkNamespace();

  bool is_usable() const noexcept { return is_usable_; }

  /// Runs `ip ARGUMENTS` in the namespace; fails the test when the command fails.
  static void ip(const std::string& arguments);

  /// A veth pair, both ends up, with MAC addresses 02:00:00:00:00:0a (first) and 02:00:00:00:00:0b.
  static void add_pair(const std::string& first, const std::string& second);

 private:
  FileDescriptor home_;
  bool is_usable_ = false;
};

/// Sends whole frames out of one interface.
class FrameSender {
 public:
  explicit FrameSender(const std::string& interface, bool with_vnet_header = false);
  void send(const ByteVector& frame);

  /// Sends frames until `count` went out; the kernel may be short of memory in between.
  void flood(const ByteVector& frame, std::uint64_t count);

 private:
  FileDescriptor socket_;
};

struct UdpFrame {
  std::uint16_t destination_port = 4000;
  std::size_t payload_bytes = 100;
  std::uint8_t destination_mac_end = 0x0a;
  ByteVector tag;  ///< bytes between the MAC addresses and the EtherType
};

/// An IPv4 packet with UDP from 10.9.0.2 port 3000 to 10.9.0.1; its header checksum is right.
ByteVector udp_packet(const UdpFrame& fields);

/// The packet in an Ethernet frame from 02:00:00:00:00:0b.
ByteVector udp_frame(const UdpFrame& fields = {});

/// Port of the frame that ends a collection.
inline constexpr std::uint16_t kMarkerPort = 9999;

/// Reads and waits until a packet to kMarkerPort comes, and returns the packets before it. Fails after 10 s.
std::vector<Packet> collect_until_marker(capture::PacketSource& source);

/// Reads, throws the packets away, and waits until `is_reached`. False after 10 s.
bool wait_until(capture::PacketSource& source, const std::function<bool()>& is_reached);

/// The device of that name; one without a name when there is none.
Device find_device(const DeviceTable& devices, const std::string& name);

}  // namespace iptraf::test

/// Leaves the test case with a visible message where network namespaces are not permitted.
#define REQUIRE_NAMESPACE(name)                                                            \
  const iptraf::test::NetworkNamespace name;                                               \
  if (!name.is_usable()) {                                                                 \
    WARN("skipped: needs CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW and the command `ip`"); \
    return;                                                                                \
  }
