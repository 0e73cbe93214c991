// SPDX-License-Identifier: GPL-2.0-or-later
// A Response as libmicrohttpd sends it: a text, a shared text, or pieces that are made while it is sent.
#pragma once

#include <microhttpd.h>

#include <memory>

#include "web/connection_table.hpp"
#include "web/http_server.hpp"

namespace iptraf::web {

struct DestroyMhdResponse {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using MhdResponse = std::unique_ptr<MHD_Response, DestroyMhdResponse>;

/// A text that outlives the response. Null when there is no memory.
MhdResponse make_static_response(const char* text);

/// What a response is made for. Its progress is written into the table.
struct Recipient {
  ConnectionTable& table;
  Connection& connection;
  bool is_head = false;  ///< the method is HEAD: the headers alone are sent
};

/// Pieces have no known length: HTTP/1.1 gets them in chunks, HTTP/1.0 up to the end of the connection. What they
/// hold on to is let go when they end.
/// Throws std::bad_alloc, or std::invalid_argument for a header that HTTP does not allow.
MhdResponse make_response(Response response, const Recipient& recipient);

}  // namespace iptraf::web
