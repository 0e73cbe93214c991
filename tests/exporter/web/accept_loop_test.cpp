// SPDX-License-Identifier: GPL-2.0-or-later
// Connection limit, eviction, time-outs and shutdown, against clients that misbehave.
#include "web/accept_loop.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>

#include "support/catch.hpp"
#include "web_fixture.hpp"

namespace {

using iptraf::test::get;
using iptraf::test::HttpClient;
using iptraf::test::kShortSeconds;
using iptraf::test::test_routes;
using iptraf::test::TestServer;
using iptraf::web::Request;
using iptraf::web::Response;
using iptraf::web::Route;

constexpr double kLongSeconds = 300;

/// A route /gate that waits until the test opens it.
class Gate {
 public:
  Route route() {
    return {"/gate", {"GET"}, [this](const Request&) {
              std::unique_lock lock(mutex_);
              ++entered_;
              changed_.notify_all();
              changed_.wait(lock, [this] { return is_open_; });
              Response response;
              response.body = "through\n";
              return response;
            }};
  }
  void wait_for_visitor() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return entered_ > 0; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int entered_ = 0;
  bool is_open_ = false;
};

bool accepts_connections(const std::string& address) {
  try {
    const HttpClient probe(address);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

std::vector<Route> routes_with(Gate& gate) {
  std::vector<Route> routes = test_routes();
  routes.push_back(gate.route());
  return routes;
}

TEST_CASE("300 clients with half a request do not lock out a scrape", "[web]") {
  const TestServer server({{}, 64, kLongSeconds});
  std::vector<HttpClient> halves;
  for (int i = 0; i < 300; ++i) {
    halves.emplace_back(server.address);
    halves.back().send("GET /ec");
  }
  for (int i = 0; i < 20; ++i) CHECK(server.fetch(get("/echo")).status == 200);
}

TEST_CASE("the connection that has been longest without a complete request makes room", "[web]") {
  const TestServer server({{}, 2, kLongSeconds});
  HttpClient oldest(server.address);
  CHECK(oldest.send(get("/echo")));
  REQUIRE(oldest.receive());
  HttpClient newer(server.address);
  CHECK(newer.send(get("/echo")));
  REQUIRE(newer.receive());
  CHECK(server.fetch(get("/echo")).status == 200);
  CHECK(oldest.wait_for_close());
  CHECK(newer.send(get("/echo")));
  CHECK(newer.receive().value().status == 200);
}

TEST_CASE("a connection that is being answered is no victim", "[web]") {
  Gate gate;
  const TestServer server({{}, 2, kLongSeconds}, routes_with(gate));
  HttpClient waiting(server.address);
  CHECK(waiting.send(get("/gate")));
  gate.wait_for_visitor();
  std::vector<HttpClient> halves;
  for (int i = 0; i < 20; ++i) {
    halves.emplace_back(server.address);
    halves.back().send("GET /ec");
  }
  CHECK_FALSE(waiting.is_closed());
  gate.open();
  CHECK(waiting.receive().value().body == "through\n");
}

TEST_CASE("a slow reader does not hold up others", "[web]") {
  const TestServer server({{}, 64, kLongSeconds});
  std::vector<HttpClient> readers;
  for (int i = 0; i < 8; ++i) {
    readers.emplace_back(server.address, 4096);
    readers.back().send(get("/text?size=20000000"));
  }
  for (int i = 0; i < 20; ++i) CHECK(server.fetch(get("/echo")).status == 200);
}

TEST_CASE("readers that stalled make room when every connection is taken", "[web]") {
  const TestServer server({{}, 4, kShortSeconds});
  std::vector<HttpClient> readers;
  for (int i = 0; i < 12; ++i) {
    readers.emplace_back(server.address, 4096);
    readers.back().send(get("/text?size=20000000"));
  }
  CHECK(server.fetch(get("/echo")).status == 200);
}

/// More readers of one address than there may be connections, in the middle of long answers.
std::vector<HttpClient> readers_of(const std::string& address, int count) {
  std::vector<HttpClient> readers;
  for (int i = 0; i < count; ++i) {
    readers.emplace_back(address, 4096);
    readers.back().send(get("/text?size=20000000"));
  }
  return readers;
}

TEST_CASE("readers that take every connection keep no other address out, and are not cut off", "[web]") {
  const std::string path = std::filesystem::temp_directory_path() / ("iptraf_reserve_" + std::to_string(getpid()));
  const TestServer server({{"127.0.0.1:0", "unix:" + path}, 16, kLongSeconds});
  std::vector<HttpClient> answered = readers_of(server.address, 1);
  REQUIRE(answered.front().wait_for_answer());
  std::vector<HttpClient> readers = readers_of(server.address, 40);
  const std::string other = server.server.addresses().at(1);
  for (int i = 0; i < 20; ++i) CHECK(iptraf::test::fetch(other, get("/echo")).status == 200);
  std::vector<HttpClient> more = readers_of(server.address, 200);  // more than may wait
  for (int i = 0; i < 20; ++i) CHECK(iptraf::test::fetch(other, get("/echo")).status == 200);
  CHECK(answered.front().receive().value().body.size() == 20000000);
}

TEST_CASE("who has to wait for a connection gets the next one that comes free", "[web]") {
  const TestServer server({{}, 1, kLongSeconds});
  std::vector<HttpClient> readers = readers_of(server.address, 1);
  REQUIRE(readers.front().wait_for_answer());
  HttpClient waiting(server.address);
  CHECK(waiting.send(get("/echo")));
  CHECK(waiting.is_silent(100));
  readers.pop_back();
  CHECK(waiting.receive().value().status == 200);
}

TEST_CASE("an answer without progress is cut off before its end", "[web]") {
  const TestServer server({{}, 64, kShortSeconds});
  HttpClient reader(server.address, 4096);
  CHECK(reader.send(get("/text?size=20000000")));
  // The server has nobody else to serve; when these are gone the reader's time is over too.
  for (int i = 0; i < 4; ++i) {
    HttpClient idle(server.address);
    CHECK(idle.wait_for_close());
  }
  CHECK_FALSE(reader.receive());
}

TEST_CASE("an answer that is read steadily goes on past the time-out", "[web]") {
  const TestServer server({{}, 64, kShortSeconds});
  HttpClient reader(server.address, 65536);
  CHECK(reader.send(get("/text?size=60000000")));
  CHECK(reader.receive().value().body.size() == 60000000);
}

TEST_CASE("a client that drips a request byte by byte is closed at its deadline", "[web]") {
  const TestServer server({{}, 64, kShortSeconds});
  HttpClient dripping(server.address);
  CHECK(dripping.send("GET /echo?"));
  int sent = 0;
  while (sent < 2000 && !dripping.is_closed(10)) {
    dripping.send("a");
    ++sent;
  }
  CHECK(sent < 2000);
}

TEST_CASE("clients that ask for many short answers and read none do not lock out a scrape", "[web]") {
  const TestServer server({{}, 64, kLongSeconds});
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += get("/text?size=100000");
  std::vector<HttpClient> readers;
  for (int i = 0; i < 200; ++i) {
    readers.emplace_back(server.address, 4096);
    readers.back().send(requests);
  }
  for (int i = 0; i < 20; ++i) CHECK(server.fetch(get("/text?size=100000")).body.size() == 100'000);
}

TEST_CASE("clients that send nothing, half a request, or half a body are closed", "[web]") {
  const TestServer server({{}, 64, kShortSeconds});
  const char* start = GENERATE("", "G", "GET /echo HTTP/1.1\r\nHost: te",
                               "POST /post HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nabc");
  HttpClient client(server.address);
  CHECK(client.send(start));
  CHECK(client.wait_for_close());
}

TEST_CASE("a kept connection is closed when no further request comes", "[web]") {
  const TestServer server({{}, 64, kShortSeconds});
  HttpClient client(server.address);
  CHECK(client.send(get("/echo")));
  REQUIRE(client.receive());
  CHECK(client.wait_for_close());
}

TEST_CASE("the limits hold on a unix socket too", "[web]") {
  const std::string path = std::filesystem::temp_directory_path() / ("iptraf_accept_" + std::to_string(getpid()));
  const TestServer server({{"unix:" + path}, 4, kShortSeconds});
  std::vector<HttpClient> slow;
  for (int i = 0; i < 12; ++i) {
    slow.emplace_back(server.address);
    slow.back().send(i % 2 == 0 ? "GET /ec" : get("/text?size=20000000"));
  }
  CHECK(server.fetch(get("/echo")).status == 200);
  HttpClient idle(server.address);
  CHECK(idle.wait_for_close());
}

/// Takes every file descriptor of the process until its end.
class NoDescriptors {
 public:
  NoDescriptors() {
    if (getrlimit(RLIMIT_NOFILE, &before_) != 0) return;
    rlimit tight = before_;
    tight.rlim_cur = 256;
    setrlimit(RLIMIT_NOFILE, &tight);
    while (hogs_.empty() || hogs_.back().is_open()) hogs_.emplace_back(dup(0));
    hogs_.pop_back();
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  void give_back_one() { hogs_.pop_back(); }

 private:
  rlimit before_{};
  std::vector<iptraf::FileDescriptor> hogs_;
};

TEST_CASE("without file descriptors a connection waits until there are some", "[web]") {
  const TestServer server({{}, 64, kLongSeconds});
  std::optional<NoDescriptors> none(std::in_place);
  none->give_back_one();
  HttpClient client(server.address);  // takes the one, so that the server has none to accept with
  CHECK(client.send(get("/echo")));
  CHECK_FALSE(client.is_closed());
  none.reset();
  CHECK(client.receive().value().status == 200);
}

TEST_CASE("without file descriptors an idle connection is closed in favour of a new one", "[web]") {
  const TestServer server({{}, 64, kLongSeconds});
  HttpClient idle(server.address);
  CHECK(idle.send(get("/echo")));
  REQUIRE(idle.receive());
  NoDescriptors none;
  none.give_back_one();
  HttpClient client(server.address);
  CHECK(client.send(get("/echo")));
  CHECK(client.receive().value().status == 200);
  CHECK(idle.wait_for_close());
}

TEST_CASE("destruction lets a running answer finish", "[web]") {
  Gate gate;
  std::optional<TestServer> server(std::in_place, iptraf::web::ServerOptions{{}, 64, kLongSeconds}, routes_with(gate));
  HttpClient waiting(server->address);
  CHECK(waiting.send(get("/gate")));
  gate.wait_for_visitor();
  const std::string address = server->address;
  std::thread stopper([&] { server.reset(); });
  while (accepts_connections(address)) std::this_thread::yield();
  gate.open();
  CHECK(waiting.receive().value().body == "through\n");
  stopper.join();
}

TEST_CASE("a server that was never started stops too", "[web]") {
  const iptraf::web::HttpServer server({{"127.0.0.1:0"}, 64, 10}, test_routes());
  CHECK(server.addresses().size() == 1);
}

TEST_CASE("the threads of the server take no signals", "[web]") {
  const TestServer server;
  CHECK(server.fetch(get("/echo")).status == 200);
  const std::string own = std::to_string(getpid());
  int others = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    if (entry.path().filename() == own) continue;
    std::ifstream status(entry.path() / "status");
    std::string line;
    while (std::getline(status, line)) {
      if (line.rfind("SigBlk:", 0) != 0) continue;
      const unsigned long long blocked = std::stoull(line.substr(8), nullptr, 16);
      for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE}) {
        CHECK((blocked >> (signal - 1) & 1U) == 1U);
      }
      ++others;
    }
  }
  CHECK(others >= 2);
}

}  // namespace
