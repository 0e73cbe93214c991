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
  explicit WaitingClients(std::size_t max_clients) : max_clients_(max_clients) {}

  bool is_empty() const { return clients_.empty(); }

  /// Whether there is room for one more, if need be in the place of those that have gone.
  bool has_room();

  /// Whether nobody has been taken for so long that to let more wait in front of the door would keep out those who need
  /// not wait.
  bool is_stuck(Clock::time_point now) const { return !is_empty() && now - last_moved_ >= kPatience; }

  void add(Client client);
  const Client& first() const { return clients_.front(); }
  Client take_first(Clock::time_point now);

  /// Closes the one that came first, whose own patience is over first. False: there is none.
  bool drop_first();

  static constexpr std::chrono::milliseconds kPatience{500};

 private:
  const std::size_t max_clients_;
  std::deque<Client> clients_;
  Clock::time_point last_moved_;  // when one was taken, or came first into the empty queue
};

}  // namespace iptraf::web
