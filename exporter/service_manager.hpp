// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and a service manager say to each other: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3).
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/file_descriptor.hpp"

namespace iptraf {

/// What the service manager handed over cannot be used. what() says what, and what to do about it.
class ServiceManagerError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Speaks the protocol of sd_notify(3), a datagram of lines to a unix socket; says nothing when nobody asked for it.
/// The protocol is stable by promise, and its library brings compression and cryptography into the process.
/// Threading: construct before the first thread, since it reads and removes environment variables; then any thread.
class ServiceManager {
 public:
  ServiceManager();

  void say_ready() const;
  /// Until say_ready(); with the time that `systemctl reload` waits for.
  void say_reloading() const;
  void say_stopping() const;
  void say_alive() const;
  /// One line for `systemctl status`.
  void say_status(std::string_view text) const;

  /// The longest time that it goes without say_alive(); nothing: it does not watch.
  std::optional<std::chrono::microseconds> watchdog_timeout() const noexcept { return watchdog_timeout_; }

 private:
  void send(std::string_view lines) const noexcept;

  FileDescriptor socket_;
  std::string address_;  ///< of the manager: a path, or a name that begins with a zero byte
  std::optional<std::chrono::microseconds> watchdog_timeout_;
};

/// The listening stream sockets that the service manager opened for this process, in its order; none outside of socket
/// activation. To be called once, before anything else is opened or started. Throws ServiceManagerError.
std::vector<FileDescriptor> take_listening_sockets();

}  // namespace iptraf
