// SPDX-License-Identifier: GPL-2.0-or-later
// Routing, error pages, and the headers that every response has.
#include "web/router.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "output/json.hpp"
#include "web/gzip.hpp"
#include "web/header_text.hpp"

namespace iptraf::web {
namespace {

constexpr std::string_view kApiPrefix = "/api/";

// Pages are plain HTML with an inline style; they load nothing, run nothing and are framed by nobody.
constexpr const char* kContentSecurityPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

bool allows(const Route& route, const std::string& method) {
  const auto listed = [&route](const std::string& name) {
    return std::find(route.methods.begin(), route.methods.end(), name) != route.methods.end();
  };
  return listed(method) || (method == "HEAD" && listed("GET"));
}

bool has_header(const Response& response, const std::string& lower_case_name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& header) { return lower_case(header.first) == lower_case_name; });
}

void add_vary(Response& response) {
  std::string& vary = response.headers["Vary"];
  vary += (vary.empty() ? "" : ", ") + std::string("Accept-Encoding");
}

/// A body in pieces as a gzip file in pieces; `begin` goes before what `next` gives.
NextPiece gzip_pieces(const std::string& begin, NextPiece next) {
  struct State {
    NextPiece next;
    GzipStream stream;
    std::string packed;  // what came out already
  };
  const auto state = std::make_shared<State>();
  state->next = std::move(next);
  state->stream.add(begin, false, state->packed);
  return [state](std::string& piece) {
    std::string text;
    const bool has_more = state->next(text);
    piece = std::exchange(state->packed, {});
    state->stream.add(text, !has_more, piece);
    return has_more;
  };
}

void compress(Response& response, const std::string& accept_encoding) {
  const bool is_large = response.next_piece || response.body.size() >= kMinGzipBytes;
  if (!is_large || has_header(response, "content-encoding")) return;
  add_vary(response);
  if (!accepts_gzip(accept_encoding)) return;
  if (response.next_piece) {
    response.next_piece = gzip_pieces(response.body, std::move(response.next_piece));
    response.body.clear();
  } else {
    response.body = gzip(response.body);
  }
  response.headers["Content-Encoding"] = "gzip";
}

}  // namespace

Response error_response(int status, const std::string& what, std::string_view path) {
  Response response;
  response.status = status;
  if (path.substr(0, kApiPrefix.size()) == kApiPrefix) {
    response.content_type = output::kJsonContentType;
    response.body = "{\"status\":\"error\",\"error\":" + output::to_json_string(what) + "}\n";
  } else {
    response.body = what + "\n";
  }
  return response;
}

const Route* Router::find(const std::string& path, const std::string& method) const {
  const auto found = std::find_if(routes_.begin(), routes_.end(),
                                  [&](const Route& route) { return route.path == path && allows(route, method); });
  return found == routes_.end() ? nullptr : &*found;
}

bool Router::has_route(const std::string& path, const std::string& method) const {
  return find(path, method) != nullptr;
}

bool Router::is_slow(const Request& request) const {
  const Route* const route = find(request.path, request.method);
  return route != nullptr && route->is_slow;
}

Response Router::refuse(const Request& request) const {
  std::string allowed;
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    if (has_route(request.path, method)) allowed += (allowed.empty() ? "" : ", ") + std::string(method);
  }
  if (allowed.empty())
    return error_response(404, "There is nothing at this path. / lists what there is.", request.path);
  Response response = error_response(405, "This path answers " + allowed + " only.", request.path);
  response.headers["Allow"] = allowed;
  return response;
}

Response Router::run(const Request& request) const {
  const Route* const route = find(request.path, request.method);
  if (route == nullptr) return refuse(request);
  try {
    return route->handle(request);
  } catch (const std::bad_alloc&) {
    return error_response(503, "There is not enough memory for this answer.", request.path);
  } catch (const std::exception& error) {
    return error_response(500, std::string("The answer could not be made: ") + error.what(), request.path);
  } catch (...) {
    return error_response(500, "The answer could not be made, for an unknown reason.", request.path);
  }
}

void finish_response(Response& response, const std::string& accept_encoding) {
  compress(response, accept_encoding);
  response.headers.emplace("X-Content-Type-Options", "nosniff");
  response.headers.emplace("Content-Security-Policy", kContentSecurityPolicy);
}

}  // namespace iptraf::web
