// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel knows of a client's socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace iptraf::web {

/// Bytes that came in and that the HTTP library has not read yet.
bool has_unread_bytes(int fd);

/// The peer has closed, or will send no more.
bool has_hung_up(int fd);

/// How much more the kernel takes in before the peer has to read.
std::size_t free_send_bytes(int fd);

/// A number that changes when the peer takes bytes out of the send queue: bytes acknowledged for TCP, bytes waiting
/// for a unix socket.
std::uint64_t read_peer_progress(int fd);

/// How many bytes the peer has sent so far. Nothing where it cannot be told: a unix socket, a kernel before 4.1.
std::optional<std::uint64_t> read_received_bytes(int fd);

}  // namespace iptraf::web
