// SPDX-License-Identifier: GPL-2.0-or-later
// ListenAddress: the text of --web.listen-address, taken apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace iptraf::web {

struct ListenAddress {
  std::string text;  ///< as it was written, for messages
  std::string host;  ///< an address literal without brackets, or a name; empty: every address of the host
  std::uint16_t port = 0;
  std::string unix_path;  ///< not empty: a unix socket, and host and port mean nothing
};

/// Reads `:port`, `host:port`, `[v6]:port` and `unix:/path`. Any thread.
/// Throws ListenError that names the text and what is wrong with it.
ListenAddress parse_listen_address(std::string_view text);

}  // namespace iptraf::web
