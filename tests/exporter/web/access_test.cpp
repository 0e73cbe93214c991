// SPDX-License-Identifier: GPL-2.0-or-later
// Who is let in to private pages: clients of this machine, under names that nobody else can point at it.
#include "web/access.hpp"

#include <map>

#include "support/catch.hpp"

namespace {

using iptraf::web::access_refusal;
using iptraf::web::Request;

enum class Peer { kRemote, kLoopback, kUnixSocket };

Request from(Peer peer, std::map<std::string, std::string> headers) {
  Request request;
  request.is_local = peer != Peer::kRemote;
  request.is_unix_socket = peer == Peer::kUnixSocket;
  request.headers = std::move(headers);
  return request;
}

bool is_let_in(Peer peer, std::map<std::string, std::string> headers, bool is_open = false) {
  return !access_refusal(from(peer, std::move(headers)), is_open);
}

std::string refusal(Peer peer, std::map<std::string, std::string> headers) {
  return access_refusal(from(peer, std::move(headers)), false).value_or("");
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("a client of this machine that asks for an IP address or localhost is let in", "[web]") {
  const char* host = GENERATE("127.0.0.1", "127.0.0.1:10137", "10.0.0.1:80", "localhost", "localhost:10137",
                              "LocalHost:1", "[::1]", "[::1]:10137", "[2001:db8::1]:80", "[::ffff:127.0.0.1]:80", "");
  CAPTURE(host);
  CHECK(is_let_in(Peer::kLoopback, {{"host", host}}));
}

TEST_CASE("a request without a Host is no browser's", "[web]") { CHECK(is_let_in(Peer::kLoopback, {})); }

TEST_CASE("a name that anyone may point at this machine is refused", "[web]") {
  const char* host = GENERATE("rebind.example", "rebind.example:10137", "localhost.example", "127.0.0.1.example",
                              "localhost.", "xlocalhost", "127.0.0.1x", "127.1", "2130706433", "0x7f.0.0.1", "::1",
                              "[localhost]", "[127.0.0.1]", "[]", "[::1", "::1]", ":80", "[::1]x", "[fe80::1%lo]",
                              "localhost:80@rebind.example", "127.0.0.1:x", "[::1]:80.rebind.example");
  CAPTURE(host);
  const std::string message = refusal(Peer::kLoopback, {{"host", host}});
  CHECK(contains(message, "\"" + std::string(host) + "\""));
  CHECK(contains(message, "web.open_api: true"));
  CHECK(is_let_in(Peer::kLoopback, {{"host", host}}, true));
  CHECK(is_let_in(Peer::kUnixSocket, {{"host", host}}));
}

TEST_CASE("a client of another machine is refused and told both ways in", "[web]") {
  const std::string message = refusal(Peer::kRemote, {{"host", "10.0.0.1:10137"}});
  CHECK(contains(message, "only this machine may ask"));
  CHECK(contains(message, "web.open_api: true"));
  CHECK(contains(message, "127.0.0.1, [::1] or a unix socket"));
  CHECK_FALSE(is_let_in(Peer::kRemote, {{"host", "localhost"}}));
  CHECK(is_let_in(Peer::kRemote, {{"host", "exporter.example"}}, true));
}

TEST_CASE("the page's own Origin is let in", "[web]") {
  CHECK(is_let_in(Peer::kLoopback, {{"host", "127.0.0.1:10137"}, {"origin", "http://127.0.0.1:10137"}}));
  CHECK(is_let_in(Peer::kLoopback, {{"host", "[::1]:10137"}, {"origin", "http://[::1]:10137"}}));
  CHECK(is_let_in(Peer::kLoopback, {{"host", "localhost"}, {"origin", "http://localhost"}}));
  CHECK(is_let_in(Peer::kLoopback, {{"host", "localhost:80"}, {"origin", "http://localhost"}}));
  CHECK(is_let_in(Peer::kLoopback, {{"host", "LOCALHOST"}, {"origin", "HTTP://localhost:80"}}));
  CHECK(is_let_in(Peer::kRemote, {{"host", "exporter.example"}, {"origin", "https://exporter.example:443"}}, true));
}

TEST_CASE("a foreign Origin is refused, whoever asks and however open the API is", "[web]") {
  const char* origin =
      GENERATE("http://evil.example", "http://127.0.0.1", "http://127.0.0.1:10138", "http://localhost:10137",
               "https://127.0.0.1", "null", "", "127.0.0.1:10137", "http://127.0.0.1:10137, http://127.0.0.1:10137",
               "http://127.0.0.1:10137.evil.example", "http://a@127.0.0.1:10137", "http://127.0.0.1:10137/");
  CAPTURE(origin);
  for (const Peer peer : {Peer::kLoopback, Peer::kUnixSocket, Peer::kRemote}) {
    for (const bool is_open : {false, true}) {
      CHECK_FALSE(is_let_in(peer, {{"host", "127.0.0.1:10137"}, {"origin", origin}}, is_open));
    }
  }
  CHECK_FALSE(is_let_in(Peer::kUnixSocket, {{"origin", origin}}));
}

TEST_CASE("the text of a refusal is printable", "[web]") {
  CHECK(contains(refusal(Peer::kLoopback, {{"host", "a\x01\xff"}}), "a\\x01\\xff"));
  CHECK(contains(refusal(Peer::kLoopback, {{"host", "a"}, {"origin", "\x7f"}}), "\\x7f"));
}

}  // namespace
