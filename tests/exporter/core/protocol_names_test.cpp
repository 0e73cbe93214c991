// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the table of IP protocols: one name, one number, and the version of IP that ICMP belongs to.
#include "core/protocol_names.hpp"

#include <set>

#include "collectors/traffic_class.hpp"
#include "filter/protocols.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using collectors::class_of_protocol;
using collectors::kTrafficClassWords;

TEST_CASE("No two protocols share a name or a number") {
  std::set<std::string_view> names;
  std::set<std::uint8_t> numbers;
  for (const NamedProtocol& protocol : kNamedProtocols) {
    names.insert(protocol.name);
    numbers.insert(protocol.number);
  }
  CHECK(names.size() == 19);
  CHECK(numbers.size() == 19);
}

TEST_CASE("ICMP belongs to IPv4, ICMPv6 to IPv6, and every other protocol to both") {
  for (const NamedProtocol& protocol : kNamedProtocols) {
    CAPTURE(protocol.name);
    CHECK(protocol.is_in_ipv4 == (protocol.name != "icmpv6"));
    CHECK(protocol.is_in_ipv6 == (protocol.name != "icmp"));
  }
}

TEST_CASE("A filter's protocol name means exactly what the label of that name counts") {
  for (const NamedProtocol& protocol : kNamedProtocols) {
    CAPTURE(protocol.name);
    const auto range = filter::parse_protocols(protocol.name);
    REQUIRE(range);
    for (const Network network : {Network::kIpv4, Network::kIpv6}) {
      const bool is_meant = network == Network::kIpv4 ? range->is_in_ipv4 : range->is_in_ipv6;
      const std::string_view label = kTrafficClassWords.at(index_of(class_of_protocol(network, range->first)));
      CHECK(label == (is_meant ? protocol.name : "other"));
    }
  }
}

TEST_CASE("The classes behind the named protocols follow them") {
  CHECK(kTrafficClassWords[18] == "egp");
  CHECK(kTrafficClassWords[19] == "other");
  CHECK(kTrafficClassWords[22] == "non_ip");
  CHECK(class_of_protocol(Network::kIpv4, 253) == collectors::TrafficClass::kOther);
}
