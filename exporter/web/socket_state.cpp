// SPDX-License-Identifier: GPL-2.0-or-later
// TCP_INFO (tcp(7)) and the queue lengths of unix(7).
#include "web/socket_state.hpp"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>

namespace iptraf::web {
namespace {

/// Nothing when the socket is not TCP or the kernel's structure ends before `needed_bytes`.
std::optional<tcp_info> read_tcp_info(int fd, std::size_t needed_bytes) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 || length < needed_bytes) return std::nullopt;
  return info;
}

}  // namespace

bool has_unread_bytes(int fd) {
  int unread_bytes = 0;
  return ioctl(fd, SIOCINQ, &unread_bytes) == 0 && unread_bytes > 0;
}

bool has_hung_up(int fd) {
  pollfd event{fd, POLLRDHUP, 0};
  return poll(&event, 1, 0) > 0;  // POLLHUP and POLLERR too
}

std::size_t free_send_bytes(int fd) {
  int buffer_bytes = 0;
  socklen_t length = sizeof buffer_bytes;
  int queued_bytes = 0;
  if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, &length) != 0) return 0;
  ioctl(fd, SIOCOUTQ, &queued_bytes);
  // The kernel tells twice what was asked for, and keeps its books in the second half (socket(7)).
  return static_cast<std::size_t>(std::max(buffer_bytes / 2 - queued_bytes, 0));
}

std::uint64_t read_peer_progress(int fd) {
  const auto info = read_tcp_info(fd, offsetof(tcp_info, tcpi_bytes_acked) + sizeof tcp_info::tcpi_bytes_acked);
  if (info) return info->tcpi_bytes_acked;
  int queued_bytes = 0;
  ioctl(fd, SIOCOUTQ, &queued_bytes);
  return static_cast<std::uint64_t>(std::max(queued_bytes, 0));
}

std::optional<std::uint64_t> read_received_bytes(int fd) {
  const auto info = read_tcp_info(fd, offsetof(tcp_info, tcpi_bytes_received) + sizeof tcp_info::tcpi_bytes_received);
  if (!info) return std::nullopt;
  return info->tcpi_bytes_received;
}

}  // namespace iptraf::web
