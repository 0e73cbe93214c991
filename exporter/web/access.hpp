// SPDX-License-Identifier: GPL-2.0-or-later
// Who may see who talks to whom, and who may reload: by default only programs on this machine.
#pragma once

#include <optional>
#include <string>

#include "web/http_server.hpp"

namespace iptraf::web {

/// Why a request for a private page is refused; nothing when it is let in. Any thread.
///
/// A browser's request from another site's page is refused always: its Origin (RFC 6454) is not the Host asked.
/// Unless `is_open`, by the configuration or to a client that has proved who it is, so are clients that are not on
/// this machine, and TCP clients on it that ask by a name other than localhost: a name that anyone may point at
/// 127.0.0.1 lets a foreign page pass for one of ours (DNS rebinding). A client that sends no Host is no browser. The
/// path of a unix socket cannot be pointed anywhere.
std::optional<std::string> access_refusal(const Request& request, bool is_open);

}  // namespace iptraf::web
