// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of to_text(): IPv4 in dotted decimal, IPv6 by the rules of RFC 5952, MAC addresses.
#include "core/address_text.hpp"

#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using iptraf::to_text;
using iptraf::test::ip;
using iptraf::test::mac;

TEST_CASE("IPv4 addresses are dotted decimal") {
  for (const char* text : {"0.0.0.0", "10.0.0.1", "192.168.100.254", "255.255.255.255"})
    CHECK(to_text(ip(text)) == text);
}

TEST_CASE("IPv6 addresses follow RFC 5952") {
  CHECK(to_text(ip("2001:0DB8:0000:0000:0000:0000:0002:0001")) == "2001:db8::2:1");  // 4.1, 4.2.1, 4.3
  CHECK(to_text(ip("2001:db8:0:1:1:1:1:1")) == "2001:db8:0:1:1:1:1:1");              // 4.2.2: one field is kept
  CHECK(to_text(ip("2001:0:0:1:0:0:0:1")) == "2001:0:0:1::1");                       // 4.2.3: the longest run
  CHECK(to_text(ip("2001:db8:0:0:1:0:0:1")) == "2001:db8::1:0:0:1");                 // 4.2.3: of equal ones the first
  CHECK(to_text(ip("::")) == "::");
  CHECK(to_text(ip("::1")) == "::1");
  CHECK(to_text(ip("fe80::1")) == "fe80::1");
  CHECK(to_text(ip("ff02::1:ffab:cdef")) == "ff02::1:ffab:cdef");
  CHECK(to_text(ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")) == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST_CASE("MAC addresses are six pairs of lower-case digits") {
  CHECK(to_text(mac("02:00:00:00:00:0a")) == "02:00:00:00:00:0a");
  CHECK(to_text(mac("FF:FF:FF:FF:FF:FF")) == "ff:ff:ff:ff:ff:ff");
  CHECK(to_text(iptraf::MacAddress{}) == "00:00:00:00:00:00");
}
