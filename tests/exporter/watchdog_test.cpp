// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of Watchdog: alive is passed on again and again, dead is not, and without a timeout nobody is asked.
#include "watchdog.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace iptraf;
using iptraf::test::TemporaryDirectory;

namespace {

/// A service manager that watches with `timeout_us`, or not when it is null.
struct Fixture {
  explicit Fixture(const char* timeout_us) : fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = folder.file("notify");
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    if (timeout_us != nullptr) ::setenv("WATCHDOG_USEC", timeout_us, 1);
  }

  std::string receive(int flags) const {
    std::array<char, 64> text;
    const ssize_t length = ::recv(fd.get(), text.data(), text.size(), flags);
    return length < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(length));
  }

  TemporaryDirectory folder;
  FileDescriptor fd;
};

}  // namespace

TEST_CASE("A living daemon says so again and again") {
  const Fixture fixture("2000");
  const ServiceManager manager;
  const Watchdog watchdog(manager, [] { return true; });
  for (int i = 0; i < 3; ++i) CHECK(fixture.receive(0) == "WATCHDOG=1");
}

TEST_CASE("A daemon that is not alive is asked again, and nothing is said") {
  const Fixture fixture("2000");
  const ServiceManager manager;
  std::atomic<int> questions{0};
  {
    const Watchdog watchdog(manager, [&questions] {
      ++questions;
      questions.notify_all();
      return false;
    });
    for (int seen = questions; seen < 3; seen = questions) questions.wait(seen);
  }
  CHECK(fixture.receive(MSG_DONTWAIT).empty());
}

TEST_CASE("Where the service manager does not watch, nobody is asked") {
  const Fixture fixture(nullptr);
  const ServiceManager manager;
  bool is_asked = false;
  {
    const Watchdog watchdog(manager, [&is_asked] { return is_asked = true; });
  }
  CHECK_FALSE(is_asked);
}

TEST_CASE("The end does not wait for a timeout") {
  const Fixture fixture("3600000000");
  const ServiceManager manager;
  const Watchdog watchdog(manager, [] { return true; });
  CHECK(fixture.receive(0) == "WATCHDOG=1");
}
