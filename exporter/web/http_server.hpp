// SPDX-License-Identifier: GPL-2.0-or-later
// The HTTP server: libmicrohttpd behind our own accept loop, so that idle clients never lock out a scrape.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/file_descriptor.hpp"

namespace iptraf::web {

/// A complete request. Header names are lower case; `query` keeps repeated keys, decoded.
struct Request {
  std::string method;
  std::string path;
  std::multimap<std::string, std::string> query;
  std::map<std::string, std::string> headers;
  std::string body;
  bool is_local = false;        ///< the peer is loopback or a unix socket
  bool is_unix_socket = false;  ///< the peer is a unix socket
  std::uint64_t network = 0;    ///< of the peer, see peer_network()
  /// The whole request was at this host by then. Later than any other moment: when it came is not known.
  std::chrono::steady_clock::time_point arrived_by = std::chrono::steady_clock::time_point::max();
  bool is_authenticated = false;  ///< by a login or a verified client certificate of the web configuration
};

/// Puts the next bytes of a body into `piece`, which is empty. False: these were the last. A throw ends the
/// connection, so that the client sees that the body is not whole.
using NextPiece = std::function<bool(std::string& piece)>;

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::map<std::string, std::string> headers;
  NextPiece next_piece{};  ///< what follows on `body`, asked for at the client's pace on an HTTP thread
  std::shared_ptr<const std::string> shared_body{};  ///< in place of `body`: one text that many responses share
};

/// Answers one path. Must not throw across the server (a throw becomes a 500).
struct Route {
  std::string path;
  std::vector<std::string> methods;  ///< GET implies HEAD
  std::function<Response(const Request&)> handle;
  bool is_slow = false;  ///< may take seconds: runs beside the HTTP threads, one at a time
};

class LiveWebConfig;

struct ServerOptions {
  std::vector<std::string> listen_addresses;  ///< :port, host:port, [v6]:port, unix:/path
  std::uint32_t max_connections = 64;
  double timeout_seconds = 10;
  std::vector<FileDescriptor> sockets{};        ///< that listen already; they come after the addresses
  std::shared_ptr<LiveWebConfig> web_config{};  ///< TLS, logins and headers; null: none of them
  std::optional<gid_t> socket_group{};          ///< of unix sockets; by default the process's own
};

/// An address cannot be listened on. what() names it and says why.
class ListenError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Listens from construction on; answers from start() on, until destruction.
/// Threading: construct, start and destroy on the main thread; routes run on the server's threads.
class HttpServer {
 public:
  HttpServer(ServerOptions options, std::vector<Route> routes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void start();

  /// Where the server listens, port 0 resolved: "127.0.0.1:10137", "[::]:10137", "unix:/run/x".
  std::vector<std::string> addresses() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace iptraf::web
