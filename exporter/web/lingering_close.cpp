// SPDX-License-Identifier: GPL-2.0-or-later
// Sockets on their way out.
#include "web/lingering_close.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <exception>

namespace iptraf::web {
namespace {

constexpr int kReadsAtATime = 16;

/// Whether the client has ended the connection.
bool is_at_end(int fd) {
  char byte;
  const ssize_t peeked = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked == 0 || (peeked < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace

/// Throws away what came in, a bounded amount at a time. False: the connection is over.
bool LingeringClose::discard_input(Socket& socket) {
  char discarded[16384];
  for (int i = 0; i < kReadsAtATime; ++i) {
    const ssize_t count = recv(socket.fd.get(), discarded, sizeof discarded, MSG_DONTWAIT);
    if (count == 0) return false;
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    socket.bytes += static_cast<std::size_t>(count);
  }
  return socket.bytes < kMaxBytes;
}

void LingeringClose::adopt(int fd) noexcept {
  if (is_at_end(fd)) return;
  try {
    const std::lock_guard lock(mutex_);
    if (adopted_.size() >= max_sockets_) return;
    FileDescriptor duplicate(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!duplicate.is_open()) return;
    shutdown(duplicate.get(), SHUT_WR);
    adopted_.push_back({std::move(duplicate), std::chrono::steady_clock::now() + kPatience, 0});
  } catch (const std::exception&) {
    return;  // without memory the socket closes at once, which is allowed, only less friendly
  }
  eventfd_write(wake_fd_, 1);
}

void LingeringClose::append_to(std::vector<pollfd>& polled) {
  {
    const std::lock_guard lock(mutex_);
    for (Socket& socket : adopted_) {
      if (lingering_.size() < max_sockets_) lingering_.push_back(std::move(socket));
    }
    adopted_.clear();
  }
  for (const Socket& socket : lingering_) polled.push_back({socket.fd.get(), POLLIN, 0});
}

void LingeringClose::read_away(const std::vector<pollfd>& polled, std::chrono::steady_clock::time_point now) {
  for (const pollfd& entry : polled) {
    if (entry.revents == 0) continue;
    for (Socket& socket : lingering_) {
      if (socket.fd.get() == entry.fd && !discard_input(socket)) socket.fd.reset();
    }
  }
  std::erase_if(lingering_, [now](const Socket& socket) { return !socket.fd.is_open() || socket.deadline <= now; });
}

}  // namespace iptraf::web
