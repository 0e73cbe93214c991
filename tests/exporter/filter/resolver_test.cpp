// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the system's resolver with names that need no name server.
#include "filter/resolver.hpp"

#include <algorithm>
#include <set>

#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using filter::ResolveError;
using filter::system_resolver;

TEST_CASE("The name localhost stands for loopback addresses, each told once") {
  const std::vector<IpAddress> addresses = system_resolver()("localhost");
  REQUIRE_FALSE(addresses.empty());
  CHECK(std::set<IpAddress>(addresses.begin(), addresses.end()).size() == addresses.size());
  for (const IpAddress& address : addresses) CHECK((address == test::ip("127.0.0.1") || address == test::ip("::1")));
}

TEST_CASE("IPv4 and IPv6 addresses come as Packet has them") {
  CHECK(system_resolver()("192.0.2.7") == std::vector<IpAddress>{test::ip("192.0.2.7")});
  CHECK(system_resolver()("2001:db8::7") == std::vector<IpAddress>{test::ip("2001:db8::7")});
}

TEST_CASE("A name that cannot exist is an error with a reason") {
  const std::string label_too_long(70, 'x');
  REQUIRE_THROWS_AS(system_resolver()(label_too_long), ResolveError);
  try {
    system_resolver()(label_too_long);
  } catch (const ResolveError& error) {
    CHECK_FALSE(std::string(error.what()).empty());
  }
}
