// SPDX-License-Identifier: GPL-2.0-or-later
// Tells clients of this host from the others, and one client's connections from another's.
#pragma once

#include <sys/socket.h>

#include <cstdint>

namespace iptraf::web {

/// Whether the peer is 127.0.0.0/8, ::1, one of ::ffff:127.0.0.0/104, or a unix socket. A null pointer is not.
bool is_local_peer(const sockaddr* peer);

/// What a peer's connections are counted by: its IPv4 address, or the /64 network of its IPv6 address, of which one
/// subscriber has all. All unix sockets are one.
std::uint64_t peer_network(const sockaddr& peer);

}  // namespace iptraf::web
