// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses and names as people write them.
#include "config/addresses.hpp"

#include "support/catch.hpp"

namespace iptraf::config {
namespace {

IpAddress mapped(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d};
}

}  // namespace

TEST_CASE("IPv4 and IPv6 addresses are read into one form", "[config]") {
  CHECK(parse_ip_address("192.0.2.7") == mapped(192, 0, 2, 7));
  CHECK(parse_ip_address("::ffff:192.0.2.7") == mapped(192, 0, 2, 7));
  CHECK(parse_ip_address("::1") == IpAddress{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
  for (const char* text : {"", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "::g", "fe80::1%eth0", "1::2::3"}) {
    INFO(text);
    CHECK_FALSE(parse_ip_address(text).has_value());
  }
  CHECK_FALSE(parse_ip_address(std::string_view("1.2.3.4\0x", 9)).has_value());
}

TEST_CASE("A prefix clears its host bits and counts IPv4 behind 96 bits", "[config]") {
  CHECK(parse_prefix("192.168.1.7/24") == Prefix{mapped(192, 168, 1, 0), 120});
  CHECK(parse_prefix("10.255.0.0/12") == Prefix{mapped(10, 240, 0, 0), 108});
  CHECK(parse_prefix("0.0.0.0/0") == Prefix{mapped(0, 0, 0, 0), 96});
  CHECK(parse_prefix("192.0.2.1") == Prefix{mapped(192, 0, 2, 1), 128});
  CHECK(parse_prefix("::/0") == Prefix{IpAddress{}, 0});
  CHECK(parse_prefix("2001:db8::1/32")->bits == 32);
  CHECK(parse_prefix("2001:db8::1/32")->address == *parse_ip_address("2001:db8::"));
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/08", "10.0.0.0/8/8", "host/8"}) {
    INFO(text);
    CHECK_FALSE(parse_prefix(text).has_value());
  }
}

TEST_CASE("A prefix contains the addresses that share its bits", "[config]") {
  const Prefix prefix = *parse_prefix("10.240.0.0/12");
  CHECK(prefix.contains(mapped(10, 240, 0, 0)));
  CHECK(prefix.contains(mapped(10, 255, 255, 255)));
  CHECK_FALSE(prefix.contains(mapped(10, 239, 255, 255)));
  CHECK_FALSE(prefix.contains(*parse_ip_address("::10.240.0.0")));
  CHECK(parse_prefix("::/0")->contains(*parse_ip_address("2001:db8::1")));
  CHECK_FALSE(parse_prefix("::/0")->contains(mapped(1, 2, 3, 4)));
  CHECK(parse_prefix("0.0.0.0/0")->contains(mapped(1, 2, 3, 4)));
}

TEST_CASE("MAC addresses are read in both common spellings", "[config]") {
  const MacAddress mac{0x02, 0, 0, 0, 0xAB, 0xCD};
  CHECK(parse_mac("02:00:00:00:ab:cd") == mac);
  CHECK(parse_mac("02-00-00-00-AB-CD") == mac);
  for (const char* text : {"", "02:00:00:00:ab", "02:00:00:00:ab:c", "02:00:00:00:ab:cg", "02:00-00:00:ab:cd",
                           "0200.0000.abcd", "02:00:00:00:ab:cd:"}) {
    INFO(text);
    CHECK_FALSE(parse_mac(text).has_value());
  }
}

TEST_CASE("A local match is a MAC address or a prefix", "[config]") {
  CHECK(std::get<MacAddress>(*parse_local_match("02:00:00:00:00:01")) == MacAddress{2, 0, 0, 0, 0, 1});
  CHECK(std::get<Prefix>(*parse_local_match("fe80::/10")).bits == 10);
  CHECK_FALSE(parse_local_match("example.org").has_value());
}

TEST_CASE("Host names have sane labels and are no mistyped IPv4 address", "[config]") {
  for (const char* text : {"localhost", "www.example.org", "a_b", "1x", "xn--bcher-kva.example"}) {
    INFO(text);
    CHECK(is_host_name(text));
  }
  for (const char* text : {"", ".", "a.", "a..b", "-a", "a-", "a b", "300.1.2.3", "1", "a/8", "é"}) {
    INFO(text);
    CHECK_FALSE(is_host_name(text));
  }
  CHECK_FALSE(is_host_name(std::string(64, 'a')));
}

TEST_CASE("Interface names are those of the kernel, and patterns may be longer", "[config]") {
  CHECK(is_interface_name("eth0.100@x"));
  CHECK(is_interface_name("fifteen-bytes-x"));
  for (const char* text : {"", ".", "..", "a/b", "a b", "a\tb", "a:b", "sixteen-bytes-xx"}) {
    INFO(text);
    CHECK_FALSE(is_interface_name(text));
  }
  CHECK(is_interface_glob("veth[0-9a-f]*"));
  CHECK_FALSE(is_interface_glob(""));
  CHECK_FALSE(is_interface_glob("a b"));
}

}  // namespace iptraf::config
