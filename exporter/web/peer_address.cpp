// SPDX-License-Identifier: GPL-2.0-or-later
// Loopback and unix-socket peers.
#include "web/peer_address.hpp"

#include <netinet/in.h>

#include <cstdint>

namespace iptraf::web {
namespace {

constexpr std::uint8_t kLoopbackNetwork = 127;

bool is_loopback(const in6_addr& address) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) return address.s6_addr[12] == kLoopbackNetwork;
  return IN6_IS_ADDR_LOOPBACK(&address);
}

}  // namespace

bool is_local_peer(const sockaddr* peer) {
  if (peer == nullptr) return false;
  switch (peer->sa_family) {
    case AF_UNIX:
      return true;
    case AF_INET:
      return ntohl(reinterpret_cast<const sockaddr_in*>(peer)->sin_addr.s_addr) >> 24 == kLoopbackNetwork;
    case AF_INET6:
      return is_loopback(reinterpret_cast<const sockaddr_in6*>(peer)->sin6_addr);
    default:
      return false;
  }
}

}  // namespace iptraf::web
