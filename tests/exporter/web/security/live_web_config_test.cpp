// SPDX-License-Identifier: GPL-2.0-or-later
// A web configuration whose file changes, and the requests that it judges, on a server without TLS.
#include "web/security/live_web_config.hpp"

#include <microhttpd.h>
#include <sys/stat.h>

#include <thread>

#include "../web_fixture.hpp"
#include "config/problems.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "support/temporary_directory.hpp"
#include "web/security/gatekeeper.hpp"

namespace {

using iptraf::config::ConfigError;
using iptraf::test::get;
using iptraf::test::HttpClient;
using iptraf::test::HttpResponse;
using iptraf::test::LogCapture;
using iptraf::test::TemporaryDirectory;
using iptraf::test::TestServer;
using iptraf::web::LiveWebConfig;
using Moment = LiveWebConfig::Moment;

// Of crypt_blowfish's tests: cost 5, for "U*U". Base64 of "bob:U*U", "bob:wrong" and "eve:U*U".
const std::string kUsers =
    "basic_auth_users: {bob: \"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\"}\n";
const std::string kBob = "Authorization: Basic Ym9iOlUqVQ==\r\n";
const std::string kBobWrong = "Authorization: Basic Ym9iOndyb25n\r\n";
const std::string kEve = "Authorization: Basic ZXZlOlUqVQ==\r\n";

/// A file that can be exchanged; nobody else may read it.
struct File {
  explicit File(const std::string& text) { write(text); }
  void write(const std::string& text) const {
    // Under a new name first: then the inode differs, however coarse the clock of the file system is.
    const std::string path = folder.write("new", text);
    ::chmod(path.c_str(), 0600);
    REQUIRE(std::rename(path.c_str(), folder.file("web.yml").c_str()) == 0);
  }
  std::string path() const { return folder.file("web.yml"); }
  TemporaryDirectory folder;
};

Moment at(int seconds) { return Moment{} + std::chrono::hours(1) + std::chrono::seconds(seconds); }

TEST_CASE("A changed file is taken up, but looked at once a second at most", "[live_web_config]") {
  const LogCapture log;
  const File file("http_server_config: {headers: {X-Frame-Options: deny}}\n");
  LiveWebConfig live(file.path());
  const auto first = live.current(at(0));
  CHECK(first->config.headers.at("X-Frame-Options") == "deny");
  file.write("http_server_config: {headers: {X-Frame-Options: sameorigin}}\n");
  CHECK(live.current(at(0)) == first);
  CHECK(live.current(at(1))->config.headers.at("X-Frame-Options") == "sameorigin");
  CHECK(live.current(at(2)) == live.current(at(3)));
  CHECK(log.count("has changed, and is in effect") == 1);
}

TEST_CASE("A file that goes bad changes nothing and is told once for each change", "[live_web_config]") {
  const LogCapture log;
  const File file(kUsers);
  LiveWebConfig live(file.path());
  const auto first = live.current(at(0));
  file.write("basic_auth_user: {}\n");
  for (int second = 1; second < 5; ++second) CHECK(live.current(at(second)) == first);
  CHECK(log.count("did you mean \"basic_auth_users\"?") == 1);
  CHECK(log.count("the old one stays in effect") == 1);
  REQUIRE(std::remove(file.path().c_str()) == 0);
  for (int second = 5; second < 9; ++second) CHECK(live.current(at(second)) == first);
  CHECK(log.count("No such file or directory") == 1);
  file.write("");  // as a copy on a full disk leaves it
  for (int second = 9; second < 13; ++second) CHECK(live.current(at(second)) == first);
  CHECK(log.count("basic_auth_users: logins cannot be turned off without a restart") == 1);
}

TEST_CASE("A reload reads at once, and all or nothing", "[live_web_config]") {
  const LogCapture log;
  const File file(kUsers);
  LiveWebConfig live(file.path());
  const auto first = live.current(at(0));
  file.write("x: y\n");
  CHECK_THROWS_AS(live.read(), ConfigError);
  CHECK(live.current(at(0)) == first);
  file.write("basic_auth_users:\n");
  CHECK_THROWS_WITH(live.read(), Catch::Matchers::Contains("logins cannot be turned off without a restart"));
  file.write(std::string(kUsers) + "rate_limit: {interval: 1s, burst: 2}\n");
  live.adopt(live.read());
  CHECK(live.current(at(0))->config.rate_limit.burst == 2);
}

TEST_CASE("TLS is not turned on without a restart", "[live_web_config]") {
  const LogCapture log;
  const File file("");
  const LiveWebConfig live(file.path());
  CHECK_FALSE(live.has_tls());
  file.write("tls_server_config: {cert_file: nothing, key_file: nothing}\n");
  CHECK_THROWS_WITH(live.read(), file.path() + ": tls_server_config: " + file.folder.file("nothing") +
                                     ": cannot be opened: No such file or directory");
}

TEST_CASE("Secrets that everyone can read are a warning", "[live_web_config]") {
  const File file(kUsers);
  {
    const LogCapture log;
    const LiveWebConfig live(file.path());
    CHECK(log.text().empty());
  }
  ::chmod(file.path().c_str(), 0644);
  const LogCapture log;
  const LiveWebConfig live(file.path());
  CHECK(log.text() == "warning " + file.path() +
                          ": everyone on this machine can read the secrets in it; chmod o= " + file.path() + "\n");
}

/// A server with a web configuration.
struct GuardedServer {
  explicit GuardedServer(const std::string& text)
      : file(text), server({{}, 64, 10, {}, std::make_shared<LiveWebConfig>(file.path())}, routes()) {}

