// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with a file is said with its place, all of it, and nothing crashes.
#include <string>
#include <vector>

#include "config/loader.hpp"
#include "support/catch.hpp"

namespace iptraf::config {
namespace {

using Lines = std::vector<std::string>;

Lines problems_of(std::string_view text) {
  try {
    parse(text, "f");
  } catch (const ConfigError& error) {
    return error.problems();
  }
  return {};
}

struct Case {
  std::string text;
  Lines problems;
};

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    INFO(one.text.substr(0, 200));
    CHECK(problems_of(one.text) == one.problems);
  }
}

/// `{SECTION: {KEY: VALUE}}` and the one problem with the value.
void check_value(const std::string& section, const std::string& key, const std::string& expected,
                 const std::vector<std::pair<std::string, std::string>>& values_and_words) {
  for (const auto& [value, words] : values_and_words) {
    const std::string before = section + ":\n  " + key + ": ";
    INFO(before + value);
    const std::string column = std::to_string(key.size() + 5);
    CHECK(problems_of(before + value) ==
          Lines{"f:2:" + column + ": " + section + "." + key + ": expected " + expected + ", got " + words});
  }
}

std::string repeat(std::string_view unit, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += unit;
  return text;
}

}  // namespace

TEST_CASE("Anchors, aliases and tags are refused where they stand", "[config]") {
  const std::string anchor = "an anchor (&name) is not allowed here; write the value out where it is needed";
  const std::string alias = "an alias (*name) is not allowed here; write the value out";
  const std::string tag = "a tag (!name) is not allowed here; write the value alone";
  check({
      {"&x [*x]", {"f:1:1: " + anchor, "f:1:5: " + alias}},
      {"web: &w {open_api: true}\n", {"f:1:6: " + anchor}},
      {"web: *w\n", {"f:1:6: " + alias}},
      {"&w web: {}\n", {"f:1:1: " + anchor}},
      {"web: &w\n", {"f:1:6: " + anchor}},
      {"capture: {threads: !!int 2}\n", {"f:1:20: " + tag}},
      {"capture: {filter: ! \"x\"}\n", {"f:1:19: " + tag}},
      {"web: !foo {open_api: true}\n", {"f:1:6: " + tag}},
  });
}

TEST_CASE("An alias bomb is refused before anything is multiplied", "[config]") {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    const std::string previous(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [" + repeat("*" + previous + ",", 8) + "*" + previous + "]\n";
  }
  // Nine anchors, eight lists of nine aliases, nine unknown keys.
  CHECK(problems_of(bomb).size() == 9 + 8 * 9 + 9);
}

