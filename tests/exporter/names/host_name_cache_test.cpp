// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the cache of host names: what waits for a lookup, for how long an answer is used, and what goes first.
#include "names/host_name_cache.hpp"

#include <optional>

#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using iptraf::IpAddress;
using iptraf::names::HostNameCache;
using iptraf::test::ip;
using std::chrono::seconds;

namespace {

const HostNameCache::Clock::time_point kStart;

IpAddress host(int number) { return ip("192.0.2." + std::to_string(number)); }

/// Asks for an address, and answers its lookup.
void add(HostNameCache& cache, int number, const std::string& name, seconds ttl = seconds(100)) {
  cache.ask(host(number), kStart);
  REQUIRE(cache.start_next() == host(number));
  cache.store(host(number), name, kStart + ttl);
}

}  // namespace

TEST_CASE("An address that is asked for waits once until its lookup is answered") {
  HostNameCache cache(10, 10);
  CHECK(cache.ask(host(1), kStart).empty());
  CHECK(cache.ask(host(1), kStart).empty());
  CHECK(cache.waiting() == 1);
  CHECK(cache.start_next() == host(1));
  CHECK(cache.ask(host(1), kStart).empty());
  CHECK(cache.start_next() == std::nullopt);
  cache.store(host(1), "a.example", kStart + seconds(30));
  CHECK(cache.ask(host(1), kStart) == "a.example");
  CHECK(cache.waiting() == 0);
  CHECK(cache.size() == 1);
}

TEST_CASE("Addresses are looked up in the order in which they were asked for") {
  HostNameCache cache(10, 10);
  for (const int number : {3, 1, 2}) cache.ask(host(number), kStart);
  for (const int number : {3, 1, 2}) CHECK(cache.start_next() == host(number));
}

TEST_CASE("An answer is used until it expires, with and without a name") {
  HostNameCache cache(10, 10);
  add(cache, 1, "a.example", seconds(30));
  add(cache, 2, "", seconds(30));
  CHECK(cache.ask(host(1), kStart + seconds(29)) == "a.example");
  CHECK(cache.ask(host(2), kStart + seconds(29)).empty());
  CHECK(cache.waiting() == 0);
  CHECK(cache.ask(host(1), kStart + seconds(30)) == "a.example");
  CHECK(cache.ask(host(2), kStart + seconds(30)).empty());
  CHECK(cache.waiting() == 2);
  CHECK(cache.start_next() == host(1));
  cache.store(host(1), "b.example", kStart + seconds(60));
  CHECK(cache.ask(host(1), kStart + seconds(31)) == "b.example");
}

TEST_CASE("An expired name goes when the next lookup finds none") {
  HostNameCache cache(10, 10);
  add(cache, 1, "a.example", seconds(30));
  CHECK(cache.ask(host(1), kStart + seconds(30)) == "a.example");
  CHECK(cache.start_next() == host(1));
  cache.store(host(1), "", kStart + seconds(60));
  CHECK(cache.ask(host(1), kStart + seconds(31)).empty());
}

TEST_CASE("A full cache lets the address go that was not asked for the longest") {
  HostNameCache cache(3, 10);
  for (const int number : {1, 2, 3}) add(cache, number, "name" + std::to_string(number));
  CHECK(cache.ask(host(1), kStart) == "name1");
  add(cache, 4, "name4");
  CHECK(cache.size() == 3);
  CHECK(cache.ask(host(1), kStart) == "name1");
  CHECK(cache.ask(host(3), kStart) == "name3");
  CHECK(cache.ask(host(4), kStart) == "name4");
  CHECK(cache.waiting() == 0);
  CHECK(cache.ask(host(2), kStart).empty());
  CHECK(cache.waiting() == 1);
}

TEST_CASE("A full queue turns newcomers away and leaves what is known alone") {
  HostNameCache cache(10, 2);
  add(cache, 1, "name1", seconds(30));
  for (const int number : {2, 3, 4, 5}) CHECK(cache.ask(host(number), kStart).empty());
  CHECK(cache.waiting() == 2);
  CHECK(cache.turned_away() == 2);
  CHECK(cache.size() == 3);
  CHECK(cache.ask(host(1), kStart + seconds(31)) == "name1");
  CHECK(cache.turned_away() == 3);
  CHECK(cache.start_next() == host(2));
  CHECK(cache.ask(host(4), kStart).empty());
  CHECK(cache.turned_away() == 3);
}

TEST_CASE("An address that the cache has let go is not looked up, and its answer is not kept") {
  HostNameCache cache(2, 10);
  for (const int number : {1, 2, 3}) cache.ask(host(number), kStart);
  CHECK(cache.waiting() == 3);
  CHECK(cache.start_next() == host(2));
  cache.ask(host(4), kStart);
  cache.store(host(2), "name2", kStart + seconds(30));
  CHECK(cache.size() == 2);
  CHECK(cache.start_next() == host(3));
  CHECK(cache.start_next() == host(4));
  CHECK(cache.start_next() == std::nullopt);
  CHECK(cache.waiting() == 0);
}

TEST_CASE("An address that left the cache and came back is looked up once") {
  HostNameCache cache(1, 10);
  for (const int number : {1, 2, 1}) cache.ask(host(number), kStart);
  CHECK(cache.waiting() == 3);
  CHECK(cache.start_next() == host(1));
  CHECK(cache.start_next() == std::nullopt);
}
