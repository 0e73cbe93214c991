// SPDX-License-Identifier: GPL-2.0-or-later
// WaitingClients: connections that are accepted and have to wait for their turn.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "core/file_descriptor.hpp"
#include "web/connection_table.hpp"

namespace iptraf::web {

/// An accepted connection that nobody has looked at.
struct Client {
  FileDescriptor socket;
  sockaddr_storage peer{};
  socklen_t peer_length = sizeof peer;
  Clock::time_point since;  ///< accepted

  const sockaddr& address() const { return reinterpret_cast<const sockaddr&>(peer); }
  std::uint64_t network() const;  ///< see peer_network()
};

/// First come, first served. One thread.
class WaitingClients {
 public:
  bool is_empty() const { return clients_.empty(); }

  /// Whether there is room for one more, if need be in the place of those that have gone.
  bool has_room();

  /// Whether the first has waited for so long that to let others wait behind these would keep out who need not wait.
  bool is_stuck(Clock::time_point now) const { return !is_empty() && now - clients_.front().since >= kPatience; }

  void add(Client client) { clients_.push_back(std::move(client)); }
  const Client& first() const { return clients_.front(); }
  Client take_first();

  /// Closes the one that came last. False: there is none.
  bool drop_latest();

  static constexpr std::size_t kMaxClients = 128;
  static constexpr std::chrono::milliseconds kPatience{500};

 private:
  std::deque<Client> clients_;
};

}  // namespace iptraf::web
