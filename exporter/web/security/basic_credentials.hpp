// SPDX-License-Identifier: GPL-2.0-or-later
// The Authorization header of basic authentication.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace iptraf::web {

struct BasicCredentials {
  std::string user;
  std::string password;
};

/// Reads "Basic " and base64 of "user:password" (RFC 7617 section 2). Nothing for anything else. Any thread.
std::optional<BasicCredentials> parse_basic_credentials(std::string_view authorization);

}  // namespace iptraf::web
