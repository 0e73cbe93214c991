// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of IPv4 in an IpAddress: what is mapped, and what only looks like it.
#include "core/ipv4_mapped.hpp"

#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using iptraf::IpAddress;
using iptraf::is_ipv4_mapped;
using iptraf::store_ipv4;
using iptraf::test::ip;

TEST_CASE("An address is IPv4 when all of ::ffff:0:0/96 stands before it") {
  for (const char* text : {"0.0.0.0", "192.0.2.7", "255.255.255.255", "::ffff:192.0.2.7"}) {
    CAPTURE(text);
    CHECK(is_ipv4_mapped(ip(text)));
  }
  for (const char* text : {"::", "::1", "::192.0.2.7", "::fffe:192.0.2.7", "1::ffff:192.0.2.7", "2001:db8::1"}) {
    CAPTURE(text);
    CHECK_FALSE(is_ipv4_mapped(ip(text)));
  }
}

TEST_CASE("A stored IPv4 address replaces all that was there") {
  IpAddress address = ip("2001:db8::1");
  store_ipv4("\xc0\x00\x02\x07", address);
  CHECK(address == IpAddress{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7});
}
