// SPDX-License-Identifier: GPL-2.0-or-later
// Listening: every kind of address, port 0, stale unix sockets, and the messages of what cannot be had.
#include "web/listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>

#include "support/catch.hpp"
#include "web_fixture.hpp"

namespace {

using iptraf::test::get;
using iptraf::test::TestServer;
using iptraf::web::HttpServer;
using iptraf::web::ListenError;

/// A directory that goes with everything in it that the test made.
struct ScratchDirectory {
  ScratchDirectory() {
    char pattern[] = "/tmp/iptraf_listener_XXXXXX";
    path = mkdtemp(pattern);
    socket = path + "/http.sock";
  }
  ~ScratchDirectory() {
    unlink(socket.c_str());
    rmdir(path.c_str());
  }
  std::string path;
  std::string socket;
};

std::string refusal_of(const std::string& address) {
  try {
    const HttpServer server({{address}, 64, 10}, {});
  } catch (const ListenError& error) {
    return error.what();
  }
  return "";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool exists(const std::string& path) {
  struct stat file {};
  return lstat(path.c_str(), &file) == 0;
}

bool has_ipv6_loopback() {
  const iptraf::FileDescriptor probe(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  return probe.is_open() && bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// Leaves a socket file that nobody listens on.
/// One that does not listen; when it is gone, its file stays.
iptraf::FileDescriptor make_socket_file(const std::string& path, int type) {
  iptraf::FileDescriptor made(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return made;
}

void leave_stale_socket(const std::string& path) { make_socket_file(path, SOCK_STREAM); }

TEST_CASE("port 0 picks a port and tells it", "[web]") {
  const TestServer server;
  CHECK(server.address.rfind("127.0.0.1:", 0) == 0);
  CHECK(std::stoi(server.address.substr(10)) > 0);
  CHECK(server.fetch(get("/echo")).status == 200);
}

TEST_CASE("a port alone is reached over IPv4, and over IPv6 where there is one", "[web]") {
  const TestServer server({{":0"}, 64, 10});
  const std::string port = server.address.substr(server.address.rfind(':'));
  CHECK(iptraf::test::fetch("127.0.0.1" + port, get("/echo")).body == "GET /echo\nlocal\n");
  if (!has_ipv6_loopback()) {
    WARN("skipped: this host has no ::1");
    CHECK(server.address == "0.0.0.0" + port);
    return;
  }
  CHECK(server.address == "[::]" + port);
  CHECK(iptraf::test::fetch("[::1]" + port, get("/echo")).body == "GET /echo\nlocal\n");
}

TEST_CASE("an IPv6 address is listened on", "[web]") {
  if (!has_ipv6_loopback()) {
    WARN("skipped: this host has no ::1");
    return;
  }
  const TestServer server({{"[::1]:0"}, 64, 10});
  CHECK(server.address.rfind("[::1]:", 0) == 0);
  CHECK(server.fetch(get("/echo")).body == "GET /echo\nlocal\n");
}

TEST_CASE("a host name is resolved", "[web]") {
  const TestServer server({{"localhost:0"}, 64, 10});
  CHECK(server.fetch(get("/echo")).status == 200);
}

TEST_CASE("several addresses are listened on at once", "[web]") {
  const ScratchDirectory scratch;
  const TestServer server({{"127.0.0.1:0", "127.0.0.1:0", "unix:" + scratch.socket}, 64, 10});
  const std::vector<std::string> addresses = server.server.addresses();
  REQUIRE(addresses.size() == 3);
  CHECK(addresses[0] != addresses[1]);
  for (const std::string& address : addresses) CHECK(iptraf::test::fetch(address, get("/echo")).status == 200);
}

TEST_CASE("a unix socket serves local clients and is removed at the end", "[web]") {
  const ScratchDirectory scratch;
  {
    const TestServer server({{"unix:" + scratch.socket}, 64, 10});
    CHECK(server.address == "unix:" + scratch.socket);
    CHECK(server.fetch(get("/echo")).body == "GET /echo\nlocal\n");
    CHECK(server.fetch(get("/text?size=3000000")).body.size() == 3000000);
  }
  CHECK_FALSE(exists(scratch.socket));
}

TEST_CASE("a unix socket is for its owner and its group, whatever the mask of the process", "[web]") {
  const ScratchDirectory scratch;
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const mode_t before = ::umask(mask);
    const TestServer server({{"unix:" + scratch.socket}, 64, 10});
    CHECK(::umask(before) == mask);
    struct stat file {};
    REQUIRE(::stat(scratch.socket.c_str(), &file) == 0);
    CHECK((file.st_mode & 07777) == 0660);
    CHECK(file.st_gid == ::getegid());
  }
}

TEST_CASE("root makes a unix socket for the group that it is told", "[web]") {
  if (::geteuid() != 0) return;
  const ScratchDirectory scratch;
  iptraf::web::ServerOptions options{{"unix:" + scratch.socket}, 64, 10};
  options.socket_group = 12345;
  const gid_t before = ::getegid();
  const TestServer server(std::move(options));
  CHECK(::getegid() == before);
  struct stat file {};
  REQUIRE(::stat(scratch.socket.c_str(), &file) == 0);
  CHECK(file.st_gid == 12345);
  CHECK(file.st_uid == 0);
}

TEST_CASE("a stale unix socket is replaced", "[web]") {
  const ScratchDirectory scratch;
  leave_stale_socket(scratch.socket);
  const TestServer server({{"unix:" + scratch.socket}, 64, 10});
  CHECK(server.fetch(get("/echo")).status == 200);
}

TEST_CASE("a unix socket of another kind is left alone", "[web]") {
  const ScratchDirectory scratch;
  const iptraf::FileDescriptor other = make_socket_file(scratch.socket, SOCK_DGRAM);
  CHECK(contains(refusal_of("unix:" + scratch.socket), "there is a socket of another kind; remove it"));
  CHECK(exists(scratch.socket));
}

TEST_CASE("a unix socket that somebody listens on is left alone", "[web]") {
  const ScratchDirectory scratch;
  const TestServer server({{"unix:" + scratch.socket}, 64, 10});
  CHECK(contains(refusal_of("unix:" + scratch.socket), "unix:" + scratch.socket + ": address already in use"));
  CHECK(server.fetch(get("/echo")).status == 200);
}

TEST_CASE("a file that is no socket is left alone", "[web]") {
  const ScratchDirectory scratch;
  std::ofstream(scratch.socket) << "precious";
  CHECK(contains(refusal_of("unix:" + scratch.socket), "not a socket"));
  CHECK(exists(scratch.socket));
}

TEST_CASE("a socket file that another program put in our place is not removed", "[web]") {
  const ScratchDirectory scratch;
  {
    const TestServer server({{"unix:" + scratch.socket}, 64, 10});
    REQUIRE(unlink(scratch.socket.c_str()) == 0);
    std::ofstream(scratch.socket) << "another";
  }
  CHECK(exists(scratch.socket));
}

TEST_CASE("a port in use is refused with the address, the reason and the remedy", "[web]") {
  const TestServer server;
  const std::string message = refusal_of(server.address);
  CHECK(contains(message, server.address));
  CHECK(contains(message, "address already in use"));
  CHECK(contains(message, "--web.listen-address"));
}

TEST_CASE("an address that cannot be had is refused with the reason", "[web]") {
  CHECK(contains(refusal_of("192.0.2.1:0"), "no interface of this host has this address"));
  CHECK(contains(refusal_of("name.invalid:0"), "\"name.invalid\" cannot be resolved"));
  CHECK(contains(refusal_of("unix:/nonexistent/x"), "directory does not exist"));
  CHECK(contains(refusal_of("nonsense"), "\"nonsense\""));
  CHECK_THROWS_AS(HttpServer({}, {}), ListenError);
}

TEST_CASE("a failed address closes those before it", "[web]") {
  const ScratchDirectory scratch;
  CHECK_THROWS_AS(HttpServer({{"unix:" + scratch.socket, "nonsense"}, 64, 10}, {}), ListenError);
  CHECK_FALSE(exists(scratch.socket));
}

}  // namespace

TEST_CASE("A socket that listens already is served, beside addresses, and named by where it is bound") {
  iptraf::FileDescriptor listening(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(bind(listening.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
  REQUIRE(listen(listening.get(), 4) == 0);
  iptraf::web::ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  options.sockets.push_back(std::move(listening));
  const TestServer server(std::move(options));
  REQUIRE(server.server.addresses().size() == 2);
  for (const std::string& address : server.server.addresses()) {
    CHECK(address.rfind("127.0.0.1:", 0) == 0);
    CHECK(iptraf::test::fetch(address, get("/echo")).status == 200);
  }
}

TEST_CASE("The file of a unix socket that was handed over stays, since somebody else made it") {
  const ScratchDirectory scratch;
  const bool is_abstract = GENERATE(false, true);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  scratch.socket.copy(name.sun_path, sizeof name.sun_path - 1);
  if (is_abstract) name.sun_path[0] = '\0';
  iptraf::FileDescriptor listening(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + scratch.socket.size());
  REQUIRE(bind(listening.get(), reinterpret_cast<const sockaddr*>(&name), length) == 0);
  REQUIRE(listen(listening.get(), 4) == 0);
  iptraf::web::ServerOptions options;
  options.sockets.push_back(std::move(listening));
  {
    const HttpServer server(std::move(options), {});
    CHECK(server.addresses().front() == "unix:" + (is_abstract ? "@" + scratch.socket.substr(1) : scratch.socket));
  }
  CHECK(exists(scratch.socket) == !is_abstract);
}
