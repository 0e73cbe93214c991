// SPDX-License-Identifier: GPL-2.0-or-later
// Listener: one listening socket, TCP or unix.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "core/file_descriptor.hpp"
#include "web/listen_address.hpp"

namespace iptraf::web {

/// Listens from construction to destruction; the socket is non-blocking and closed on exec.
///
/// An empty host and `[::]` take every address, IPv4 and IPv6 in one socket; an empty host falls back to IPv4 where
/// the kernel has no IPv6. A name is resolved once, and its first IPv4 address, or else its first one, is taken.
/// A unix socket file that nobody listens on is replaced, and the file is removed again at the end. It is for its
/// owner and its group (mode 0660).
class Listener {
 public:
  /// `socket_group` is the group of a unix socket's file, by default the process's own. Before other threads that make
  /// files. Throws ListenError that names the address, says why it cannot be had and what to do.
  explicit Listener(const ListenAddress& address, std::optional<gid_t> socket_group = std::nullopt);

  /// Takes over a socket that listens already; the file of a unix socket belongs to who made it, and stays.
  explicit Listener(FileDescriptor socket);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int fd() const { return socket_.get(); }

  /// The real address, port 0 resolved: "127.0.0.1:10137", "[::]:10137", "unix:/run/x".
  const std::string& address() const { return address_; }

 private:
  void listen_on_unix(const ListenAddress& address, std::optional<gid_t> group);
  void listen_on_tcp(const ListenAddress& address);
  void listen_on_every_address(const ListenAddress& address);

  FileDescriptor socket_;
  std::string address_;
  std::string unix_path_;
  dev_t unix_device_ = 0;  // device and inode tell our file from one that took its name since
  ino_t unix_inode_ = 0;
};

}  // namespace iptraf::web
