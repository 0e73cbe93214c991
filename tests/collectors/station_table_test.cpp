// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of StationTable: it finds what it has through any sequence of changes, and who is idle exactly.
#include "collectors/station_table.hpp"

#include <map>
#include <random>

#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::collectors;

namespace {

constexpr auto kAlways = [](const Station&) { return true; };

}  // namespace

TEST_CASE("An address as a number sorts as it reads") {
  CHECK(to_number({0x02, 0x00, 0x5e, 0x10, 0xfe, 0x0a}) == 0x02005e10fe0a);
  CHECK(to_number({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) == 0xffffffffffff);
}

TEST_CASE("A table of one station is found, full, and empty again") {
  StationTable table(1);
  CHECK(table.earliest_seen() == kNever);
  table.insert(7, 100).receive.packets = 3;
  CHECK(table.is_full());
  CHECK(table.find(7)->receive.packets == 3);
  CHECK(table.find(8) == nullptr);
  CHECK(table.earliest_seen() == 100);
  table.remove_idle(110, 10, kAlways);
  CHECK(table.size() == 1);
  table.remove_idle(111, 10, kAlways);
  CHECK(table.size() == 0);
  CHECK(table.find(7) == nullptr);
  CHECK(table.insert(8, 120).receive.packets == 0);
}

TEST_CASE("Stations go in the order in which they were seen last, not in which they came") {
  StationTable table(3);
  Station& first = table.insert(1, 1);
  table.insert(2, 2);
  table.insert(3, 3);
  first.last_seen = 9;
  std::vector<std::uint64_t> gone;
  table.remove_idle(100, 0, [&gone](const Station& station) {
    gone.push_back(station.mac);
    return true;
  });
  CHECK(gone == std::vector<std::uint64_t>{2, 3, 1});
}

TEST_CASE("A station that may not go is asked for again when as much time has passed once more") {
  StationTable table(2);
  table.insert(1, 0);
  int asked = 0;
  const auto refuse = [&asked](const Station&) {
    ++asked;
    return false;
  };
  table.remove_idle(11, 10, refuse);
  table.remove_idle(21, 10, refuse);
  CHECK(asked == 1);
  table.remove_idle(22, 10, refuse);
  CHECK(asked == 2);
  CHECK(table.find(1) != nullptr);
}

TEST_CASE("A table that grows keeps its stations and never shrinks") {
  StationTable table(2);
  table.insert(1, 5).transmit.bytes = 60;
  table.insert(2, 6);
  table.grow(50);
  CHECK(table.capacity() == 50);
  CHECK(table.find(1)->transmit.bytes == 60);
  for (std::uint64_t mac = 3; mac <= 50; ++mac) table.insert(mac, 7);
  CHECK(table.is_full());
  for (std::uint64_t mac = 1; mac <= 50; ++mac) CHECK(table.find(mac)->mac == mac);
  table.grow(10);
  CHECK(table.capacity() == 50);
  table.remove_idle(17, 10, kAlways);
  CHECK(table.size() == 48);
}

TEST_CASE("A table agrees with a map through a long random life") {
  constexpr Timestamp kIdle = 500;
  std::mt19937 random(5);
  StationTable table(64);
  std::map<std::uint64_t, Timestamp> model;
  Timestamp now = 0;
  for (int step = 0; step < 200'000; ++step) {
    now += static_cast<Timestamp>(random() % 20);
    table.remove_idle(now, kIdle, kAlways);
    std::erase_if(model, [now](const auto& entry) { return entry.second + kIdle < now; });
    const std::uint64_t mac = random() % 200;
    Station* found = table.find(mac);
    REQUIRE((found != nullptr) == model.contains(mac));
    if (found == nullptr && !table.is_full()) found = &table.insert(mac, now);
    if (found != nullptr) {
      found->last_seen = now;
      model[mac] = now;
    }
    REQUIRE(table.size() == model.size());
  }
  table.for_each([&model](const Station& station) { CHECK(model.at(station.mac) == station.last_seen); });
}
