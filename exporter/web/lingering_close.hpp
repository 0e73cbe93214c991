// SPDX-License-Identifier: GPL-2.0-or-later
// LingeringClose: reads away what a client still sends after the last answer, so that the answer reaches it.
#pragma once

#include <poll.h>

#include <chrono>
#include <mutex>
#include <vector>

#include "core/file_descriptor.hpp"

namespace iptraf::web {

/// A socket that is closed while bytes wait in it resets the connection, and the reset destroys an answer that the
/// client has not read yet, such as 413 to a body that is still coming in (RFC 9112 section 9.6). Sockets that are
/// handed here stay open, their answer ended, until the client closes too, or their time or their bytes are used up.
class LingeringClose {
 public:
  /// `wake_fd` is an eventfd that wakes the thread that polls.
  LingeringClose(int wake_fd, std::size_t max_sockets) : wake_fd_(wake_fd), max_sockets_(max_sockets) {}

  /// Takes a duplicate of `fd`, unless the client has closed or too many linger already. Any thread.
  void adopt(int fd) noexcept;

  /// The rest is for the polling thread. Adds what to poll for.
  void append_to(std::vector<pollfd>& polled);
  /// Reads away what came; `polled` as filled by append_to and poll.
  void read_away(const std::vector<pollfd>& polled, std::chrono::steady_clock::time_point now);
  bool is_empty() const { return lingering_.empty(); }

  static constexpr std::chrono::milliseconds kPatience{1000};
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;  ///< read away of one socket

 private:
  struct Socket {
    FileDescriptor fd;
    std::chrono::steady_clock::time_point deadline;
    std::size_t bytes = 0;  // read away so far
  };
  static bool discard_input(Socket& socket);

  const int wake_fd_;
  const std::size_t max_sockets_;
  std::mutex mutex_;
  std::vector<Socket> adopted_;    // guarded by mutex_
  std::vector<Socket> lingering_;  // the polling thread's
};

}  // namespace iptraf::web
