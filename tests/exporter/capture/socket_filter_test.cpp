// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the capture socket's classic BPF program, run by a small interpreter of the instructions it uses.
#include "capture/socket_filter.hpp"

#include <linux/if_packet.h>
#include <net/if_arp.h>

#include <algorithm>
#include <numeric>

#include "support/catch.hpp"

using iptraf::capture::kMaxDeniedInterfaces;
using iptraf::capture::make_refusing_filter;
using iptraf::capture::make_socket_filter;

namespace {

struct Frame {
  std::uint32_t interface_index = 1;
  std::uint32_t packet_type = PACKET_HOST;
  std::uint32_t hardware_type = ARPHRD_ETHER;
};

std::uint32_t load(const Frame& frame, std::uint32_t offset) {
  switch (static_cast<int>(offset) - SKF_AD_OFF) {
    case SKF_AD_IFINDEX:
      return frame.interface_index;
    case SKF_AD_PKTTYPE:
      return frame.packet_type;
    case SKF_AD_HATYPE:
      return frame.hardware_type;
    default:
      FAIL("an offset that the program must not use");
      return 0;
  }
}

/// What the kernel would return: the number of bytes to keep.
std::uint32_t run(const std::vector<sock_filter>& program, const Frame& frame) {
  std::uint32_t value = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& instruction = program[at];
    switch (instruction.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        value = load(frame, instruction.k);
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += value == instruction.k ? instruction.jt : instruction.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += value >= instruction.k ? instruction.jt : instruction.jf;
        break;
      case BPF_JMP | BPF_JA:
        at += instruction.k;
        break;
      case BPF_RET | BPF_K:
        return instruction.k;
      default:
        FAIL("an instruction that the program must not use");
    }
  }
  FAIL("the program runs over its end");
  return 0;
}

}  // namespace

TEST_CASE("Without denied interfaces every frame is cut to the snapshot length") {
  const auto program = make_socket_filter(256, {});
  CHECK(run(program, {.interface_index = 5}) == 256);
  CHECK(run(program, {.interface_index = 5, .packet_type = PACKET_OUTGOING}) == 256);
}

TEST_CASE("The outgoing copy on a loopback device is refused, the received one kept") {
  const auto program = make_socket_filter(96, {});
  CHECK(run(program, {.packet_type = PACKET_OUTGOING, .hardware_type = ARPHRD_LOOPBACK}) == 0);
  CHECK(run(program, {.packet_type = PACKET_HOST, .hardware_type = ARPHRD_LOOPBACK}) == 96);
}

TEST_CASE("Exactly the denied interfaces are refused, however many") {
  for (const std::size_t count : {1U, 2U, 15U, 16U, 17U, 33U, 100U, 999U, 2000U}) {
    CAPTURE(count);
    std::vector<int> denied(count);
    for (std::size_t i = 0; i < count; ++i) denied[i] = static_cast<int>(2 + 3 * i);
    const auto program = make_socket_filter(256, denied);
    REQUIRE(program.size() <= BPF_MAXINSNS);
    bool is_right = true;
    for (std::uint32_t index = 1; index < 3 * count + 5; ++index) {
      const bool is_denied = std::binary_search(denied.begin(), denied.end(), static_cast<int>(index));
      is_right = is_right && run(program, {.interface_index = index}) == (is_denied ? 0U : 256U);
    }
    CHECK(is_right);
  }
}

TEST_CASE("Interfaces beyond the limit of the program pass") {
  std::vector<int> denied(kMaxDeniedInterfaces + 500);
  std::iota(denied.begin(), denied.end(), 1);
  const auto program = make_socket_filter(256, denied);
  CHECK(program.size() <= BPF_MAXINSNS);
  CHECK(run(program, {.interface_index = 2000}) == 0);
  CHECK(run(program, {.interface_index = 2001}) == 256);
}

TEST_CASE("The largest interface index is compared as it is") {
  const std::vector<int> denied{2147483647};
  CHECK(run(make_socket_filter(256, denied), {.interface_index = 2147483647}) == 0);
}

TEST_CASE("The refusing program keeps nothing") { CHECK(run(make_refusing_filter(), {}) == 0); }
