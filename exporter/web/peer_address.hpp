// SPDX-License-Identifier: GPL-2.0-or-later
// Tells clients of this host from the others.
#pragma once

#include <sys/socket.h>

namespace iptraf::web {

/// Whether the peer is 127.0.0.0/8, ::1, one of ::ffff:127.0.0.0/104, or a unix socket. A null pointer is not.
bool is_local_peer(const sockaddr* peer);

}  // namespace iptraf::web
