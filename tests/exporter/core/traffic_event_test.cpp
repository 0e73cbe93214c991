// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of TrafficEventRing: order, room, and one thread at each end.
#include "core/traffic_event.hpp"

#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace iptraf;

namespace {

TrafficEvent numbered(std::uint64_t number) {
  TrafficEvent event;
  event.packets = number;
  return event;
}

std::vector<std::uint64_t> drained(TrafficEventRing& ring) {
  std::vector<std::uint64_t> numbers;
  ring.drain([&](const TrafficEvent& event) { numbers.push_back(event.packets); });
  return numbers;
}

}  // namespace

TEST_CASE("A ring hands over what was pushed, in that order and once") {
  TrafficEventRing ring(4);
  for (std::uint64_t round = 0; round < 10; ++round) {
    for (std::uint64_t i = 0; i < 3; ++i) ring.push(numbered(10 * round + i));
    CHECK(drained(ring) == std::vector<std::uint64_t>{10 * round, 10 * round + 1, 10 * round + 2});
  }
  CHECK(drained(ring).empty());
  CHECK(ring.dropped() == 0);
}

TEST_CASE("A full ring keeps what it has and counts what comes") {
  TrafficEventRing ring(4);
  for (std::uint64_t i = 0; i < 7; ++i) ring.push(numbered(i));
  CHECK(ring.dropped() == 3);
  CHECK(drained(ring) == std::vector<std::uint64_t>{0, 1, 2, 3});
  ring.push(numbered(7));
  CHECK(drained(ring) == std::vector<std::uint64_t>{7});
}

TEST_CASE("Of what one thread pushes another gets all that is not counted as dropped, in order") {
  constexpr std::uint64_t kEvents = 50'000;
  TrafficEventRing ring(64);
  std::thread producer([&ring] {
    for (std::uint64_t i = 1; i <= kEvents; ++i) ring.push(numbered(i));
  });
  std::uint64_t got = 0;
  std::uint64_t last = 0;
  bool is_in_order = true;
  while (got + ring.dropped() < kEvents) {
    ring.drain([&](const TrafficEvent& event) {
      is_in_order = is_in_order && event.packets > last;
      last = event.packets;
      ++got;
    });
  }
  producer.join();
  CHECK(is_in_order);
  CHECK(got + ring.dropped() == kEvents);
}
