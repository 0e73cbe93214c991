// SPDX-License-Identifier: GPL-2.0-or-later
// The queue of accepted connections.
#include "web/waiting_clients.hpp"

#include <algorithm>
#include <utility>

#include "web/peer_address.hpp"
#include "web/socket_state.hpp"

namespace iptraf::web {

std::uint64_t Client::network() const { return peer_network(address()); }

bool WaitingClients::has_room() {
  if (clients_.size() < max_clients_) return true;
  const auto has_gone = [](const Client& client) { return has_hung_up(client.socket.get()); };
  clients_.erase(std::remove_if(clients_.begin(), clients_.end(), has_gone), clients_.end());
  return clients_.size() < max_clients_;
}

void WaitingClients::add(Client client) {
  if (is_empty()) last_moved_ = client.since;
  clients_.push_back(std::move(client));
}

Client WaitingClients::take_first(Clock::time_point now) {
  last_moved_ = now;
  Client first = std::move(clients_.front());
  clients_.pop_front();
  return first;
}

bool WaitingClients::drop_first() {
  if (clients_.empty()) return false;
  clients_.pop_front();
  return true;
}

}  // namespace iptraf::web
