// SPDX-License-Identifier: GPL-2.0-or-later
// ConnectionLimits: how many client connections there may be of each kind.
#pragma once

#include <cstddef>
#include <cstdint>

namespace iptraf::web {

struct ConnectionLimits {
  // Implicit: a number of connections says it all where there are files enough.
  ConnectionLimits(std::uint32_t max_connections) : connections(max_connections) {}  // NOLINT

  std::uint32_t connections;     ///< in use
  std::uint32_t reserve = 32;    ///< beyond them, for who has few
  std::uint32_t closing = 64;    ///< on their way out
  std::uint32_t waiting = 128;   ///< accepted, while all others are being answered
  std::uint32_t lingering = 32;  ///< answered, while their clients still send

  std::size_t files() const { return std::size_t{connections} + reserve + closing + waiting + lingering; }
};

/// Fewer where the process may not open as many files, with a warning; so that it never runs out of them because of its
/// clients, who would have to wait then. Throws std::runtime_error when there is no room for any.
ConnectionLimits connection_limits(std::uint32_t max_connections, std::size_t open_files_left);

}  // namespace iptraf::web
