// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of protocol words: their numbers, and that the configuration accepts none that has no number.
#include "filter/protocols.hpp"

#include <sstream>
#include <string>

#include "config/forms.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using filter::parse_protocols;

namespace {

std::string numbers_of(std::string_view word) {
  const auto range = parse_protocols(word);
  return range ? std::to_string(range->first) + "-" + std::to_string(range->last) : "none";
}

}  // namespace

TEST_CASE("Names of protocols stand for the numbers that IANA gave them") {
  CHECK(numbers_of("icmp") == "1-1");
  CHECK(numbers_of("igmp") == "2-2");
  CHECK(numbers_of("ipip") == "4-4");
  CHECK(numbers_of("tcp") == "6-6");
  CHECK(numbers_of("egp") == "8-8");
  CHECK(numbers_of("igp") == "9-9");
  CHECK(numbers_of("udp") == "17-17");
  CHECK(numbers_of("ipv6") == "41-41");
  CHECK(numbers_of("rsvp") == "46-46");
  CHECK(numbers_of("gre") == "47-47");
  CHECK(numbers_of("esp") == "50-50");
  CHECK(numbers_of("ah") == "51-51");
  CHECK(numbers_of("icmpv6") == "58-58");
  CHECK(numbers_of("igrp") == "88-88");
  CHECK(numbers_of("ospf") == "89-89");
  CHECK(numbers_of("pim") == "103-103");
  CHECK(numbers_of("vrrp") == "112-112");
  CHECK(numbers_of("l2tp") == "115-115");
  CHECK(numbers_of("sctp") == "132-132");
}

TEST_CASE("Numbers and ranges stand for themselves") {
  CHECK(numbers_of("0") == "0-0");
  CHECK(numbers_of("255") == "255-255");
  CHECK(numbers_of("101-104") == "101-104");
  CHECK(numbers_of("0-255") == "0-255");
}

TEST_CASE("Other words stand for no protocol") {
  for (const char* word :
       {"", "TCP", "other", "256", "104-101", "1-256", "-1", "1-", "-", "1-2-3", "0x6", " 6", "06"}) {
    CAPTURE(word);
    CHECK(numbers_of(word) == "none");
  }
}

TEST_CASE("Every protocol name that the configuration accepts has a number") {
  const std::string expected = config::rule_protocol_form().expected;
  const std::size_t open = expected.find('(');
  std::istringstream names(expected.substr(open + 1, expected.find(')') - open - 1));
  int count = 0;
  for (std::string name; names >> name; ++count) {
    CAPTURE(name);
    CHECK(numbers_of(name) != "none");
  }
  CHECK(count == 19);
}
