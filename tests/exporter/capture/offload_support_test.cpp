// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of which kernel release tells the segments of UDP super-packets.
#include "capture/offload_support.hpp"

#include "support/catch.hpp"

using iptraf::capture::can_express_udp_segments;
using iptraf::capture::uses_vnet_header;
using iptraf::config::Offload;

TEST_CASE("Kernels from 6.2 on express UDP segments") {
  for (const char* release : {"6.2", "6.2.0-rc1", "6.18.44", "6.10", "7.0", "10.1-custom"}) {
    CAPTURE(release);
    CHECK(can_express_udp_segments(release));
  }
  for (const char* release : {"6.1.0-13-amd64", "5.15", "4.19.0", "6.1", "2.6.32"}) {
    CAPTURE(release);
    CHECK_FALSE(can_express_udp_segments(release));
  }
}

TEST_CASE("A release that cannot be read counts as an old kernel") {
  for (const char* release : {"", "6", "6.", ".2", "x6.2", "6-2", "99999999999999999999.1"}) {
    CAPTURE(release);
    CHECK_FALSE(can_express_udp_segments(release));
  }
}

TEST_CASE("exact and estimate do not ask the kernel") {
  CHECK(uses_vnet_header(Offload::kExact));
  CHECK_FALSE(uses_vnet_header(Offload::kEstimate));
}
