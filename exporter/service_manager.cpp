// SPDX-License-Identifier: GPL-2.0-or-later
// What the daemon and a service manager say to each other: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3).
#include "service_manager.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace iptraf {
namespace {

/// sd_listen_fds(3): the first descriptor that is handed over.
constexpr int kFirstDescriptor = 3;
constexpr int kMaxDescriptors = 64;

/// Takes the variable out of the environment: it is meant for this process alone.
std::string take_variable(const char* name) {
  const char* const value = std::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::optional<std::uint64_t> parse_number(const std::string& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (text.empty() || result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

bool names_this_process(const std::string& pid) { return parse_number(pid) == static_cast<std::uint64_t>(::getpid()); }

/// A path, or `@name` in the abstract namespace; empty for what sd_notify(3) does not know, or what is too long.
std::string parse_address(std::string text) {
  if (text.size() < 2 || text.size() > sizeof(sockaddr_un::sun_path) || (text[0] != '/' && text[0] != '@')) return "";
  if (text[0] == '@') text[0] = '\0';
  return text;
}

int socket_option(int fd, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

bool is_listening_stream(int fd) {
  const int family = socket_option(fd, SO_DOMAIN);
  return (family == AF_INET || family == AF_INET6 || family == AF_UNIX) && socket_option(fd, SO_TYPE) == SOCK_STREAM &&
         socket_option(fd, SO_ACCEPTCONN) == 1;
}

FileDescriptor take_listening_socket(int fd) {
  if (!is_listening_stream(fd)) {
    throw ServiceManagerError("descriptor " + std::to_string(fd) +
                              ", which the service manager handed over, is no listening stream socket; the socket unit "
                              "needs ListenStream= and Accept=no");
  }
  FileDescriptor taken(fd);
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  return taken;
}

}  // namespace

ServiceManager::ServiceManager() : address_(parse_address(take_variable("NOTIFY_SOCKET"))) {
  const std::string watched = take_variable("WATCHDOG_PID");
  const auto timeout_us = parse_number(take_variable("WATCHDOG_USEC"));
  if (address_.empty()) return;
  socket_ = FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const bool is_watched = watched.empty() || names_this_process(watched);
  if (is_watched && timeout_us.value_or(0) > 0) watchdog_timeout_ = std::chrono::microseconds(*timeout_us);
}

void ServiceManager::say_ready() const { send("READY=1"); }

void ServiceManager::say_reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000));
}

void ServiceManager::say_stopping() const { send("STOPPING=1"); }

void ServiceManager::say_alive() const { send("WATCHDOG=1"); }

void ServiceManager::say_status(std::string_view text) const { send("STATUS=" + std::string(text)); }

/// Errors are passed over: there is nobody who could be told.
void ServiceManager::send(std::string_view lines) const noexcept {
  if (!socket_.is_open()) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  address_.copy(address.sun_path, sizeof address.sun_path);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  ::sendto(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
           length);
}

std::vector<FileDescriptor> take_listening_sockets() {
  const bool is_ours = names_this_process(take_variable("LISTEN_PID"));
  const auto count = parse_number(take_variable("LISTEN_FDS"));
  ::unsetenv("LISTEN_FDNAMES");
  std::vector<FileDescriptor> sockets;
  if (!is_ours || !count) return sockets;
  if (*count > kMaxDescriptors) {
    throw ServiceManagerError("LISTEN_FDS is " + std::to_string(*count) + ", but at most " +
                              std::to_string(kMaxDescriptors) + " sockets are taken");
  }
  for (int fd = kFirstDescriptor; fd < kFirstDescriptor + static_cast<int>(*count); ++fd) {
    sockets.push_back(take_listening_socket(fd));
  }
  return sockets;
}

}  // namespace iptraf
