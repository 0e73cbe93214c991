// SPDX-License-Identifier: GPL-2.0-or-later
// Words to values: numbers, durations, ports, quoting, suggestions.
#include "config/values.hpp"

#include "config/suggest.hpp"
#include "config/utf8.hpp"
#include "support/catch.hpp"

namespace iptraf::config {

TEST_CASE("Whole numbers are plain decimal digits", "[config]") {
  CHECK(parse_whole_number("0") == 0);
  CHECK(parse_whole_number("65535") == 65535);
  CHECK(parse_whole_number("18446744073709551615") == 18446744073709551615U);
  for (const char* text : {"", "010", "00", "+1", "-1", "0x1", "1e3", "1.0", " 1", "1 ", "18446744073709551616"}) {
    INFO(text);
    CHECK_FALSE(parse_whole_number(text).has_value());
  }
}

TEST_CASE("Only true and false are booleans", "[config]") {
  CHECK(parse_boolean("true") == true);
  CHECK(parse_boolean("false") == false);
  for (const char* text : {"", "True", "yes", "no", "on", "off", "1", "0"}) {
    INFO(text);
    CHECK_FALSE(parse_boolean(text).has_value());
  }
}

TEST_CASE("Durations are sums of units from large to small", "[config]") {
  CHECK(parse_duration("0") == Duration{0});
  CHECK(parse_duration("0s") == Duration{0});
  CHECK(parse_duration("500ms") == Duration{0.5});
  CHECK(parse_duration("10s") == Duration{10});
  CHECK(parse_duration("15m") == Duration{900});
  CHECK(parse_duration("24h") == Duration{86400});
  CHECK(parse_duration("7d") == Duration{604800});
  CHECK(parse_duration("1w") == Duration{604800});
  CHECK(parse_duration("1y") == Duration{31536000});
  CHECK(parse_duration("1h30m") == Duration{5400});
  CHECK(parse_duration("1d2h3m4s250ms") == Duration{93784.25});
  for (const char* text : {"", "10", "s", "1.5s", "-1s", "1s1s", "1m1h", "1x", "1 h", "01s", "1h30", "1S", "101y",
                           "99999999999999999999s", "0x1s"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("Ports are single or an inclusive range", "[config]") {
  CHECK(parse_port_range("80") == PortRange{80, 80});
  CHECK(parse_port_range("1-65535") == PortRange{1, 65535});
  CHECK(parse_port_range("7-7") == PortRange{7, 7});
  for (const char* text : {"", "0", "65536", "9-8", "-", "1-", "-1", "1-2-3", "08", "a"}) {
    INFO(text);
    CHECK_FALSE(parse_port_range(text).has_value());
  }
}

TEST_CASE("Services are a protocol with ports and a port", "[config]") {
  CHECK(parse_service("tcp/22") == ServicePort{true, 22});
  CHECK(parse_service("udp/65535") == ServicePort{false, 65535});
  for (const char* text : {"", "tcp", "tcp/", "tcp/0", "tcp/65536", "tcp/1-2", "sctp/1", "TCP/1", "tcp/022"}) {
    INFO(text);
    CHECK_FALSE(parse_service(text));
  }
}

TEST_CASE("Archives are a number of steps and one of rows", "[config]") {
  CHECK(parse_archive("6x700") == RrdArchive{6, 700});
  CHECK(parse_archive("1000000x1000000") == RrdArchive{1'000'000, 1'000'000});
  for (const char* text :
       {"", "x", "1x", "x1", "0x1", "1x0", "01x1", "1x1x1", "1X1", "1000001x1", "1x1000001", "-1x1"}) {
    INFO(text);
    CHECK_FALSE(parse_archive(text));
  }
}

TEST_CASE("Quoted text is short and shows control characters", "[config]") {
  CHECK(quote("") == "\"\"");
  CHECK(quote("a\n\x7f") == "\"a\\x0a\\x7f\"");
  CHECK(quote(std::string(60, 'x')) == "\"" + std::string(60, 'x') + "\"");
  CHECK(quote(std::string(61, 'x')) == "\"" + std::string(60, 'x') + "...\"");
  CHECK(quote(std::string(59, 'x') + "é!") == "\"" + std::string(59, 'x') + "...\"");
}

TEST_CASE("The nearest word is suggested when it is near", "[config]") {
  const std::vector<std::string_view> known{"threads", "ring_mib", "filter"};
  CHECK(nearest("theads", known) == "threads");
  CHECK(nearest("thraeds", known) == "threads");
  CHECK(nearest("filters", known) == "filter");
  CHECK(nearest("ring-mib", known) == "ring_mib");
  CHECK(nearest("", known).empty());
  CHECK(nearest("xyz", known).empty());
  CHECK(nearest(std::string(65, 't'), {std::string_view("t")}).empty());
  CHECK(nearest("a", {}).empty());
  CHECK(suggestion("theads", known) == "; did you mean \"threads\"?");
  CHECK(suggestion("xyz", known).empty());
}

TEST_CASE("Text is well-formed UTF-8", "[config]") {
  CHECK(find_non_text("a\tb\r\nü€😀") == std::string_view::npos);
  CHECK(find_non_text("a\x01") == 1);
  CHECK(find_non_text("ab\x80") == 2);
  CHECK(find_non_text("\xF4\x90\x80\x80") == 0);
  CHECK(find_non_text("\xE0\x80\x80") == 0);
  CHECK(find_non_text("\xF0\x80\x80\x80") == 0);
  CHECK(find_non_text("x\xC3") == 1);
  CHECK(is_one_line_text("ü"));
  CHECK_FALSE(is_one_line_text("a\nb"));
}

}  // namespace iptraf::config
