// SPDX-License-Identifier: GPL-2.0-or-later
// Answers in pieces as a client sees them: chunks, gzip, HEAD, slow and vanished readers, and pieces that fail.

#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include "support/catch.hpp"
#include "support/gunzip.hpp"
#include "web_fixture.hpp"

namespace {

using iptraf::test::get;
using iptraf::test::gunzip;
using iptraf::test::HttpClient;
using iptraf::test::HttpResponse;
using iptraf::test::kShortSeconds;
using iptraf::test::test_routes;
using iptraf::test::TestServer;
using iptraf::web::Request;
using iptraf::web::Response;
using iptraf::web::Route;

constexpr std::size_t kPieceBytes = 20000;

/// Tells when everything that held on to an answer has let go.
class Ending {
 public:
  ~Ending() { over_.set_value(); }
  std::future<void> over() { return over_.get_future(); }

 private:
  std::promise<void> over_;
};

bool comes(const std::future<void>& event) {
  return event.wait_for(std::chrono::seconds(HttpClient::kPatienceSeconds)) == std::future_status::ready;
}

std::string piece_of(std::size_t number) { return std::string(kPieceBytes, static_cast<char>('a' + number % 26)); }

std::string pieces(std::size_t count) {
  std::string text = "begin ";
  for (std::size_t i = 0; i < count; ++i) text += piece_of(i);
  return text;
}

/// Not one expression of the test, which would print megabytes.
bool is_pieces(const std::string& text, std::size_t count) { return text == pieces(count); }

/// /pieces?count=N: "begin ", then N pieces. The one numbered `fail` throws.
Route pieces_route(const std::shared_ptr<Ending>& ending = nullptr) {
  return {"/pieces", {"GET"}, [ending = std::weak_ptr(ending)](const Request& request) {
            const std::size_t count = std::stoul(request.query.find("count")->second);
            const auto fail = request.query.find("fail");
            const std::size_t failing = fail == request.query.end() ? count : std::stoul(fail->second);
            Response response;
            response.body = "begin ";
            response.next_piece = [=, held = ending.lock(), next = std::size_t{0}](std::string& piece) mutable {
              if (next == count) return false;
              if (next == failing) throw std::runtime_error("the table is on fire");
              piece = piece_of(next);
              return ++next < count;
            };
            return response;
          }};
}

std::vector<Route> routes_with_pieces(const std::shared_ptr<Ending>& ending = nullptr) {
  std::vector<Route> routes = test_routes();
  routes.push_back(pieces_route(ending));
  return routes;
}

TEST_CASE("pieces arrive in chunks, in order and whole", "[web]") {
  const TestServer server({}, routes_with_pieces());
  const std::size_t count = GENERATE(0U, 1U, 2U, 500U);
  const HttpResponse response = server.fetch(get("/pieces?count=" + std::to_string(count)));
  CHECK(response.status == 200);
  CHECK(response.headers.at("transfer-encoding") == "chunked");
  CHECK(response.headers.count("content-length") == 0);
  CHECK(response.headers.at("x-content-type-options") == "nosniff");
  CHECK(is_pieces(response.body, count));
}

TEST_CASE("the connection is kept after an answer in pieces", "[web]") {
  const TestServer server({}, routes_with_pieces());
  HttpClient client(server.address);
  client.send(get("/pieces?count=3") + get("/pieces?count=4") + get("/echo"));
  CHECK(is_pieces(client.receive().value().body, 3));
  CHECK(is_pieces(client.receive().value().body, 4));
  CHECK(client.receive().value().body == "GET /echo\nlocal\n");
}

TEST_CASE("HEAD of an answer in pieces is its headers and nothing more, and asks for no piece", "[web]") {
  const TestServer server({}, routes_with_pieces());
  HttpClient client(server.address);
  client.send("HEAD /pieces?count=5&fail=0 HTTP/1.1\r\nHost: test\r\n\r\n");
  const HttpResponse head = client.receive(false).value();
  CHECK(head.status == 200);
  CHECK(head.headers.count("content-length") == 0);
  CHECK(client.read_to_end().empty());
}

TEST_CASE("HTTP/1.0 gets pieces up to the end of the connection", "[web]") {
  const TestServer server({}, routes_with_pieces());
  HttpClient client(server.address);
  client.send("GET /pieces?count=30 HTTP/1.0\r\n\r\n");
  const HttpResponse response = client.receive().value();
  CHECK(response.headers.count("transfer-encoding") == 0);
  CHECK(is_pieces(response.body, 30));
}

TEST_CASE("pieces are compressed for those who ask", "[web]") {
  const TestServer server({}, routes_with_pieces());
  const std::size_t count = GENERATE(0U, 1U, 200U);
  const HttpResponse response =
      server.fetch(get("/pieces?count=" + std::to_string(count), "Accept-Encoding: gzip\r\n"));
  CHECK(response.headers.at("content-encoding") == "gzip");
  CHECK(response.headers.at("vary") == "Accept-Encoding");
  CHECK(response.body.size() < 100 + count * kPieceBytes / 50);
  CHECK(is_pieces(gunzip(response.body), count));
}

TEST_CASE("a piece that fails ends the connection, not the server", "[web]") {
  const TestServer server({}, routes_with_pieces());
  const char* header = GENERATE("", "Accept-Encoding: gzip\r\n");
  for (const char* failing : {"0", "3", "29"}) {
    HttpClient client(server.address);
    client.send(get("/pieces?count=30&fail=" + std::string(failing), header));
    CHECK_FALSE(client.receive());
  }
  CHECK(server.fetch(get("/echo")).status == 200);
}

TEST_CASE("what pieces hold on to is let go with the last one", "[web]") {
  auto ending = std::make_shared<Ending>();
  const std::future<void> over = ending->over();
  const std::weak_ptr<Ending> watched = ending;
  const TestServer server({}, routes_with_pieces(ending));
  HttpClient client(server.address, 4096);
  client.send(get("/pieces?count=1000"));
  while (watched.use_count() == 1) std::this_thread::yield();
  ending.reset();
  CHECK_FALSE(watched.expired());
  CHECK(is_pieces(client.receive().value().body, 1000));
  CHECK(comes(over));
}

TEST_CASE("what pieces hold on to is let go when the reader vanishes", "[web]") {
  auto ending = std::make_shared<Ending>();
  const std::future<void> over = ending->over();
  const std::weak_ptr<Ending> watched = ending;
  const TestServer server({}, routes_with_pieces(ending));
  {
    HttpClient client(server.address, 4096);
    client.send(get("/pieces?count=100000"));
    while (watched.use_count() == 1) std::this_thread::yield();
    ending.reset();
  }
  CHECK(comes(over));
}

TEST_CASE("a reader of pieces that stalls is cut off and lets go of what they hold", "[web]") {
  auto ending = std::make_shared<Ending>();
  const std::future<void> over = ending->over();
  const std::weak_ptr<Ending> watched = ending;
  const TestServer server({{}, 64, kShortSeconds}, routes_with_pieces(ending));
  HttpClient client(server.address, 4096);
  client.send(get("/pieces?count=100000"));
  while (watched.use_count() == 1) std::this_thread::yield();
  ending.reset();
  CHECK(comes(over));
  CHECK_FALSE(client.receive());
}

TEST_CASE("pieces that are read steadily go on past the time-out", "[web]") {
  const TestServer server({{}, 64, kShortSeconds}, routes_with_pieces());
  HttpClient reader(server.address, 65536);
  reader.send(get("/pieces?count=1000000000"));
  CHECK(reader.reads_on_for(std::chrono::duration<double>(3 * kShortSeconds)));
}

TEST_CASE("slow readers of pieces do not hold up others", "[web]") {
  const TestServer server({{}, 64, 300}, routes_with_pieces());
  std::vector<HttpClient> readers;
  for (int i = 0; i < 20; ++i) {
    readers.emplace_back(server.address, 4096);
    readers.back().send(get("/pieces?count=100000", i % 2 == 0 ? "" : "Accept-Encoding: gzip\r\n"));
  }
  for (int i = 0; i < 20; ++i) CHECK(server.fetch(get("/echo")).status == 200);
}

TEST_CASE("a server stops while pieces are being sent", "[web]") {
  auto ending = std::make_shared<Ending>();
  const std::future<void> over = ending->over();
  const std::weak_ptr<Ending> watched = ending;
  auto server = std::make_unique<TestServer>(iptraf::web::ServerOptions{{}, 64, 300}, routes_with_pieces(ending));
  HttpClient client(server->address, 4096);
  client.send(get("/pieces?count=100000"));
  while (watched.use_count() == 1) std::this_thread::yield();
  ending.reset();
  server.reset();
  CHECK(comes(over));
  CHECK_FALSE(client.receive());
}

TEST_CASE("a text that many responses share has its length and is sent whole to each", "[web]") {
  const auto text = std::make_shared<const std::string>(std::string(300000, 's'));
  const Route shared{"/shared", {"GET"}, [text](const Request&) {
                       Response response;
                       response.shared_body = text;
                       return response;
                     }};
  const TestServer server({}, {shared});
  for (int i = 0; i < 3; ++i) {
    const HttpResponse response = server.fetch(get("/shared"));
    CHECK(response.headers.at("content-length") == "300000");
    CHECK((response.body == *text));
  }
}

TEST_CASE("a full server ends each connection with its answer", "[web]") {
  const TestServer server({{}, 2, 300});
  HttpClient greedy(server.address);
  std::vector<HttpClient> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back(server.address);
    REQUIRE(others.back().send(get("/echo")));
    REQUIRE(others.back().receive());
  }
  HttpClient pipelining(server.address);
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += get("/echo");
  pipelining.send(requests);
  const HttpResponse response = pipelining.receive().value();
  CHECK(response.headers.at("connection") == "close");
  CHECK(pipelining.wait_for_close());
}

}  // namespace
