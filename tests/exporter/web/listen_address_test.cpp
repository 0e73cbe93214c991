// SPDX-License-Identifier: GPL-2.0-or-later
// Listen addresses: every form is read, every malformed one is refused by name.
#include "web/listen_address.hpp"

#include "support/catch.hpp"
#include "web/http_server.hpp"

namespace {

using iptraf::web::ListenError;
using iptraf::web::parse_listen_address;

TEST_CASE("a listen address of each form is taken apart", "[web]") {
  SECTION("a port alone means every address") {
    const auto address = parse_listen_address(":10137");
    CHECK(address.host.empty());
    CHECK(address.port == 10137);
    CHECK(address.unix_path.empty());
    CHECK(address.text == ":10137");
  }
  SECTION("an IPv4 address or a name, and a port") {
    CHECK(parse_listen_address("127.0.0.1:0").host == "127.0.0.1");
    CHECK(parse_listen_address("127.0.0.1:0").port == 0);
    CHECK(parse_listen_address("exporter-1.example:65535").host == "exporter-1.example");
    CHECK(parse_listen_address("exporter-1.example:65535").port == 65535);
  }
  SECTION("an IPv6 address stands in brackets, with a zone where it needs one") {
    CHECK(parse_listen_address("[::1]:80").host == "::1");
    CHECK(parse_listen_address("[::1]:80").port == 80);
    CHECK(parse_listen_address("[fe80::1%eth0]:80").host == "fe80::1%eth0");
  }
  SECTION("a unix socket") {
    CHECK(parse_listen_address("unix:/run/a:b.sock").unix_path == "/run/a:b.sock");
    CHECK(parse_listen_address("unix:/" + std::string(106, 'x')).unix_path.size() == 107);
  }
}

TEST_CASE("a malformed listen address is refused by name, and the message shows the forms", "[web]") {
  const std::string text =
      GENERATE(as<std::string>(), "", "10137", "localhost", "localhost:", ":", ":65536", ":-1", ":+1", ": 80", ":80x",
               ":http", "::1:80", "[::1]", "[::1]80", "[::1]:", "[::1", "[localhost]:80", "[]:80", "a b:80",
               "http://x:80", "unix:", "unix:relative", "unix", "unix:/" + std::string(107, 'x'));
  CAPTURE(text);
  std::string message;
  try {
    parse_listen_address(text);
  } catch (const ListenError& error) {
    message = error.what();
  }
  CHECK(message.find("\"" + text + "\"") != std::string::npos);
  CHECK(message.find("unix:/path") != std::string::npos);
}

TEST_CASE("a NUL byte does not hide in a listen address", "[web]") {
  CHECK_THROWS_AS(parse_listen_address(std::string_view("unix:/a\0b", 9)), ListenError);
  CHECK_THROWS_AS(parse_listen_address(std::string_view("[::1\0]:1", 8)), ListenError);
}

}  // namespace
