// SPDX-License-Identifier: GPL-2.0-or-later
// Whose connections are counted together.
#include "web/peer_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "support/catch.hpp"

namespace {

using iptraf::web::is_local_peer;
using iptraf::web::peer_network;

sockaddr_storage peer(const char* text) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
  } else {
    REQUIRE(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
    v6.sin6_family = AF_INET6;
  }
  return storage;
}

std::uint64_t network(const char* text) {
  const sockaddr_storage storage = peer(text);
  return peer_network(reinterpret_cast<const sockaddr&>(storage));
}

bool is_local(const char* text) {
  const sockaddr_storage storage = peer(text);
  return is_local_peer(reinterpret_cast<const sockaddr*>(&storage));
}

TEST_CASE("connections are counted by IPv4 address and by IPv6 network", "[web]") {
  CHECK(network("192.0.2.1") == 0xffffc0000201);
  CHECK(network("::ffff:192.0.2.1") == network("192.0.2.1"));
  CHECK(network("192.0.2.2") != network("192.0.2.1"));
  CHECK(network("2001:db8:1:2::1") == 0x20010db800010002);
  CHECK(network("2001:db8:1:2:ffff::9") == network("2001:db8:1:2::1"));
  CHECK(network("2001:db8:1:3::1") != network("2001:db8:1:2::1"));
  const sockaddr_storage unix_socket{AF_UNIX, {}, {}};
  CHECK(peer_network(reinterpret_cast<const sockaddr&>(unix_socket)) == 0);
}

TEST_CASE("loopback and unix sockets are of this host", "[web]") {
  CHECK(is_local("127.0.0.1"));
  CHECK(is_local("127.255.0.9"));
  CHECK(is_local("::1"));
  CHECK(is_local("::ffff:127.0.0.1"));
  CHECK_FALSE(is_local("126.255.255.255"));
  CHECK_FALSE(is_local("128.0.0.1"));
  CHECK_FALSE(is_local("1.0.0.127"));
  CHECK_FALSE(is_local("::7f00:1"));
  CHECK_FALSE(is_local("::2"));
  CHECK_FALSE(is_local("::ffff:10.0.0.1"));
  CHECK_FALSE(is_local_peer(nullptr));
}

}  // namespace
