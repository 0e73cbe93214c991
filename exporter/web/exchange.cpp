// SPDX-License-Identifier: GPL-2.0-or-later
// The limits of a request and the refusals that follow from them.
#include "web/exchange.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include "web/header_text.hpp"
#include "web/request_target.hpp"

namespace iptraf::web {
namespace {

constexpr std::size_t kHeaderLineOverheadBytes = 4;  // ": " and the end of the line

/// A length that cannot be read counts as endless.
std::size_t announced_length(const std::map<std::string, std::string>& headers) {
  const auto header = headers.find("content-length");
  if (header == headers.end()) return 0;
  const std::string& text = header->second;
  std::size_t length = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  const bool is_number = error == std::errc() && stop == text.data() + text.size();
  return is_number ? length : std::numeric_limits<std::size_t>::max();
}

}  // namespace

void Exchange::add_header(std::string_view name, std::string_view value) {
  header_bytes_ += name.size() + value.size() + kHeaderLineOverheadBytes;
  if (!is_token(name)) has_odd_name_ = true;
  if (!is_field_value(value)) is_ambiguous_ = true;
  std::string lowered = lower_case(name);
  if (lowered == "host") ++host_headers_;
  if (lowered == "content-length" || lowered == "transfer-encoding") ++length_headers_;
  const auto [entry, is_new] = request_.headers.try_emplace(std::move(lowered), value);
  if (!is_new) entry->second.append(", ").append(value);
}

bool Exchange::finish_head(const Router& router) {
  has_head_ = true;
  if (!is_field_value(target_) || target_.find_first_of(" \t") != std::string::npos) is_ambiguous_ = true;
  if (target_.size() <= kMaxTargetBytes) {
    if (std::optional<RequestTarget> target = parse_request_target(target_)) {
      is_target_valid_ = true;
      // It counts before any Host (RFC 9112 section 3.2.2).
      if (!target->authority.empty()) request_.headers["host"] = std::move(target->authority);
      request_.path = std::move(target->path);
      request_.query = std::move(target->query);
    }
  }
  body_bytes_ = announced_length(request_.headers);
  is_chunked_ = request_.headers.count("transfer-encoding") > 0;
  const bool has_body = body_bytes_ > 0 || is_chunked_;
  return has_body && (body_bytes_ > kMaxBodyBytes || refusal(router).has_value());
}

bool Exchange::add_body(std::string_view piece) {
  received_bytes_ += piece.size();
  body_bytes_ = std::max(body_bytes_, received_bytes_);
  if (received_bytes_ <= kMaxBodyBytes) request_.body.append(piece);
  return received_bytes_ <= kMaxDiscardedBytes;
}

std::optional<Response> Exchange::refusal(const Router& router) const {
  if (target_.size() > kMaxTargetBytes) {
    return error_response(414, "The address is longer than " + std::to_string(kMaxTargetBytes) + " bytes.");
  }
  if (header_bytes_ > kMaxHeaderBytes) {
    return error_response(431, "The headers are longer than " + std::to_string(kMaxHeaderBytes) + " bytes together.");
  }
  if (has_odd_name_) return error_response(400, "A header has a name that HTTP does not allow.");
  if (is_ambiguous_) {
    return error_response(
        400, "The head of a request is lines that end with CR LF, each with one header, without control characters.");
  }
  if (!is_target_valid_) return error_response(400, "The path cannot be read: check its percent signs.");
  if (needs_host_ && host_headers_ == 0) return error_response(400, "A request needs a Host header.");
  if (host_headers_ > 1 || length_headers_ > 1) {
    return error_response(400, "Two headers contradict each other: Host twice, or two lengths of the body.");
  }
  const auto coding = request_.headers.find("transfer-encoding");
  if (coding != request_.headers.end() && lower_case(coding->second) != "chunked") {
    return error_response(501, "The only Transfer-Encoding that is understood here is chunked.", request_.path);
  }
  if (!router.has_route(request_.path, request_.method)) return router.run(request_);
  if (body_bytes_ > kMaxBodyBytes) {
    return error_response(413, "The body is longer than " + std::to_string(kMaxBodyBytes) + " bytes.", request_.path);
  }
  if (body_bytes_ > 0 && request_.method != "POST") {
    return error_response(400, "A " + request_.method + " request has no body here.", request_.path);
  }
  return std::nullopt;
}

void Exchange::prepare(const Router& router, bool may_run) noexcept {
  try {
    prepared_ = may_run ? respond(router) : busy();
  } catch (const std::exception&) {
    prepared_.reset();  // they throw for want of memory
  }
  is_prepared_ = true;
}

Response Exchange::respond(const Router& router) {
  if (is_prepared_) {
    if (!prepared_) throw std::bad_alloc();
    return std::move(*prepared_);
  }
  request_.is_authenticated = admission_.is_authenticated;
  std::optional<Response> refused = web::refusal(admission_, request_.path);
  if (!refused) refused = refusal(router);
  return dressed(refused ? std::move(*refused) : router.run(request_));
}

Response Exchange::busy() const {
  Response response =
      error_response(503, "Too many such requests are being answered. Try again in a second.", request_.path);
  response.headers["Retry-After"] = "1";
  return dressed(std::move(response));
}

Response Exchange::dressed(Response response) const {
  const auto accept_encoding = request_.headers.find("accept-encoding");
  finish_response(response, accept_encoding == request_.headers.end() ? "" : accept_encoding->second);
  set_configured_headers(admission_, response);
  // Where others may see the end of this request elsewhere, nothing that follows is taken for the next one. The lines
  // behind chunks may hold what the heads of requests may not.
  if (has_odd_name_ || is_ambiguous_ || is_chunked_) response.headers["Connection"] = "close";
  return response;
}

}  // namespace iptraf::web
