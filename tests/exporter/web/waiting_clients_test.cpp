// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of WaitingClients: order, room, who is dropped, and when nothing moves.
#include "web/waiting_clients.hpp"

#include <sys/socket.h>

#include <array>
#include <vector>

#include "support/catch.hpp"

using iptraf::FileDescriptor;
using iptraf::web::Client;
using iptraf::web::Clock;
using iptraf::web::WaitingClients;

namespace {

constexpr std::size_t kMaxClients = 3;
const Clock::time_point kStart = Clock::time_point() + std::chrono::hours(1);

/// A client that waits, and its own end of the connection.
struct Pair {
  Client client;
  FileDescriptor end;
};

Pair make_pair(Clock::time_point since = kStart) {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  Pair pair;
  pair.end = FileDescriptor(ends[1]);
  pair.client.socket = FileDescriptor(ends[0]);
  pair.client.since = since;
  return pair;
}

bool is_closed(const FileDescriptor& end) {
  char byte = 0;
  return ::recv(end.get(), &byte, 1, MSG_DONTWAIT) == 0;
}

}  // namespace

TEST_CASE("Who came first is taken first", "[waiting_clients]") {
  WaitingClients waiting(kMaxClients);
  CHECK(waiting.is_empty());
  CHECK_FALSE(waiting.drop_first());
  Pair first = make_pair();
  const int fd = first.client.socket.get();
  waiting.add(std::move(first.client));
  waiting.add(make_pair().client);
  CHECK(waiting.first().socket.get() == fd);
  CHECK(waiting.take_first(kStart).socket.get() == fd);
  CHECK(waiting.drop_first());
  CHECK(waiting.is_empty());
}

TEST_CASE("Those who have gone make room", "[waiting_clients]") {
  WaitingClients waiting(kMaxClients);
  std::vector<FileDescriptor> ends;
  for (std::size_t i = 0; i < kMaxClients; ++i) {
    REQUIRE(waiting.has_room());
    Pair pair = make_pair();
    waiting.add(std::move(pair.client));
    ends.push_back(std::move(pair.end));
  }
  CHECK_FALSE(waiting.has_room());
  ends.pop_back();
  CHECK(waiting.has_room());
  CHECK_FALSE(is_closed(ends.front()));
  waiting.drop_first();
  CHECK(is_closed(ends.front()));
}

TEST_CASE("The queue is stuck when it does not move, not when it is long", "[waiting_clients]") {
  WaitingClients waiting(kMaxClients);
  CHECK_FALSE(waiting.is_stuck(kStart));
  for (std::size_t i = 0; i < kMaxClients; ++i) waiting.add(make_pair().client);
  CHECK_FALSE(waiting.is_stuck(kStart + std::chrono::milliseconds(499)));
  CHECK(waiting.is_stuck(kStart + std::chrono::milliseconds(500)));
  waiting.drop_first();
  CHECK(waiting.is_stuck(kStart + std::chrono::milliseconds(500)));
  waiting.take_first(kStart + std::chrono::milliseconds(600));
  CHECK_FALSE(waiting.is_stuck(kStart + std::chrono::milliseconds(1099)));
  CHECK(waiting.is_stuck(kStart + std::chrono::milliseconds(1100)));
}