TEST_CASE("Size, depth and number of values are limited", "[config]") {
  check({
      {repeat("[", 65) + repeat("]", 65), {"f:1:65: lists and mappings are nested deeper than 64 levels"}},
      {repeat("[", 64) + repeat("]", 64), {"f:1:1: the configuration: expected a mapping (key: value), got a list"}},
      {"[" + repeat("1,", 10'000) + "]", {"f:1:20000: the file has more than 10000 values"}},
      {std::string(1'048'577, ' '), {"f: larger than the limit of 1048576 bytes"}},
  });
  CHECK(problems_of(repeat("[", 1 << 20)).size() == 1);
  CHECK(problems_of(repeat("{a: ", 1 << 18)).size() == 1);
  CHECK(problems_of(repeat("- ", 1 << 19)).size() == 1);
}

TEST_CASE("Bytes that are not text are refused", "[config]") {
  const std::string words = "a byte that is not UTF-8 text or is a control character";
  check({
      {std::string("web: {}\n\0", 9), {"f:2:1: " + words}},
      {"web: {}\n# \x04\nx: 1", {"f:2:3: " + words}},
      {"\xFF\xFEw\0e\0b", {"f:1:1: " + words}},
      {"# \xC0\x80", {"f:1:3: " + words}},
      {"# \xED\xA0\x80", {"f:1:3: " + words}},
      {"# \xE2\x82", {"f:1:3: " + words}},
  });
}

TEST_CASE("Broken YAML is refused with a hint", "[config]") {
  const std::string unclosed = "this bracket is not closed, or a comma is missing";
  const std::string misplaced = "not valid YAML: this does not fit what stands before it; look at the indentation";
  const std::string no_key =
      "not valid YAML: no key can stand here; look at the indentation, and quote text that has a colon";
  check({
      {"web: {open_api: true\n", {"f:1:6: " + unclosed}},
      {"web: {open_api: true timeout: 1s}\n", {"f:1:6: " + unclosed}},
      {"web: [1,\n", {"f:1:6: " + unclosed}},
      {"web: {open_api: true} x\n", {"f:1:23: " + misplaced}},
      {"capture:\n  threads: 2\n ring_mib: 3\n", {"f:3:2: " + misplaced}},
      {"a: 1\n b: 2\n", {"f:2:3: " + no_key}},
      {"web: @x\n", {"f:1:6: not valid YAML: unknown token"}},
      {"web: {}}\n", {"f:1:8: not valid YAML: illegal flow end"}},
  });
}

TEST_CASE("A quote without its partner is refused, also where the rest of the file would be its text", "[config]") {
  check({
      {"web: \"x", {"f:1:8: the file ends inside quotes"}},
      {"web: \"x\n", {"f:1:6: this quote is never closed"}},
      {"capture:\n  filter: 'it''s\n  threads: 2\n", {"f:2:11: this quote is never closed"}},
      {"capture:\n  filter: \"a\\\"\n  threads: 2\n", {"f:2:11: this quote is never closed"}},
  });
}

TEST_CASE("A second document is refused", "[config]") {
  const std::string words =
      "a second document begins here; a configuration is one document (does this line fit the indentation of those "
      "before it?)";
  check({
      {"web: {}\n---\nnames: {}\n", {"f:2:1: " + words}},
      {"web: {}\n...\nnames: {}\n", {"f:3:1: " + words}},
      {"  web: {}\n names: {}\n", {"f:2:2: " + words}},
  });
}

TEST_CASE("Duplicate keys name both places", "[config]") {
  check({
      {"web: {}\nnames: {}\nweb: {}\n", {"f:3:1: duplicate key \"web\"; it is already at line 1, column 1"}},
      {"capture: {threads: 1, \"threads\": 2}\n",
       {"f:1:23: duplicate key \"threads\"; it is already at line 1, column 11"}},
      {"collectors: {lan_station: {descriptions: {02:00:00:00:00:0a: x, 02:00:00:00:00:0A: y}}}\n",
       {"f:1:65: collectors.lan_station.descriptions: \"02:00:00:00:00:0A\" is there already in another spelling"}},
  });
}

TEST_CASE("Unknown keys name the nearest known key, if one is near", "[config]") {
  check({
      {"captur: {}\n", {"f:1:1: unknown key \"captur\"; did you mean \"capture\"?"}},
      {"capture: {theads: 1}\n", {"f:1:11: unknown key \"theads\" in capture; did you mean \"threads\"?"}},
      {"collectors: {tpc: {}}\n", {"f:1:14: unknown key \"tpc\" in collectors; did you mean \"tcp\"?"}},
      {"web: {Timeout: 1s}\n", {"f:1:7: unknown key \"Timeout\" in web; did you mean \"timeout\"?"}},
      {"something: {}\n", {"f:1:1: unknown key \"something\""}},
      {"<<: {}\n", {"f:1:1: unknown key \"<<\""}},
      {"filters: {w: [{action: include, prot: tcp}]}\n", {"f:1:33: unknown key \"prot\" in filters.w[0]"}},
      {"filters: {w: [{action: include, a: {adress: any}}]}\n",
       {"f:1:37: unknown key \"adress\" in filters.w[0].a; did you mean \"address\"?"}},
      {std::string(1000, 'k') + ": 1\n", {"f:1:1: unknown key \"" + std::string(60, 'k') + "...\""}},
      {"\"a\\x07b\": 1\n", {"f:1:1: unknown key \"a\\x07b\""}},
  });
}

TEST_CASE("Keys that are no words are refused", "[config]") {
  const std::string words = "a key must be a word, not a list, a mapping or nothing";
  check({{"? [a]\n: 1\n", {"f:1:3: " + words}},
         {"? {a: b}\n: 1\n", {"f:1:3: " + words}},
         {": 1\n", {"f:1:1: " + words}}});
}

TEST_CASE("Whole numbers are decimal, unquoted and within bounds", "[config]") {
  check_value("capture", "threads", "a decimal whole number from 1 to 64",
              {{"0", "\"0\""},
               {"65", "\"65\""},
               {"-1", "\"-1\""},
               {"010", "\"010\""},
               {"0x10", "\"0x10\""},
               {"1e3", "\"1e3\""},
               {"1.0", "\"1.0\""},
               {"+1", "\"+1\""},
               {"1_0", "\"1_0\""},
               {"two", "\"two\""},
               {"true", "\"true\""},
               {"99999999999999999999", "\"99999999999999999999\""},
               {"[1]", "a list"},
               {"{a: 1}", "a mapping"},
               {"\"2\"", "the quoted text \"2\""},
               {"''", "the quoted text \"\""}});
  CHECK(problems_of("capture:\n  threads:\n") ==
        Lines{"f:2:3: capture.threads: expected a decimal whole number from 1 to 64, got nothing"});
}

TEST_CASE("The bounds of every number hold", "[config]") {
  struct Bound {
    std::string section, key;
    std::uint64_t least, most;
  };
  for (const auto& [section, key, least, most] : std::vector<Bound>{{"capture", "threads", 1, 64},
                                                                    {"capture", "ring_mib", 1, 4096},
                                                                    {"capture", "snapshot_length", 128, 65535},
                                                                    {"capture", "file_mtu", 20, 65536},
                                                                    {"limits", "max_series", 1, 10'000'000},
                                                                    {"web", "max_connections", 1, 10'000}}) {
    const std::string before = section + ": {" + key + ": ";
    INFO(before);
    CHECK(problems_of(before + std::to_string(least) + "}").empty());
    CHECK(problems_of(before + std::to_string(most) + "}").empty());
    CHECK(problems_of(before + std::to_string(least - 1) + "}").size() == 1);
    CHECK(problems_of(before + std::to_string(most + 1) + "}").size() == 1);
  }
  CHECK(problems_of("collectors: {service: {max_ports: 131071}, lan_station: {max_stations: 1048577},\n"
                    "             tcp: {max_connections: 16777217}}")
            .size() == 3);
}

TEST_CASE("Booleans are true or false alone", "[config]") {
  check_value("capture", "promiscuous", "true or false",
              {{"yes", "\"yes\""},
               {"on", "\"on\""},
               {"True", "\"True\""},
               {"1", "\"1\""},
               {"\"true\"", "the quoted text \"true\""},
               {"[true]", "a list"}});
}

TEST_CASE("Durations need a unit and keep their bounds", "[config]") {
  const std::string tail = " such as 10s, 15m or 1h30m";
  check_value("web", "timeout", "a duration from 100ms to 1h" + tail,
              {{"10", "\"10\""},
               {"0", "\"0\""},
               {"-5s", "\"-5s\""},
               {"1.5s", "\"1.5s\""},
               {"2h", "\"2h\""},
               {"30m1h", "\"30m1h\""},
               {"010s", "\"010s\""},
               {"5 s", "\"5 s\""},
               {"99999999999999999999h", "\"99999999999999999999h\""}});
  check_value("rrd", "step", "a duration in whole seconds from 1s to 7d" + tail,
              {{"1500ms", "\"1500ms\""}, {"0", "\"0\""}, {"8d", "\"8d\""}});
}

TEST_CASE("Lists of interfaces, ports and services are checked item by item", "[config]") {
  const std::string name = "expected an interface name of 1 to 15 bytes without '/', ':' or white space, got ";
  const std::string port = "expected a port from 1 to 65535 or a range such as 6660-6669, got ";
  const std::string service = "expected tcp/PORT or udp/PORT with a port from 1 to 65535, got ";
  check({
      {"capture: {interfaces: []}",
       {"f:1:23: capture.interfaces: the list is empty; leave the key out or name something"}},
      {"capture: {interfaces: [auto, lo]}",
       {"f:1:23: capture.interfaces: \"auto\" stands alone, without other interfaces"}},
      {"capture: {interfaces: [a/b, 'a b', sixteen-bytes-xx]}",
       {"f:1:24: capture.interfaces: " + name + "\"a/b\"",
        "f:1:29: capture.interfaces: " + name + "the quoted text \"a b\"",
        "f:1:36: capture.interfaces: " + name + "\"sixteen-bytes-xx\""}},
      {"capture: {exclude: veth*}", {"f:1:20: capture.exclude: expected a list, got \"veth*\""}},
      {"collectors: {service: {additional_ports: [0, 65536, 9-8, 08]}}",
       {"f:1:43: collectors.service.additional_ports: " + port + "\"0\"",
        "f:1:46: collectors.service.additional_ports: " + port + "\"65536\"",
        "f:1:53: collectors.service.additional_ports: " + port + "\"9-8\"",
        "f:1:58: collectors.service.additional_ports: " + port + "\"08\""}},
      {"rrd: {services: [tcp/22, sctp/1, udp/0, tcp]}",
       {"f:1:26: rrd.services: " + service + "\"sctp/1\"", "f:1:34: rrd.services: " + service + "\"udp/0\"",
        "f:1:41: rrd.services: " + service + "\"tcp\""}},
      {"rrd: {archives: [0x1]}",
       {"f:1:18: rrd.archives: expected STEPSxROWS with numbers from 1 to 1000000, such as 6x700, got \"0x1\""}},
  });
}

TEST_CASE("Words are one of those that the key knows", "[config]") {
  check_value("capture", "offload", "auto, exact or estimate", {{"maybe", "\"maybe\""}, {"Auto", "\"Auto\""}});
  check_value("rrd", "ds_type", "DERIVE or COUNTER", {{"GAUGE", "\"GAUGE\""}});
  check_value("iptraf_log", "format", "ng, 2.5 or 2.7", {{"2.6", "\"2.6\""}, {"2.50", "\"2.50\""}});
}

TEST_CASE("Text has no control characters, and paths are not empty", "[config]") {
  check_value("capture", "filter", "text on one line",
              {{"\"a\\nb\"", "the quoted text \"a\\x0ab\""}, {"[a]", "a list"}});
  check_value("rrd", "directory", "a path",
              {{"\"\"", "the quoted text \"\""}, {"\"a\\0b\"", "the quoted text \"a\\x00b\""}});
}

TEST_CASE("Filter rules say what is missing or cannot be", "[config]") {
  const std::string address = "expected any, an IP address, a network such as 192.0.2.0/24 or a host name, got ";
  check({
      {"filters: {w: []}", {"f:1:14: filters.w: expected a list of at least one rule, got an empty list"}},
      {"filters: {w: x}", {"f:1:14: filters.w: expected a list of at least one rule, got \"x\""}},
      {"filters: [w]", {"f:1:10: filters: expected a mapping (key: value), got a list"}},
      {"filters: {'a b': [{action: include}]}",
       {"f:1:11: filters: expected a filter name of 1 to 64 bytes without spaces, got \"a b\""}},
      {"filters: {w: [{}]}", {"f:1:15: filters.w[0]: the rule has no action; add action: include or action: exclude"}},
      {"filters: {w: [{action: drop}]}", {"f:1:24: filters.w[0].action: expected include or exclude, got \"drop\""}},
      {"filters: {w: [x]}", {"f:1:15: filters.w[0]: expected a mapping (key: value), got \"x\""}},
      {"filters: {w: [{action: include, protocol: []}]}",
       {"f:1:43: filters.w[0].protocol: the list is empty; leave the key out or name something"}},
      {"filters: {w: [{action: include, a: {address: 300.1.2.3}}]}",
       {"f:1:46: filters.w[0].a.address: " + address + "\"300.1.2.3\""}},
      {"filters: {w: [{action: include, a: {address: 10.0.0.0/33}}]}",
       {"f:1:46: filters.w[0].a.address: " + address + "\"10.0.0.0/33\""}},
      {"filters: {w: [{action: include, b: {mask: 255.0.0.0}}]}",
       {"f:1:43: filters.w[0].b.mask: a mask needs an IPv4 address beside it, not \"any\""}},
      {"filters: {w: [{action: include, b: {address: 10.0.0.0/8, mask: 255.0.0.0}}]}",
       {"f:1:64: filters.w[0].b.mask: a mask needs an IPv4 address beside it, not \"10.0.0.0/8\""}},
      {"filters: {w: [{action: include, b: {address: 10.0.0.1, mask: 255.0.0}}]}",
       {"f:1:62: filters.w[0].b.mask: expected an IPv4 mask such as 255.255.0.255, got \"255.0.0\""}},
  });
  for (const char* protocol : {"256", "9-8", "foo", "TCP", "[all]", "-1", "[tcp, 0x6]"}) {
    INFO(protocol);
    CHECK(problems_of("filters: {w: [{action: include, protocol: " + std::string(protocol) + "}]}").size() == 1);
  }
}

TEST_CASE("A collector's filter must exist", "[config]") {
  check({
      {"collectors: {tcp: {filter: web}}", {"f:1:28: collectors.tcp.filter: there is no filter \"web\" under filters"}},
      {"filters: {web: [{action: include}]}\ncollectors: {tcp: {filter: wep}, interface: {filter: web}}",
       {"f:2:28: collectors.tcp.filter: there is no filter \"wep\" under filters; did you mean \"web\"?"}},
      {"collectors: {tcp: {filter: \"\"}}", {}},
  });
}

TEST_CASE("All problems are told at once, in the order of the file", "[config]") {
  try {
    parse("web:\n  timeout: 5\nnames: 3\nweb: {}\ncapture: {thread: 1}\n", "/etc/x.yml");
    FAIL("a problem was expected");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()) ==
          "/etc/x.yml:2:12: web.timeout: expected a duration from 100ms to 1h such as 10s, 15m or 1h30m, got \"5\"\n"
          "/etc/x.yml:3:8: names: expected a mapping (key: value), got \"3\"\n"
          "/etc/x.yml:4:1: duplicate key \"web\"; it is already at line 1, column 1\n"
          "/etc/x.yml:5:11: unknown key \"thread\" in capture; did you mean \"threads\"?");
  }
}

}  // namespace iptraf::config
