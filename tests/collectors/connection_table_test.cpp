// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of ConnectionTable: finding, lists and their order, released tuples, growing and shrinking.
#include "collectors/connection_table.hpp"

#include <algorithm>
#include <list>
#include <map>
#include <random>

#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::collectors;

namespace {

ConnectionKey key(std::uint16_t port) { return Flow::of(IpAddress{1}, port, IpAddress{2}, 80, 0).key; }

Connection& insert(ConnectionTable& table, std::uint16_t port, ConnectionList list = ConnectionList::kOpen) {
  return table.insert(key(port), key(port).hash(), list);
}

Connection* find(ConnectionTable& table, std::uint16_t port) { return table.find(key(port), key(port).hash()); }

/// Ports from the oldest on; empties the list.
std::vector<std::uint16_t> drain(ConnectionTable& table, ConnectionList list) {
  std::vector<std::uint16_t> ports;
  while (Connection* const connection = table.oldest(list)) {
    const ConnectionKey& drained = connection->key;
    ports.push_back(drained.port(0) == 80 ? drained.port(1) : drained.port(0));
    table.erase(*connection);
  }
  return ports;
}

}  // namespace

TEST_CASE("Both directions of a connection have one key and opposite senders") {
  const Flow there = Flow::of(IpAddress{1}, 5, IpAddress{2}, 80, 3);
  const Flow back = Flow::of(IpAddress{2}, 80, IpAddress{1}, 5, 3);
  CHECK(there.key == back.key);
  CHECK(there.sender != back.sender);
  CHECK(there.key.address(there.sender) == IpAddress{1});
  CHECK(there.key.port(there.sender) == 5);
  CHECK(back.key.port(back.sender) == 80);
  CHECK(there.key.device() == 3);
  CHECK_FALSE(there.key == Flow::of(IpAddress{1}, 5, IpAddress{2}, 80, 4).key);
  CHECK_FALSE(there.key == Flow::of(IpAddress{1}, 80, IpAddress{2}, 5, 3).key);
  const Flow same_address = Flow::of(IpAddress{1}, 9, IpAddress{1}, 8, 0);
  CHECK(same_address.key.port(same_address.sender) == 9);
}

TEST_CASE("Lists keep the order of the latest move") {
  ConnectionTable table(4);
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{1, 2, 3}) insert(table, port);
  table.move_to(*find(table, 1), ConnectionList::kOpen);
  table.move_to(*find(table, 2), ConnectionList::kHalfOpen);
  CHECK(drain(table, ConnectionList::kOpen) == std::vector<std::uint16_t>{3, 1});
  CHECK(drain(table, ConnectionList::kHalfOpen) == std::vector<std::uint16_t>{2});
  CHECK(table.size() == 0);
}

TEST_CASE("Ended connections stand in the order of their end, whatever the order of the calls") {
  ConnectionTable table(8);
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{30, 10, 20, 10, 40}) {
    const auto unique = static_cast<std::uint16_t>(port + table.size());
    Connection& connection = insert(table, unique);
    connection.ended_at = port;
    table.move_to_ended(connection);
  }
  CHECK(drain(table, ConnectionList::kEnded) == std::vector<std::uint16_t>{11, 13, 22, 30, 44});
}

TEST_CASE("A released tuple can be given to a new connection while the old one stays listed") {
  ConnectionTable table(2);
  Connection& old = insert(table, 7);
  table.move_to_ended(old);
  table.release_tuple(old);
  CHECK(find(table, 7) == nullptr);
  Connection& next = insert(table, 7);
  CHECK(find(table, 7) == &next);
  CHECK(table.is_full());
  table.erase(old);
  CHECK(find(table, 7) == &next);
  CHECK(table.size() == 1);
}

TEST_CASE("A table that takes over another has its entries, lists and order") {
  ConnectionTable from(4);
  insert(from, 1, ConnectionList::kHalfOpen);
  insert(from, 2);
  insert(from, 3);
  Connection& ended = insert(from, 4);
  from.move_to_ended(ended);
  from.release_tuple(ended);
  ConnectionTable to(9);
  to.take_over(from);
  CHECK(from.size() == 0);
  CHECK(to.size() == 4);
  CHECK(find(to, 4) == nullptr);
  CHECK(find(to, 3) != nullptr);
  CHECK(drain(to, ConnectionList::kOpen) == std::vector<std::uint16_t>{2, 3});
  CHECK(drain(to, ConnectionList::kHalfOpen) == std::vector<std::uint16_t>{1});
  CHECK(drain(to, ConnectionList::kEnded) == std::vector<std::uint16_t>{4});
}

TEST_CASE("Random work on a full table agrees with a map and a list") {
  constexpr std::uint32_t kCapacity = 50;
  ConnectionTable table(kCapacity);
  std::list<std::uint16_t> order;
  std::mt19937 random(11);
  for (int i = 0; i < 50'000; ++i) {
    const auto port = static_cast<std::uint16_t>(1000 + random() % 120);
    Connection* const found = find(table, port);
    const auto known = std::find(order.begin(), order.end(), port);
    REQUIRE((found != nullptr) == (known != order.end()));
    if (found == nullptr) {
      if (table.is_full()) {
        table.erase(*table.oldest(ConnectionList::kOpen));
        order.pop_front();
      }
      insert(table, port);
      order.push_back(port);
    } else if (random() % 3 == 0) {
      table.erase(*found);
      order.erase(known);
    } else {
      table.move_to(*found, ConnectionList::kOpen);
      order.splice(order.end(), order, known);
    }
    REQUIRE(table.size() == order.size());
    REQUIRE(table.size() <= kCapacity);
  }
  CHECK(drain(table, ConnectionList::kOpen) == std::vector<std::uint16_t>(order.begin(), order.end()));
}

TEST_CASE("A table of one connection works") {
  ConnectionTable table(1);
  insert(table, 1);
  CHECK(table.is_full());
  CHECK(find(table, 2) == nullptr);
  table.erase(*find(table, 1));
  insert(table, 2);
  CHECK(find(table, 2) != nullptr);
}
