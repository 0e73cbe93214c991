// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of compiling: what a filter that cannot be used is told, and how often a name is looked up.
#include "filter/compiler.hpp"

#include "exporter/filter/filter_rules.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;
using filter::compile_rules;
using filter::FilterError;
using filter::Resolver;

namespace {

std::string error_of(const std::vector<config::FilterRule>& rules, const Resolver& resolver = refuse_host_names) {
  try {
    compile_rules("web", rules, resolver);
  } catch (const FilterError& error) {
    return error.what();
  }
  return "no error";
}

std::vector<IpAddress> no_address(const std::string& /*host*/) { return {}; }

}  // namespace

TEST_CASE("A host name without an address is named with its rule, the reason and what to do") {
  const auto rules = rules_of({"{action: include}", "{a: {address: nowhere.example}, action: include}"});
  CHECK(error_of(rules) ==
        "filters.web[1].a.address (line 4): the host name \"nowhere.example\" cannot be resolved: the test knows no "
        "nowhere.example; check the name and the name servers, or write its addresses instead");
}

TEST_CASE("A host name with an empty answer is an error") {
  CHECK(error_of(rules_of({"{b: {address: silent.example}, action: include}"}), no_address) ==
        "filters.web[0].b.address (line 3): the host name \"silent.example\" cannot be resolved: it has no IP address; "
        "check the name and the name servers, or write its addresses instead");
}

TEST_CASE("Every problem of a filter is told, one a line") {
  auto rules = rules_of({"{a: {address: one.example}, b: {address: two.example}, action: include}", "{action: include}",
                         "{action: include}", "{b: {address: one.example}, action: include}"});
  rules[1].protocols = {"tcp", "104-101", "nonsense"};
  rules[2].a.mask = "255.255.0.0";
  rules[2].b = {"10.0.0.1", "255.x", {}};
  rules[3].a.address = "10.0.0";
  rules[3].line = 0;
  const std::string end = "; check the name and the name servers, or write its addresses instead";
  CHECK(error_of(rules) ==
        "filters.web[0].a.address (line 3): the host name \"one.example\" cannot be resolved: the test knows no "
        "one.example" +
            end +
            "\nfilters.web[0].b.address (line 3): the host name \"two.example\" cannot be resolved: the test knows no "
            "two.example" +
            end +
            "\nfilters.web[1].protocol (line 4): expected the name of a protocol, a number from 0 to 255 or a range "
            "such as 101-104, got \"104-101\""
            "\nfilters.web[1].protocol (line 4): expected the name of a protocol, a number from 0 to 255 or a range "
            "such as 101-104, got \"nonsense\""
            "\nfilters.web[2].a.mask (line 5): a mask needs an IPv4 address beside it, not \"any\""
            "\nfilters.web[2].b.mask (line 5): expected an IPv4 mask such as 255.255.0.255, got \"255.x\""
            "\nfilters.web[3].a.address: expected any, an IP address, a network such as 192.0.2.0/24 or a host name, "
            "got \"10.0.0\""
            "\nfilters.web[3].b.address: the host name \"one.example\" cannot be resolved: the test knows no "
            "one.example" +
            end);
}

TEST_CASE("A host name is looked up once for each filter, whether it resolves or not") {
  int look_ups = 0;
  const Resolver found = [&look_ups](const std::string& /*host*/) {
    ++look_ups;
    return std::vector<IpAddress>{ip("10.0.0.1"), ip("2001:db8::1")};
  };
  const Resolver failing = [&look_ups](const std::string& /*host*/) -> std::vector<IpAddress> {
    ++look_ups;
    throw filter::ResolveError("timed out");
  };
  const auto rules = rules_of({"{a: {address: h.example}, b: {address: h.example}, action: include}",
                               "{a: {address: h.example}, action: include}"});
  const filter::RuleTable table = compile_rules("web", rules, found);
  CHECK(look_ups == 1);
  CHECK(table.more_addresses.size() == 3);
  CHECK(error_of(rules, failing).find("timed out") != std::string::npos);
  CHECK(look_ups == 2);
}

TEST_CASE("Addresses, networks and the word any are not looked up") {
  CHECK(error_of(rules_of({"{a: {address: any}, b: {address: 10.0.0.1}, action: include}",
                           "{a: {address: \"::1\"}, b: {address: 10.0.0.0/8}, action: include}"})) == "no error");
}

TEST_CASE("An IPv4 network written as IPv6 is IPv4") {
  const auto table = compile_rules("web",
                                   rules_of({"{a: {address: \"::ffff:10.0.0.0/104\"}, action: include}",
                                             "{a: {address: \"::ffff:0:0/95\"}, action: include}"}),
                                   refuse_host_names);
  CHECK(table.rules[0].a.address.families == filter::kIpv4Family);
  CHECK(table.rules[1].a.address.families == filter::kIpv6Family);
}

TEST_CASE("More rules than a verdict can number are refused") {
  const std::vector<config::FilterRule> rules(65536);
  CHECK(error_of(rules) == "filters.web: 65536 rules are more than 65535; merge rules into networks and port ranges");
  CHECK(error_of({rules.begin(), rules.end() - 1}) == "no error");
}
