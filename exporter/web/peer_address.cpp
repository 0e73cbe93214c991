// SPDX-License-Identifier: GPL-2.0-or-later
// Loopback and unix-socket peers.
#include "web/peer_address.hpp"

#include <netinet/in.h>

namespace iptraf::web {
namespace {

constexpr std::uint8_t kLoopbackNetwork = 127;

bool is_loopback(const in6_addr& address) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) return address.s6_addr[12] == kLoopbackNetwork;
  return IN6_IS_ADDR_LOOPBACK(&address);
}

/// As in ::ffff:0:0/96, which is no network of any host.
std::uint64_t mapped(in_addr_t address) { return std::uint64_t{0xffff} << 32 | ntohl(address); }

std::uint64_t upper_half(const in6_addr& address) {
  return std::uint64_t{ntohl(address.s6_addr32[0])} << 32 | ntohl(address.s6_addr32[1]);
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

std::uint64_t peer_network(const sockaddr& peer) {
  if (peer.sa_family == AF_INET) return mapped(reinterpret_cast<const sockaddr_in&>(peer).sin_addr.s_addr);
  if (peer.sa_family != AF_INET6) return 0;
  const in6_addr& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
  return IN6_IS_ADDR_V4MAPPED(&address) ? mapped(address.s6_addr32[3]) : upper_half(address);
}

}  // namespace iptraf::web
