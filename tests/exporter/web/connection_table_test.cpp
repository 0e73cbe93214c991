// SPDX-License-Identifier: GPL-2.0-or-later
// Who is admitted, who is the victim and who is out of time, with a clock in the hand of the test.
#include "web/connection_table.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>

#include "core/file_descriptor.hpp"
#include "support/catch.hpp"
#include "web/socket_state.hpp"

namespace {

using iptraf::FileDescriptor;
using iptraf::web::Clock;
using iptraf::web::Connection;
using iptraf::web::ConnectionTable;
using std::chrono::seconds;

const Clock::time_point kStart = Clock::time_point() + std::chrono::hours(1);

/// A connection of the table and the client's end of it.
class Pair {
 public:
  Pair() {
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    server_.reset(ends[0]);
    client_.reset(ends[1]);
  }
  int fd() const { return server_.get(); }
  void send(const std::string& text) const {
    REQUIRE(::send(client_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  void send_to_client(const std::string& text) const {
    REQUIRE(::send(fd(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }
  void read_at_client() const {
    std::array<char, 4096> bytes{};
    REQUIRE(recv(client_.get(), bytes.data(), bytes.size(), 0) > 0);
  }
  bool is_shut_down() const {
    char byte;
    return recv(client_.get(), &byte, 1, MSG_PEEK) == 0;
  }

 private:
  FileDescriptor server_;
  FileDescriptor client_;
};

Connection& admit(ConnectionTable& table, const Pair& pair, Clock::time_point now, std::uint64_t network = 0) {
  REQUIRE(table.make_room(now, network));
  table.add(pair.fd(), network, now);
  return table.started(pair.fd(), now);
}

void begin_answer(ConnectionTable& table, Connection& connection, Clock::time_point now) {
  table.request_complete(connection, now);
  table.answer_ready(connection, now);
}

TEST_CASE("a full table gives up the longest without a complete request", "[web]") {
  ConnectionTable table(2, seconds(10));
  const Pair first;
  const Pair second;
  const Pair third;
  Connection& kept = admit(table, first, kStart);
  admit(table, second, kStart + seconds(1));
  begin_answer(table, kept, kStart + seconds(2));
  table.answer_ended(kept, kStart + seconds(3));
  admit(table, third, kStart + seconds(4));
  CHECK_FALSE(first.is_shut_down());
  CHECK(second.is_shut_down());
  CHECK_FALSE(third.is_shut_down());
}

TEST_CASE("a peer that sends no more has hung up, whatever waits to be read", "[web]") {
  std::array<int, 2> ends{};
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const FileDescriptor server(ends[0]);
  FileDescriptor client(ends[1]);
  REQUIRE(::send(client.get(), "GET", 3, 0) == 3);
  CHECK_FALSE(iptraf::web::has_hung_up(server.get()));
  REQUIRE(shutdown(client.get(), SHUT_WR) == 0);
  CHECK(iptraf::web::has_hung_up(server.get()));
  client.reset();
  CHECK(iptraf::web::has_hung_up(server.get()));
}

TEST_CASE("who has most connections gives up the longest of them", "[web]") {
  ConnectionTable table(4, seconds(10));
  const Pair alone;
  const std::array<Pair, 5> crowd;
  admit(table, alone, kStart, 1);
  for (std::size_t i = 0; i < 4; ++i) admit(table, crowd[i], kStart + seconds(1 + i), 2);
  CHECK_FALSE(alone.is_shut_down());
  CHECK(crowd[0].is_shut_down());
  admit(table, crowd[4], kStart + seconds(6), 2);
  CHECK_FALSE(alone.is_shut_down());
  CHECK(crowd[1].is_shut_down());
  CHECK_FALSE(crowd[2].is_shut_down());
}

TEST_CASE("who has fewer connections stays while those of the crowd have bytes that are not read yet", "[web]") {
  ConnectionTable table(3, seconds(10));
  const Pair alone;
  const std::array<Pair, 2> crowd;
  admit(table, alone, kStart, 1);
  for (const Pair& pair : crowd) {
    admit(table, pair, kStart + seconds(1), 2);
    pair.send("GET /");
  }
  CHECK_FALSE(table.make_room(kStart + seconds(2), 1));
  CHECK_FALSE(alone.is_shut_down());
}

TEST_CASE("who has one connection among many who have one goes when it is the longest", "[web]") {
  ConnectionTable table(3, seconds(10));
  const std::array<Pair, 4> pairs;
  for (std::size_t i = 0; i < 4; ++i) admit(table, pairs[i], kStart + seconds(i), i);
  CHECK(pairs[0].is_shut_down());
  CHECK_FALSE(pairs[1].is_shut_down());
}

TEST_CASE("a connection that the library has not taken up, or not read yet, is no victim", "[web]") {
  ConnectionTable table(1, seconds(10));
  const Pair pair;
  REQUIRE(table.make_room(kStart, 0));
  table.add(pair.fd(), 0, kStart);
  CHECK_FALSE(table.make_room(kStart + seconds(1), 0));
  table.started(pair.fd(), kStart + seconds(1));
  pair.send("GET / HTTP/1.1\r\n\r\n");
  CHECK_FALSE(table.make_room(kStart + seconds(1), 0));
  CHECK_FALSE(pair.is_shut_down());
}

TEST_CASE("an answer is a victim only when it stalls", "[web]") {
  ConnectionTable table(1, seconds(10));
  const Pair pair;
  Connection& connection = admit(table, pair, kStart);
  table.request_complete(connection, kStart);
  CHECK_FALSE(table.make_room(kStart + seconds(100), 0));
  table.answer_ready(connection, kStart + seconds(100));
  table.progressed(connection, 4096, kStart + seconds(105));
  CHECK_FALSE(table.make_room(kStart + seconds(114), 0));
  CHECK(table.make_room(kStart + seconds(115), 0));
  CHECK(pair.is_shut_down());
}

TEST_CASE("what the peer takes out of the send queue is progress", "[web]") {
  ConnectionTable table(1, seconds(10));
  const Pair pair;
  Connection& connection = admit(table, pair, kStart);
  begin_answer(table, connection, kStart);
  pair.send_to_client(std::string(1000, 'x'));
  table.close_overdue(kStart + seconds(5));
  pair.read_at_client();
  table.close_overdue(kStart + seconds(14));
  table.close_overdue(kStart + seconds(23));
  CHECK_FALSE(pair.is_shut_down());
  table.close_overdue(kStart + seconds(24));
  CHECK(pair.is_shut_down());
}

TEST_CASE("an answer that trickles gives way to a new connection after six time-outs", "[web]") {
  ConnectionTable table(1, seconds(10));
  const Pair pair;
  Connection& connection = admit(table, pair, kStart);
  begin_answer(table, connection, kStart);
  for (unsigned i = 1; i < 60; ++i) {
    table.progressed(connection, i, kStart + seconds(i));
    table.close_overdue(kStart + seconds(i));
    REQUIRE_FALSE(table.make_room(kStart + seconds(i), 0));
  }
  table.progressed(connection, 60, kStart + seconds(60));
  table.close_overdue(kStart + seconds(60));
  CHECK_FALSE(pair.is_shut_down());
  CHECK(table.make_room(kStart + seconds(60), 0));
  CHECK(pair.is_shut_down());
}

TEST_CASE("a request has one time-out, counted from acceptance or from the last answer", "[web]") {
  ConnectionTable table(4, seconds(10));
  const Pair dripping;
  const Pair kept;
  admit(table, dripping, kStart);
  Connection& connection = admit(table, kept, kStart);
  begin_answer(table, connection, kStart + seconds(9));
  table.answer_ended(connection, kStart + seconds(9));
  CHECK(table.close_overdue(kStart + seconds(9)) == kStart + seconds(10));
  dripping.send("G");
  CHECK(table.close_overdue(kStart + seconds(10)) == kStart + seconds(19));
  CHECK(dripping.is_shut_down());
  CHECK_FALSE(kept.is_shut_down());
  table.close_overdue(kStart + seconds(19));
  CHECK(kept.is_shut_down());
}

/// A TCP connection over loopback.
class TcpPair {
 public:
  TcpPair() {
    const FileDescriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(listener.get(), generic, length) == 0);
    REQUIRE(listen(listener.get(), 1) == 0);
    REQUIRE(getsockname(listener.get(), generic, &length) == 0);
    client_.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(connect(client_.get(), generic, length) == 0);
    server_.reset(accept(listener.get(), nullptr, nullptr));
  }
  int fd() const { return server_.get(); }
  /// Returns when the bytes are there.
  void send(char byte) const {
    REQUIRE(::send(client_.get(), &byte, 1, 0) == 1);
    REQUIRE(recv(fd(), &byte, 1, 0) == 1);
  }
  /// Returns when the bytes are there, unread.
  void send_and_leave(std::size_t count) const {
    const std::uint64_t wanted = *iptraf::web::read_received_bytes(fd()) + count;
    const std::string bytes(count, 'x');
    REQUIRE(::send(client_.get(), bytes.data(), count, 0) == static_cast<ssize_t>(count));
    while (*iptraf::web::read_received_bytes(fd()) < wanted) std::this_thread::yield();
  }
  void read_at_server(std::size_t count) const {
    std::string bytes(count, ' ');
    REQUIRE(recv(fd(), bytes.data(), count, MSG_WAITALL) == static_cast<ssize_t>(count));
  }

 private:
  FileDescriptor server_;
  FileDescriptor client_;
};

TEST_CASE("requests that came together are known to have been there when the first was answered", "[web]") {
  ConnectionTable table(1, seconds(10));
  const TcpPair pair;
  table.add(pair.fd(), 0, Clock::now());
  Connection& connection = table.started(pair.fd(), Clock::now());
  pair.send('a');
  const Clock::time_point before = Clock::now();
  const Clock::time_point first = table.request_complete(connection, Clock::now());
  CHECK(first >= before);
  table.answer_ended(connection, Clock::now());
  CHECK(table.request_complete(connection, Clock::now()) == first);
  table.answer_ended(connection, Clock::now());
  pair.send('b');
  const Clock::time_point later = Clock::now();
  CHECK(table.request_complete(connection, Clock::now()) >= later);
}

TEST_CASE("a request that came before its connection was accepted is known to have been there then", "[web]") {
  ConnectionTable table(1, seconds(10));
  const TcpPair pair;
  pair.send('a');
  table.add(pair.fd(), 0, Clock::now());
  const Clock::time_point accepted = Clock::now();
  Connection& connection = table.started(pair.fd(), Clock::now());
  CHECK(table.request_complete(connection, Clock::now()) <= accepted);
}

TEST_CASE("of a request over a unix socket it is known only that it is there", "[web]") {
  ConnectionTable table(1, seconds(10));
  const Pair pair;
  Connection& connection = admit(table, pair, kStart);
  for (int i = 0; i < 2; ++i) {
    const Clock::time_point before = Clock::now();
    CHECK(table.request_complete(connection, Clock::now()) >= before);
    table.answer_ended(connection, Clock::now());
  }
}

TEST_CASE("a connection that sends more than a request may have makes room, read or not", "[web]") {
  constexpr std::size_t kMostBytes = std::size_t{64} << 10;
  ConnectionTable table(1, seconds(10));
  const TcpPair pair;
  table.add(pair.fd(), 0, kStart);
  Connection& connection = table.started(pair.fd(), kStart);
  pair.send_and_leave(kMostBytes);
  CHECK_FALSE(table.make_room(kStart, 0));
  begin_answer(table, connection, kStart);
  table.answer_ended(connection, kStart);
  pair.read_at_server(kMostBytes);
  pair.send_and_leave(kMostBytes);
  CHECK_FALSE(table.make_room(kStart, 0));
  pair.send_and_leave(1);
  CHECK(table.make_room(kStart, 0));
  CHECK(connection.state == Connection::State::kClosing);
}

TEST_CASE("the table is crowded for a second after a new connection found it full", "[web]") {
  ConnectionTable table(1, seconds(10));
  const Pair first;
  admit(table, first, kStart);
  CHECK_FALSE(table.is_crowded(kStart));
  const Pair second;
  admit(table, second, kStart + seconds(5));
  CHECK(table.is_crowded(kStart + seconds(5)));
  CHECK_FALSE(table.is_crowded(kStart + seconds(6)));
}

TEST_CASE("connections on their way out are bounded too", "[web]") {
  ConnectionTable table(1, seconds(10));
  std::array<Pair, 97> pairs;
  std::array<Connection*, 97> connections{};
  for (std::size_t i = 0; i < pairs.size(); ++i) connections[i] = &admit(table, pairs[i], kStart);
  CHECK(table.max_open() == 97);
  CHECK_FALSE(table.make_room(kStart, 0));
  CHECK(table.closed(*connections[0]));
  CHECK(table.make_room(kStart, 0));
}

TEST_CASE("beyond the limit there are places for who has few connections", "[web]") {
  ConnectionTable table(4, seconds(10));
  std::array<Pair, 4 + 32> pairs;
  const auto answer = [&table](const Pair& pair, std::uint64_t network) {
    REQUIRE(table.make_room(kStart, network));
    table.add(pair.fd(), network, kStart);
    table.request_complete(table.started(pair.fd(), kStart), kStart);
  };
  for (std::size_t i = 0; i < 4; ++i) answer(pairs[i], 1);
  for (std::size_t i = 4; i < pairs.size(); ++i) {
    CHECK_FALSE(table.make_room(kStart, 1));
    answer(pairs[i], i / 2);
    if (i % 2 == 1) CHECK_FALSE(table.make_room(kStart, i / 2));
  }
  CHECK_FALSE(table.make_room(kStart, 1000));
  for (const Pair& pair : pairs) CHECK_FALSE(pair.is_shut_down());
}

TEST_CASE("half of the connections have long answers and no more", "[web]") {
  ConnectionTable table(4, seconds(10));
  const std::array<Pair, 3> pairs;
  std::array<Connection*, 3> connections{};
  for (std::size_t i = 0; i < pairs.size(); ++i) connections[i] = &admit(table, pairs[i], kStart);
  CHECK(table.may_answer_at_length(*connections[0]));
  CHECK(table.may_answer_at_length(*connections[1]));
  CHECK_FALSE(table.may_answer_at_length(*connections[2]));
  table.answer_ended(*connections[0], kStart);
  CHECK(table.may_answer_at_length(*connections[2]));
  table.closed(*connections[1]);
  CHECK(table.may_answer_at_length(*connections[0]));
}

TEST_CASE("who reads many long answers does not keep a network that reads few from its own", "[web]") {
  ConnectionTable table(8, seconds(10));
  std::array<Pair, 7> pairs;
  std::vector<Connection*> connections;
  for (std::size_t i = 0; i < 5; ++i) connections.push_back(&admit(table, pairs[i], kStart, 1));
  for (std::size_t i = 5; i < 7; ++i) connections.push_back(&admit(table, pairs[i], kStart, 2));
  for (std::size_t i = 0; i < 4; ++i) CHECK(table.may_answer_at_length(*connections[i]));
  CHECK_FALSE(table.may_answer_at_length(*connections[4]));
  CHECK(table.may_answer_at_length(*connections[5]));
  CHECK(table.may_answer_at_length(*connections[6]));
  CHECK_FALSE(table.may_answer_at_length(*connections[4]));
}

TEST_CASE("who has come just now does not go for one who has more connections", "[web]") {
  ConnectionTable table(2, seconds(10));
  std::array<Pair, 3> pairs;
  for (std::size_t i = 0; i < 2; ++i) table.request_complete(admit(table, pairs[i], kStart, 1), kStart);
  admit(table, pairs[2], kStart, 2);
  CHECK_FALSE(table.make_room(kStart, 1));
  CHECK_FALSE(pairs[2].is_shut_down());
  CHECK(table.make_room(kStart + seconds(1), 1));
  CHECK(pairs[2].is_shut_down());
}

TEST_CASE("an empty table has no deadline", "[web]") {
  ConnectionTable table(1, seconds(10));
  CHECK(table.close_overdue(kStart) == Clock::time_point::max());
  const Pair pair;
  Connection& connection = admit(table, pair, kStart);
  CHECK_FALSE(table.closed(connection));
  CHECK(table.close_overdue(kStart) == Clock::time_point::max());
}

}  // namespace
