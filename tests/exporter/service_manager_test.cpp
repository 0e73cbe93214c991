// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of ServiceManager: what is said on the wire, when nothing is, and which sockets are taken over.
#include "service_manager.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace iptraf;
using iptraf::test::TemporaryDirectory;

namespace {

/// The manager's end of the notification socket.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& name) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path);
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }

  /// The next datagram; empty when there is none.
  std::string next() const {
    std::array<char, 512> text;
    const ssize_t length = ::recv(fd_.get(), text.data(), text.size(), MSG_DONTWAIT);
    return length < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(length));
  }

 private:
  FileDescriptor fd_;
};

/// The environment of socket activation, gone with the test.
struct Activation {
  Activation(const std::string& pid, const std::string& count) {
    ::setenv("LISTEN_PID", pid.c_str(), 1);
    ::setenv("LISTEN_FDS", count.c_str(), 1);
    ::setenv("LISTEN_FDNAMES", "web", 1);
  }
  ~Activation() {
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  }
};

/// Puts `fd` where the service manager hands the first socket over, and back what was there.
class FirstDescriptor {
 public:
  explicit FirstDescriptor(int fd) : before_(::fcntl(3, F_DUPFD_CLOEXEC, 10)) { ::dup2(fd, 3); }
  ~FirstDescriptor() {
    if (before_.is_open()) {
      ::dup2(before_.get(), 3);
    } else {
      ::close(3);
    }
  }

 private:
  FileDescriptor before_;
};

std::string own_pid() { return std::to_string(::getpid()); }

}  // namespace

TEST_CASE("Each notification is one datagram of the protocol, to a path or to an abstract name") {
  const TemporaryDirectory folder;
  const std::string name = GENERATE(std::string("path"), std::string("@iptraf_test_notify"));
  const NotifySocket socket(name == "path" ? folder.file("notify") : name + own_pid());
  const ServiceManager manager;
  manager.say_ready();
  CHECK(socket.next() == "READY=1");
  manager.say_stopping();
  CHECK(socket.next() == "STOPPING=1");
  manager.say_alive();
  CHECK(socket.next() == "WATCHDOG=1");
  manager.say_status("reads a file");
  CHECK(socket.next() == "STATUS=reads a file");
  manager.say_reloading();
  const std::string reloading = socket.next();
  CHECK(reloading.rfind("RELOADING=1\nMONOTONIC_USEC=", 0) == 0);
  CHECK(std::stoll(reloading.substr(27)) > 0);
  CHECK(socket.next().empty());
}

TEST_CASE("The notification socket is for this process alone: a child does not find it") {
  const TemporaryDirectory folder;
  const NotifySocket socket(folder.file("notify"));
  const ServiceManager manager;
  CHECK(std::getenv("NOTIFY_SOCKET") == nullptr);
}

TEST_CASE("Without a service manager, or with an address that is none, nothing is said and nothing fails") {
  for (const std::string& address : {std::string(), std::string("relative"), std::string("/"),
                                     "/" + std::string(200, 'x'), std::string("vsock:2")}) {
    ::setenv("NOTIFY_SOCKET", address.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "1000000", 1);
    const ServiceManager manager;
    manager.say_ready();
    CHECK_FALSE(manager.watchdog_timeout());
  }
}

TEST_CASE("The watchdog's timeout counts when it is meant for this process") {
  const TemporaryDirectory folder;
  const NotifySocket socket(folder.file("notify"));
  const auto [pid, timeout, is_watched] = GENERATE(table<std::string, std::string, bool>({
      {own_pid(), "30000000", true},
      {"", "30000000", true},
      {"1", "30000000", false},
      {own_pid(), "0", false},
      {own_pid(), "soon", false},
      {own_pid(), "", false},
  }));
  ::setenv("WATCHDOG_PID", pid.c_str(), 1);
  ::setenv("WATCHDOG_USEC", timeout.c_str(), 1);
  const ServiceManager manager;
  CHECK(manager.watchdog_timeout().has_value() == is_watched);
  if (is_watched) CHECK(*manager.watchdog_timeout() == std::chrono::seconds(30));
  CHECK(std::getenv("WATCHDOG_USEC") == nullptr);
}

TEST_CASE("Sockets are taken only when they were handed over to this process") {
  const auto [pid, count] = GENERATE(table<std::string, std::string>({
      {"1", "1"},
      {"", "1"},
      {own_pid(), ""},
      {own_pid(), "0"},
      {own_pid(), "-1"},
      {own_pid(), "one"},
  }));
  const Activation activation(pid, count);
  CHECK(take_listening_sockets().empty());
  CHECK(std::getenv("LISTEN_FDS") == nullptr);
  CHECK(std::getenv("LISTEN_FDNAMES") == nullptr);
}

TEST_CASE("More sockets than anybody needs are refused") {
  const Activation activation(own_pid(), "65");
  CHECK_THROWS_WITH(take_listening_sockets(), "LISTEN_FDS is 65, but at most 64 sockets are taken");
}

TEST_CASE("A listening socket is taken over, non-blocking and closed on exec") {
  const FileDescriptor listening(::socket(AF_INET, SOCK_STREAM, 0));
  REQUIRE(::listen(listening.get(), 1) == 0);
  const FirstDescriptor first(listening.get());
  const Activation activation(own_pid(), "1");
  std::vector<FileDescriptor> sockets = take_listening_sockets();
  REQUIRE(sockets.size() == 1);
  CHECK(sockets[0].get() == 3);
  CHECK((::fcntl(3, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("What is no listening stream socket is refused with what the socket unit needs") {
  const int type = GENERATE(SOCK_STREAM, SOCK_DGRAM);  // a stream that does not listen, and a datagram socket
  const FileDescriptor wrong(::socket(AF_INET, type, 0));
  const FirstDescriptor first(wrong.get());
  const Activation activation(own_pid(), "1");
  CHECK_THROWS_WITH(take_listening_sockets(),
                    "descriptor 3, which the service manager handed over, is no listening stream socket; the socket "
                    "unit needs ListenStream= and Accept=no");
}
