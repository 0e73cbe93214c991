// SPDX-License-Identifier: GPL-2.0-or-later
// Router: from a complete request to a finished response, without a socket.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "web/http_server.hpp"

namespace iptraf::web {

/// Says what was wrong: as JSON below /api/, else as plain text; ends with a line feed.
Response error_response(int status, const std::string& what, std::string_view path = {});

/// Finds the route of a request, runs it, and dresses its response. Any thread; nothing changes after construction.
class Router {
 public:
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  /// Whether a route answers this path and method.
  bool has_route(const std::string& path, const std::string& method) const;

  /// Whether the request's route may take seconds.
  bool is_slow(const Request& request) const;

  /// Runs the route. No route: 404, or 405 when the path answers other methods. What the route throws becomes a 500,
  /// a lack of memory 503.
  Response run(const Request& request) const;

 private:
  const Route* find(const std::string& path, const std::string& method) const;
  Response refuse(const Request& request) const;

  std::vector<Route> routes_;
};

/// Adds what every response has: the security headers, and gzip for bodies of at least kMinGzipBytes when the
/// request allows it. `accept_encoding` is empty when the request has no such header.
void finish_response(Response& response, const std::string& accept_encoding);

inline constexpr std::size_t kMinGzipBytes = 256;

}  // namespace iptraf::web
