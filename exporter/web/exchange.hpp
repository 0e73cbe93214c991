// SPDX-License-Identifier: GPL-2.0-or-later
// Exchange: one request as it comes in, up to its response. Knows HTTP's limits, but no library and no socket.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "web/http_server.hpp"
#include "web/router.hpp"
#include "web/security/gatekeeper.hpp"

namespace iptraf::web {

inline constexpr std::size_t kMaxTargetBytes = 8192;
inline constexpr std::size_t kMaxHeaderBytes = 16384;
inline constexpr std::size_t kMaxBodyBytes = 4096;
/// Of a body without a length that turns out too large, so much is read away before the connection is cut.
inline constexpr std::size_t kMaxDiscardedBytes = std::size_t{1} << 20;

/// Used by one HTTP thread at a time: head, then body pieces, then response.
class Exchange {
 public:
  explicit Exchange(std::string target) : target_(std::move(target)) {}

  void set_method(std::string method) { request_.method = std::move(method); }
  void set_peer(bool is_local, bool is_unix_socket, std::uint64_t network) {
    request_.is_local = is_local;
    request_.is_unix_socket = is_unix_socket;
    request_.network = network;
  }
  void set_needs_host(bool needs_host) { needs_host_ = needs_host; }  ///< every version but HTTP/1.0 does
  /// Another program may have read another request: it is refused, and whatever follows on its connection too.
  void set_ambiguous() { is_ambiguous_ = true; }
  void set_arrived_by(std::chrono::steady_clock::time_point moment) { request_.arrived_by = moment; }

  /// A header line. Repeated names are joined by a comma (RFC 9110 section 5.3).
  void add_header(std::string_view name, std::string_view value);

  const Request& request() const { return request_; }
  std::size_t target_bytes() const { return target_.size(); }  ///< as the client wrote it
  /// How the request stands before the web configuration.
  Admission& admission() { return admission_; }

  bool has_head() const { return has_head_; }  ///< all header lines have come
  bool has_method(std::string_view method) const { return request_.method == method; }

  /// The head is complete. True: the response is decided already, and the body is not worth reading.
  bool finish_head(const Router& router);

  /// False: the client sends far too much, cut it off.
  bool add_body(std::string_view piece);

  /// The request is complete and has been judged. Runs the route, unless the request is refused.
  Response respond(const Router& router);

  /// The same ahead of time, on another thread, while no HTTP thread touches the exchange. Once. Where the route may
  /// not run there is 503 instead.
  void prepare(const Router& router, bool may_run) noexcept;
  bool is_prepared() const { return is_prepared_; }

  /// 503, for a request that nothing is wrong with.
  Response busy() const;

  /// What the response is on the wire: a page of our own in place of one that could not be made, in the same dress.
  Response dressed(Response response) const;

 private:
  std::optional<Response> refusal(const Router& router) const;

  std::string target_;
  Request request_;
  Admission admission_;
  std::optional<Response> prepared_;
  bool is_prepared_ = false;
  bool has_head_ = false;
  bool is_target_valid_ = false;
  bool needs_host_ = false;
  bool has_odd_name_ = false;  // of a header: it is no token
  bool is_ambiguous_ = false;
  bool is_chunked_ = false;  // RFC 9112 section 7.1
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_ = 0;      // announced, or received where that is more
  std::size_t received_bytes_ = 0;  // of the body
  unsigned host_headers_ = 0;
  unsigned length_headers_ = 0;  // Content-Length and Transfer-Encoding (RFC 9112 section 6.3)
};

}  // namespace iptraf::web
