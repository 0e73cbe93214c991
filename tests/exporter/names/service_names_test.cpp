// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the service names: what a line of services(5) is, and which name wins.
#include "names/service_names.hpp"

#include <sstream>

#include "support/capture_writer.hpp"
#include "support/catch.hpp"

using iptraf::names::ServiceNames;

namespace {

ServiceNames parse(const std::string& text) {
  std::istringstream in(text);
  return ServiceNames::parse(in);
}

}  // namespace

TEST_CASE("A service has one name per protocol and port") {
  const ServiceNames names = parse("ssh\t\t22/tcp\t\t\t# SSH Remote Login Protocol\ndomain 53/tcp\nntp 123/udp\n");
  CHECK(names.find("tcp", 22) == "ssh");
  CHECK(names.find("tcp", 53) == "domain");
  CHECK(names.find("udp", 123) == "ntp");
  CHECK(names.find("udp", 22).empty());
  CHECK(names.find("tcp", 123).empty());
  CHECK(names.find("sctp", 22).empty());
}

TEST_CASE("The first name of a port wins and aliases are no names") {
  const ServiceNames names = parse("http 80/tcp www www-http\nwww 80/tcp\nhttp 80/udp\n");
  CHECK(names.find("tcp", 80) == "http");
  CHECK(names.find("udp", 80) == "http");
}

TEST_CASE("Lines that are none are passed over") {
  const ServiceNames names = parse(
      "\n# 1/tcp\n   \nname\nname 2\nname x/tcp\nname 70000/tcp\nname -1/tcp\nname 3x/tcp\nname /tcp\nname +4/tcp\n"
      "#name 5/tcp\nname#6/tcp\n99999999999999999999/tcp name\nlast 65535/tcp\n  indented 7/tcp\n");
  for (const int port : {0, 1, 2, 3, 4, 5, 6, 4464}) {
    CHECK(names.find("tcp", static_cast<std::uint16_t>(port)).empty());
  }
  CHECK(names.find("tcp", 65535) == "last");
  CHECK(names.find("tcp", 7) == "indented");
}

TEST_CASE("A name that is not printable ASCII is passed over, the next one for the port counts") {
  const ServiceNames names = parse("caf\xc3\xa9 1/tcp\nbell\x07 1/tcp\nplain 1/tcp\n");
  CHECK(names.find("tcp", 1) == "plain");
}

TEST_CASE("Files of other systems with carriage returns and without a last line feed are read") {
  const ServiceNames names = parse("http 80/tcp\r\ntelnet 23/tcp");
  CHECK(names.find("tcp", 80) == "http");
  CHECK(names.find("tcp", 23) == "telnet");
}

TEST_CASE("A file that is not there and one that is a directory give no names") {
  CHECK(ServiceNames::load("/does/not/exist").find("tcp", 80).empty());
  CHECK(ServiceNames::load("/").find("tcp", 80).empty());
  const std::string text = "x 1/tcp\n";
  const iptraf::test::TemporaryFile file({text.begin(), text.end()});
  CHECK(ServiceNames::load(file.path()).find("tcp", 1) == "x");
}

TEST_CASE("A port is found by name, by alias when no service has that name, and by a cut name that is clear") {
  const ServiceNames names = parse(
      "http 80/tcp www\nwww 8888/udp\nmicrosoft-ds 445/tcp\nlong-name-a 1/tcp\nlong-name-b 2/tcp\nlong-name-b 2/udp\n");
  CHECK(names.find_port("tcp", "http", 10) == 80);
  CHECK(names.find_port("tcp", "www", 10) == 80);
  CHECK(names.find_port("udp", "www", 10) == 8888);
  CHECK(names.find_port("tcp", "microsoft-", 10) == 445);
  CHECK_FALSE(names.find_port("tcp", "microsoft", 10));
  CHECK_FALSE(names.find_port("tcp", "long-name-", 10));
  CHECK(names.find_port("udp", "long-name-", 10) == 2);
  CHECK_FALSE(names.find_port("udp", "http", 10));
  CHECK_FALSE(names.find_port("", "", 0));
}
