// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of FrameFilter: pcap-filter expressions over captured bytes.
#include "capture/frame_filter.hpp"

#include <pcap/dlt.h>

#include <array>
#include <vector>

#include "support/catch.hpp"

using iptraf::capture::FilterError;
using iptraf::capture::FrameFilter;
using iptraf::capture::restore_vlan_tag;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// An IPv4 UDP packet from 10.0.0.1 port 1000 to 10.0.0.2 port 53 with four bytes of payload.
Bytes udp_packet() {
  return {0x45, 0, 0, 32, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 3, 0xe8, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4};
}

Bytes udp_frame() {
  Bytes frame{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0};
  const Bytes packet = udp_packet();
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

bool matches(const std::string& expression, int dlt, const Bytes& bytes) {
  return FrameFilter(expression, dlt).matches(bytes, static_cast<std::uint32_t>(bytes.size()));
}

}  // namespace

TEST_CASE("An expression matches the frames it describes and no others") {
  CHECK(matches("udp port 53", DLT_EN10MB, udp_frame()));
  CHECK_FALSE(matches("not port 53", DLT_EN10MB, udp_frame()));
  CHECK(matches("ether src 02:00:00:00:00:01", DLT_EN10MB, udp_frame()));
  CHECK_FALSE(matches("tcp", DLT_EN10MB, udp_frame()));
  CHECK(matches("host 10.0.0.2 and udp", DLT_RAW, udp_packet()));
  CHECK_FALSE(matches("ip6", DLT_RAW, udp_packet()));
}

TEST_CASE("The length on the wire is what an expression compares, not what was captured") {
  const FrameFilter filter("greater 1000", DLT_EN10MB);
  CHECK(filter.matches(udp_frame(), 1000));
  CHECK_FALSE(filter.matches(udp_frame(), 999));
}

TEST_CASE("A test of a byte that was cut off does not match") {
  const FrameFilter filter("udp port 53", DLT_EN10MB);
  const Bytes frame = udp_frame();
  for (std::size_t length = 0; length < frame.size(); ++length) {
    CAPTURE(length);
    const Bytes cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(filter.matches(cut, static_cast<std::uint32_t>(frame.size())) == (length >= 38));
  }
}

TEST_CASE("An invalid expression is refused with libpcap's message and the expression") {
  try {
    FrameFilter("port ssh and (", DLT_EN10MB);
    FAIL("the expression was accepted");
  } catch (const FilterError& error) {
    const std::string message = error.what();
    CHECK(message.find("port ssh and (") != std::string::npos);
    CHECK(message.find("syntax error") != std::string::npos);
  }
}

TEST_CASE("An expression that needs facts of the kernel is refused") {
  for (const char* expression : {"inbound", "outbound", "ifindex 2", "tcp and not outbound", "port 22 or ifindex 1"}) {
    for (const int dlt : {DLT_EN10MB, DLT_RAW, DLT_FDDI}) {
      CAPTURE(expression, dlt);
      CHECK_THROWS_AS(FrameFilter(expression, dlt), FilterError);
    }
  }
}

TEST_CASE("Loads from offsets that the packet decides are no kernel facts") {
  CHECK(matches("udp[8] = 1", DLT_EN10MB, udp_frame()));
  CHECK_FALSE(matches("udp[8:4] = 1", DLT_EN10MB, udp_frame()));
}

TEST_CASE("A frame with its VLAN tag put back matches as it was on the wire") {
  std::array<std::uint8_t, 64> scratch{};
  const auto tagged = restore_vlan_tag(udp_frame(), 0x8100, 0x6005, scratch);
  REQUIRE(tagged.size() == udp_frame().size() + 4);
  const Bytes bytes(tagged.begin(), tagged.end());
  CHECK(Bytes(bytes.begin() + 12, bytes.begin() + 18) == Bytes{0x81, 0, 0x60, 5, 8, 0});
  CHECK(matches("vlan 5 and udp port 53", DLT_EN10MB, bytes));
  CHECK_FALSE(matches("vlan 6", DLT_EN10MB, bytes));
  CHECK_FALSE(matches("udp port 53", DLT_EN10MB, bytes));
}

TEST_CASE("Putting a tag back never writes beyond the scratch buffer") {
  const Bytes frame = udp_frame();
  for (std::size_t room = 0; room <= frame.size() + 4; ++room) {
    CAPTURE(room);
    Bytes scratch(room);
    const auto result = restore_vlan_tag(frame, 0x88a8, 7, scratch);
    CHECK(result.size() == (room < 16 ? frame.size() : room));
  }
}

TEST_CASE("A frame too short for MAC addresses gets no tag") {
  std::array<std::uint8_t, 64> scratch{};
  CHECK(restore_vlan_tag(Bytes(11), 0x8100, 5, scratch).size() == 11);
  CHECK(restore_vlan_tag(Bytes(12), 0x8100, 5, scratch).size() == 16);
}
