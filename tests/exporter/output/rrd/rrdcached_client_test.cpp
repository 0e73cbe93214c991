// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of RrdcachedClient: addresses, replies, batches, and a daemon that is silent, gone or talks nonsense.
#include "output/rrd/rrdcached_client.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <thread>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace iptraf;
using namespace iptraf::output;
using namespace iptraf::test;
using Catch::Matchers::Contains;

namespace {

/// Listens on a unix socket, answers each connection with the same bytes, and keeps what it was sent.
class Daemon {
 public:
  explicit Daemon(std::string answer) : answer_(std::move(answer)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path().c_str());
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 4) == 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~Daemon() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  std::string path() const { return directory_.path() + "/s"; }
  RrdcachedClient client() const { return RrdcachedClient({path(), "", ""}); }

 private:
  void serve() {
    for (;;) {
      const FileDescriptor connection(::accept(listener_.get(), nullptr, nullptr));
      if (!connection.is_open()) return;
      std::array<char, 4096> request;
      if (::recv(connection.get(), request.data(), request.size(), 0) <= 0) continue;
      ::send(connection.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
      ::shutdown(connection.get(), SHUT_WR);
      while (::recv(connection.get(), request.data(), request.size(), 0) > 0) {
      }
    }
  }

  TemporaryDirectory directory_;
  const std::string answer_;
  FileDescriptor listener_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("An address is a path or a host with a port") {
  CHECK(RrdcachedAddress::parse("unix:/run/rrdcached.sock")->unix_path == "/run/rrdcached.sock");
  CHECK(RrdcachedAddress::parse("/run/rrdcached.sock")->unix_path == "/run/rrdcached.sock");
  CHECK(RrdcachedAddress::parse("localhost")->port == "42217");
  CHECK(RrdcachedAddress::parse("localhost:99")->port == "99");
  CHECK(RrdcachedAddress::parse("localhost:99")->host == "localhost");
  CHECK(RrdcachedAddress::parse("[::1]:99")->host == "::1");
  CHECK(RrdcachedAddress::parse("[::1]:99")->port == "99");
  CHECK(RrdcachedAddress::parse("[fe80::1%eth0]")->host == "fe80::1%eth0");
  CHECK(RrdcachedAddress::parse("rrd-1.example.org:65535")->port == "65535");
  CHECK(RrdcachedAddress::parse("[::1]")->port == "42217");
  for (const char* text : {"", ":99", "host:", "host:x", "host:123456", "[::1", "[::1]x", "[]:1", "unix:", "::1",
                           "unix:sock", "localhost:0", "localhost:65536", "a b", "host/1", "[a b]:1", "h:-1"}) {
    INFO(text);
    CHECK_FALSE(RrdcachedAddress::parse(text));
  }
}

TEST_CASE("Words with spaces and backslashes are escaped") {
  CHECK(rrdcached_word("/a b\\c") == "/a\\ b\\\\c");
  CHECK(rrdcached_word("/plain") == "/plain");
}

TEST_CASE("A reply has a status, a message and as many lines as the status says") {
  const Daemon daemon("2 two lines follow\nfirst\nsecond\n");
  const RrdcachedReply reply = daemon.client().ask("INFO x");
  CHECK_FALSE(reply.is_error());
  CHECK(reply.message == "two lines follow");
  CHECK(reply.lines == std::vector<std::string>{"first", "second"});
  const Daemon refusing("-1 No such file: /x\n");
  const RrdcachedReply refused = refusing.client().ask("INFO x");
  CHECK(refused.is_error());
  CHECK(refused.message == "No such file: /x");
}

TEST_CASE("A batch tells what went wrong of each command") {
  const Daemon daemon("0 Go ahead.\n1 errors\n2 illegal attempt\n");
  RrdcachedClient client = daemon.client();
  const std::string commands[]{"UPDATE a 1:1", "UPDATE b 1:1"};
  CHECK(client.batch(commands) == std::map<std::size_t, std::string>{{1, "illegal attempt"}});
}

TEST_CASE("A daemon that is not there, closes or talks nonsense is an error that names it") {
  RrdcachedClient absent({"/nonexistent/s", "", ""});
  CHECK_THROWS_WITH(absent.ask("PING"), Contains("rrdcached at /nonexistent/s: cannot connect"));
  RrdcachedClient long_path({"/" + std::string(300, 'x'), "", ""});
  CHECK_THROWS_WITH(long_path.ask("PING"), Contains("File name too long"));
  for (const char* nonsense : {"HTTP/1.1 200 OK\n", "99999999 lines\n", "\n", "2 lines\nonly one\n"}) {
    INFO(nonsense);
    const Daemon daemon(nonsense);
    CHECK_THROWS_AS(daemon.client().ask("PING"), RrdcachedError);
  }
  const std::string commands[]{"UPDATE a 1:1"};
  for (const char* nonsense :
       {"0 Go\n1 errors\n2 outside\n", "0 Go\n1 errors\nx\n", "0 Go\n-1 no\n", "-1 no batch\n"}) {
    INFO(nonsense);
    const Daemon daemon(nonsense);
    CHECK_THROWS_AS(daemon.client().batch(commands), RrdcachedError);
  }
}
