// SPDX-License-Identifier: GPL-2.0-or-later
// A running server with a handful of routes, shared by the tests of the web room.
#pragma once

#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/http_client.hpp"
#include "web/http_server.hpp"

namespace iptraf::test {

/// A server's time-out for tests that wait for it: far longer than a thread waits for its processor, which is longer
/// with a sanitizer.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr double kShortSeconds = 1.5;
#elif defined(__has_feature)
constexpr double kShortSeconds = __has_feature(thread_sanitizer) || __has_feature(address_sanitizer) ? 1.5 : 0.3;
#else
constexpr double kShortSeconds = 0.3;
#endif

/// One line per fact of a request, so that a test can compare the whole.
inline std::string describe(const web::Request& request) {
  std::string text = request.method + " " + request.path + "\n";
  for (const auto& [key, value] : request.query) text += key + "=" + value + "\n";
  if (!request.body.empty()) text += "body " + request.body + "\n";
  text += request.is_local ? "local\n" : "remote\n";
  return text;
}

/// Routes: /echo (GET), /post (POST), /both (GET, POST), /text?size=N, /throw, /header?name=value.
inline std::vector<web::Route> test_routes() {
  const auto echo = [](const web::Request& request) {
    web::Response response;
    response.body = describe(request);
    return response;
  };
  const auto text = [](const web::Request& request) {
    web::Response response;
    response.body.assign(std::stoul(request.query.find("size")->second), 'x');
    return response;
  };
  const auto fail = [](const web::Request& request) -> web::Response {
    if (request.query.count("memory") > 0) throw std::bad_alloc();
    if (request.query.count("odd") > 0) throw 1;
    throw std::runtime_error("the table is on fire");
  };
  const auto header = [](const web::Request& request) {
    web::Response response;
    for (const auto& [name, value] : request.query) response.headers[name] = value;
    response.body = request.headers.count("x-test") > 0 ? request.headers.at("x-test") : "";
    return response;
  };
  return {{"/echo", {"GET"}, echo},  {"/post", {"POST"}, echo}, {"/both", {"GET", "POST"}, echo},
          {"/text", {"GET"}, text},  {"/throw", {"GET"}, fail}, {"/header", {"GET"}, header},
          {"/sp ace", {"GET"}, echo}};
}

/// A started server on one address.
struct TestServer {
  explicit TestServer(web::ServerOptions options = {}, std::vector<web::Route> routes = test_routes())
      : server(with_address(std::move(options)), std::move(routes)) {
    server.start();
    address = server.addresses().at(0);
  }

  static web::ServerOptions with_address(web::ServerOptions options) {
    if (options.listen_addresses.empty() && options.sockets.empty()) options.listen_addresses = {"127.0.0.1:0"};
    return options;
  }

  HttpResponse fetch(std::string_view request, bool has_body = true) const {
    return test::fetch(address, request, has_body);
  }

  web::HttpServer server;
  std::string address;
};

}  // namespace iptraf::test