  static std::vector<iptraf::web::Route> routes() {
    std::vector<iptraf::web::Route> list = iptraf::test::test_routes();
    list.push_back({"/who", {"GET"}, [](const iptraf::web::Request& request) {
                      iptraf::web::Response response;
                      response.body = request.is_authenticated ? "known\n" : "unknown\n";
                      return response;
                    }});
    return list;
  }

  File file;
  TestServer server;
};

TEST_CASE("Every path needs a login when there are users", "[live_web_config]") {
  const GuardedServer guarded(kUsers);
  for (const std::string& login : {std::string(), kBobWrong, kEve, std::string("Authorization: Basic x\r\n")}) {
    for (const char* path : {"/echo", "/nothing", "/%zz"}) {
      const HttpResponse response = guarded.server.fetch(get(path, login));
      CAPTURE(path, login);
      CHECK(response.status == 401);
      CHECK(response.headers.at("www-authenticate") == "Basic");
      CHECK(response.headers.at("x-content-type-options") == "nosniff");
    }
  }
  CHECK(guarded.server.fetch(get("/echo", kBob)).status == 200);
  CHECK(guarded.server.fetch(get("/nothing", kBob)).status == 404);
  CHECK(guarded.server.fetch(get("/who", kBob)).body == "known\n");
}

TEST_CASE("A request with a body is judged like others", "[live_web_config]") {
  const GuardedServer guarded(kUsers);
  const auto post = [&](const std::string& login, std::size_t size) {
    return guarded.server
        .fetch("POST /post HTTP/1.1\r\nHost: test\r\n" + login + "Content-Length: " + std::to_string(size) +
               "\r\n\r\n" + std::string(size, 'b'))
        .status;
  };
  CHECK(post("", 3) == 401);
  CHECK(post("", 5000) == 401);
  CHECK(post(kBobWrong, 5000) == 401);
  CHECK(post(kBob, 5000) == 413);
  CHECK(post(kBob, 4096) == 200);
}

TEST_CASE("Logins on one connection follow each other", "[live_web_config]") {
  const GuardedServer guarded(kUsers);
  HttpClient client(guarded.server.address);
  client.send(get("/who", kBobWrong) + get("/who", kBob) + get("/who") + get("/who", kBob));
  for (const int status : {401, 200, 401, 200}) CHECK(client.receive().value().status == status);
}

TEST_CASE("Many logins at once are all answered, right, wrong or busy", "[live_web_config]") {
  const GuardedServer guarded(kUsers);
  std::vector<HttpClient> clients;
  for (int i = 0; i < 40; ++i) {
    clients.emplace_back(guarded.server.address);
    clients.back().send(get("/who", i % 2 == 0 ? kBob : kBobWrong));
  }
  for (int i = 0; i < 40; ++i) {
    const int status = clients[static_cast<std::size_t>(i)].receive().value().status;
    CAPTURE(i, status);
    CHECK((status == 503 || status == (i % 2 == 0 ? 200 : 401)));
  }
}

TEST_CASE("A server that stops while passwords are checked stops", "[live_web_config]") {
  std::vector<HttpClient> clients;
  {
    const GuardedServer guarded(kUsers);
    for (int i = 0; i < 30; ++i) {
      clients.emplace_back(guarded.server.address);
      clients.back().send(get("/who", kBobWrong));
    }
  }
  for (HttpClient& client : clients) CHECK(client.wait_for_close());
}

TEST_CASE("Without users nobody is authenticated", "[live_web_config]") {
  const GuardedServer guarded("");
  CHECK(guarded.server.fetch(get("/who")).body == "unknown\n");
  CHECK(guarded.server.fetch(get("/who", kBob)).body == "unknown\n");
}

TEST_CASE("Configured headers are on every response, in place of our own", "[live_web_config]") {
  const GuardedServer guarded(
      "http_server_config: {headers: {Content-Security-Policy: \"\", X-Frame-Options: deny, Strict-Transport-Security: "
      "max-age=7}}\n");
  for (const auto& [path, status] : {std::pair{"/echo", 200}, std::pair{"/nothing", 404}, std::pair{"/throw", 500},
                                     std::pair{"/header?X-A=b%0d%0aX-B:%20c", 500}}) {
    CAPTURE(path);
    const HttpResponse response = guarded.server.fetch(get(path));
    CHECK(response.status == status);
    CHECK(response.headers.at("x-frame-options") == "deny");
    CHECK(response.headers.at("strict-transport-security") == "max-age=7");
    CHECK(response.headers.count("content-security-policy") == 0);
    CHECK(response.headers.at("x-content-type-options") == "nosniff");
  }
}

TEST_CASE("Configured headers are on the answers to requests that are none", "[live_web_config]") {
  if (MHD_VERSION >= 0x00097701) {
    WARN("this version of the library answers them itself");
    return;
  }
  const GuardedServer guarded("http_server_config: {headers: {X-Frame-Options: deny}}\n");
  const auto [request, goes_on] = GENERATE(table<const char*, bool>(
      {{"GET /echo HTTP/1.1\r\n\r\n", true}, {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", false}}));
  CAPTURE(request);
  HttpClient client(guarded.server.address);
  client.send(request);
  const std::optional<HttpResponse> response = client.receive();
  REQUIRE(response);
  CHECK(response->status == 400);
  CHECK(response->headers.at("x-frame-options") == "deny");
  client.send(get("/echo"));
  CHECK(client.receive().has_value() == goes_on);
}

TEST_CASE("What exceeds the rate limit is 429 before any login", "[live_web_config]") {
  const GuardedServer guarded(kUsers + "rate_limit: {interval: 1d, burst: 2}\n");
  CHECK(guarded.server.fetch(get("/who")).status == 401);
  CHECK(guarded.server.fetch(get("/who", kBob)).status == 200);
  const HttpResponse refused = guarded.server.fetch(get("/who", kBob));
  CHECK(refused.status == 429);
  CHECK(refused.headers.at("retry-after") == "86400");
}

}  // namespace
