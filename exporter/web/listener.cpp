// SPDX-License-Identifier: GPL-2.0-or-later
// Opening, naming and removing listening sockets.
#include "web/listener.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <exception>
#include <memory>
#include <system_error>

#include "core/shortage.hpp"
#include "web/http_server.hpp"

namespace iptraf::web {
namespace {

constexpr int kSocketFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
// A page of metrics goes out whole, whether its client reads or not, and is no longer being answered then.
constexpr int kSendBufferBytes = 256 << 10;

[[noreturn]] void refuse(const std::string& address, const std::string& why) {
  throw ListenError("cannot listen on " + address + ": " + why);
}

/// What the error means here, and what to do about it.
std::string explain(int error) {
  switch (error) {
    case EADDRINUSE:
      return "address already in use; stop the program that holds it (\"ss -ltnp\" shows which) or choose another "
             "with --web.listen-address";
    case EACCES:
      return "permission denied; ports below 1024 need CAP_NET_BIND_SERVICE, a unix socket needs a directory that "
             "may be written to";
    case EADDRNOTAVAIL:
      return "no interface of this host has this address; \"ip address\" lists those there are";
    case EPROTOTYPE:
      return "there is a socket of another kind; remove it or choose another path";
    case ENOENT:
      return "the directory does not exist; create it first";
    case EMFILE:
    case ENFILE:
      return kTooManyOpenFiles;
    default:
      return std::generic_category().message(error);
  }
}

template <typename Address>
const sockaddr* as_sockaddr(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

void set_option(int fd, int level, int option, int value) { setsockopt(fd, level, option, &value, sizeof value); }

/// Binds and listens at `address`, of `length` bytes. Gives the error number, 0 for none; `socket` stays empty on
/// error.
int open_tcp(const sockaddr* address, socklen_t length, FileDescriptor& socket) {
  FileDescriptor opened(::socket(address->sa_family, kSocketFlags, 0));
  if (!opened.is_open()) return errno;
  set_option(opened.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(opened.get(), SOL_SOCKET, SO_SNDBUF, kSendBufferBytes);
  if (address->sa_family == AF_INET6) {
    // Every IPv6 address means every IPv4 address too, whatever net.ipv6.bindv6only says.
    const bool is_any = IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
    set_option(opened.get(), IPPROTO_IPV6, IPV6_V6ONLY, is_any ? 0 : 1);
  }
  if (bind(opened.get(), address, length) != 0 || listen(opened.get(), SOMAXCONN) != 0) return errno;
  socket = std::move(opened);
  return 0;
}

/// "unix:/path", or "unix:@name" for a name that begins with a zero byte.
std::string bound_unix_address(const sockaddr_storage& storage, socklen_t length) {
  const auto* const address = reinterpret_cast<const sockaddr_un*>(&storage);
  std::string path(address->sun_path, length - std::min<std::size_t>(length, offsetof(sockaddr_un, sun_path)));
  if (!path.empty() && path[0] == '\0') {
    path[0] = '@';
  } else {
    path.resize(std::min(path.find('\0'), path.size()));
  }
  return "unix:" + path;
}

/// "host:port" of a bound TCP socket, "unix:/path" of a unix socket.
std::string bound_address(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return "unknown";
  if (address.ss_family == AF_UNIX) return bound_unix_address(address, length);
  const int flags = NI_NUMERICHOST | NI_NUMERICSERV;
  if (getnameinfo(as_sockaddr(address), length, host, sizeof host, port, sizeof port, flags) != 0) return "unknown";
  const std::string name = address.ss_family == AF_INET6 ? "[" + std::string(host) + "]" : std::string(host);
  return name + ":" + port;
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

AddressList resolve(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int result = getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (result != 0) {
    const std::string why = result == EAI_SYSTEM ? std::generic_category().message(errno) : gai_strerror(result);
    refuse(address.text, "the host \"" + address.host + "\" cannot be resolved: " + why);
  }
  return {found, &freeaddrinfo};
}

const addrinfo* preferred(const addrinfo* list) {
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET) return entry;
  }
  return list;
}

sockaddr_un unix_sockaddr(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

/// While it lives, the process makes files that it and `group` may read and write, and nobody else.
class FilesForGroup {
 public:
  /// A root that may not change its group, as in some containers, makes the file for its own.
  explicit FilesForGroup(std::optional<gid_t> group)
      : umask_(::umask(0117)), own_group_(::getegid()), has_changed_group_(group && ::setegid(*group) == 0) {}
  ~FilesForGroup() {
    if (has_changed_group_ && ::setegid(own_group_) != 0) std::terminate();  // who may change it may change it back
    ::umask(umask_);
  }
  FilesForGroup(const FilesForGroup&) = delete;
  FilesForGroup& operator=(const FilesForGroup&) = delete;

 private:
  const mode_t umask_;
  const gid_t own_group_;
  const bool has_changed_group_;
};

int bind_file(int fd, const sockaddr_un& name, std::optional<gid_t> group) {
  const FilesForGroup rights(group);
  return bind(fd, as_sockaddr(name), sizeof name) == 0 ? 0 : errno;
}

/// Removes a socket file that nobody listens on; leaves every other file alone.
void remove_stale_socket(const ListenAddress& address) {
  struct stat file {};
  if (lstat(address.unix_path.c_str(), &file) != 0) return;
  if (!S_ISSOCK(file.st_mode)) {
    refuse(address.text, "the file exists and is not a socket; remove it or choose another path");
  }
  const FileDescriptor probe(::socket(AF_UNIX, kSocketFlags, 0));
  const sockaddr_un peer = unix_sockaddr(address.unix_path);
  if (!probe.is_open()) refuse(address.text, std::generic_category().message(errno));
  if (connect(probe.get(), as_sockaddr(peer), sizeof peer) == 0) refuse(address.text, explain(EADDRINUSE));
  if (errno != ECONNREFUSED) refuse(address.text, explain(errno == EAGAIN ? EADDRINUSE : errno));
  if (unlink(address.unix_path.c_str()) != 0 && errno != ENOENT) {
    refuse(address.text, "the stale socket file cannot be removed: " + std::generic_category().message(errno));
  }
}

}  // namespace

Listener::Listener(const ListenAddress& address, std::optional<gid_t> socket_group) {
  if (!address.unix_path.empty()) {
    listen_on_unix(address, socket_group);
  } else if (address.host.empty()) {
    listen_on_every_address(address);
  } else {
    listen_on_tcp(address);
  }
}

Listener::Listener(FileDescriptor socket) : socket_(std::move(socket)), address_(bound_address(socket_.get())) {
  set_option(socket_.get(), SOL_SOCKET, SO_SNDBUF, kSendBufferBytes);
}

Listener::~Listener() {
  if (unix_path_.empty()) return;
  struct stat file {};
  const bool exists = lstat(unix_path_.c_str(), &file) == 0;
  if (exists && file.st_dev == unix_device_ && file.st_ino == unix_inode_) unlink(unix_path_.c_str());
}

void Listener::listen_on_every_address(const ListenAddress& address) {
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  any6.sin6_port = htons(address.port);
  int error = open_tcp(as_sockaddr(any6), sizeof any6, socket_);
  if (error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == EPROTONOSUPPORT) {
    sockaddr_in any4{};
    any4.sin_family = AF_INET;
    any4.sin_port = htons(address.port);
    error = open_tcp(as_sockaddr(any4), sizeof any4, socket_);
  }
  if (error != 0) refuse(address.text, explain(error));
  address_ = bound_address(socket_.get());
}

void Listener::listen_on_tcp(const ListenAddress& address) {
  const AddressList resolved = resolve(address);
  const addrinfo* const chosen = preferred(resolved.get());
  const int error = chosen == nullptr ? EADDRNOTAVAIL : open_tcp(chosen->ai_addr, chosen->ai_addrlen, socket_);
  if (error != 0) refuse(address.text, explain(error));
  address_ = bound_address(socket_.get());
}

void Listener::listen_on_unix(const ListenAddress& address, std::optional<gid_t> group) {
  remove_stale_socket(address);
  const sockaddr_un name = unix_sockaddr(address.unix_path);
  FileDescriptor opened(::socket(AF_UNIX, kSocketFlags, 0));
  if (!opened.is_open()) refuse(address.text, explain(errno));
  if (const int error = bind_file(opened.get(), name, group); error != 0) refuse(address.text, explain(error));
  unix_path_ = address.unix_path;
  struct stat file {};
  if (lstat(unix_path_.c_str(), &file) == 0) {
    unix_device_ = file.st_dev;
    unix_inode_ = file.st_ino;
  }
  if (listen(opened.get(), SOMAXCONN) != 0) refuse(address.text, explain(errno));
  socket_ = std::move(opened);
  address_ = "unix:" + address.unix_path;
}

}  // namespace iptraf::web
