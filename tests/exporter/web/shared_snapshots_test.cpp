// SPDX-License-Identifier: GPL-2.0-or-later
// Lending of snapshots: how long one is shared, and how many may be lent at once.
#include "web/shared_snapshots.hpp"

#include <atomic>
#include <thread>

#include "snapshot_fixture.hpp"
#include "support/catch.hpp"

namespace {

using iptraf::Snapshot;
using iptraf::test::snapshot_with;
using iptraf::web::Clock;
using iptraf::web::LoanTakenBack;
using iptraf::web::SharedSnapshots;

using std::chrono::hours;

/// Takes snapshots and remembers all of them, as the capture side remembers its latest.
struct Source {
  std::vector<std::shared_ptr<const Snapshot>> taken;
  std::shared_ptr<const Snapshot> take() {
    taken.push_back(snapshot_with(taken.size()));
    return taken.back();
  }
};

TEST_CASE("a snapshot is shared until it is as old as it may be", "[web]") {
  Source source;
  SharedSnapshots snapshots([&] { return source.take(); }, hours(1), 4);
  const auto first = snapshots.get(Clock::now());
  CHECK(snapshots.get(Clock::now()) == first);
  CHECK(source.taken.size() == 1);
  CHECK(snapshots.get(Clock::now() + hours(2)) != first);
  CHECK(source.taken.size() == 2);
}

TEST_CASE("without reuse everyone gets a snapshot that began after the question", "[web]") {
  Source source;
  SharedSnapshots snapshots([&] { return source.take(); }, Clock::duration::zero(), 4);
  const Clock::time_point early = Clock::now();
  const auto first = snapshots.get(early);
  CHECK(snapshots.get(early) == first);
  CHECK(snapshots.get(Clock::now()) != first);
}

TEST_CASE("as many snapshots are lent as may be, however many the capture side keeps", "[web]") {
  Source source;
  SharedSnapshots snapshots([&] { return source.take(); }, Clock::duration::zero(), 2);
  auto first = snapshots.get(Clock::now());
  const auto second = snapshots.get(Clock::now());
  const auto same = second;
  first.reset();
  const auto third = snapshots.get(Clock::now());
  CHECK(second->hold() == source.taken[1]);
  CHECK(third->hold() == source.taken[2]);
}

TEST_CASE("what was lent longest ago is taken back when too many are lent", "[web]") {
  Source source;
  SharedSnapshots snapshots([&] { return source.take(); }, Clock::duration::zero(), 2);
  const auto first = snapshots.get(Clock::now());
  const auto second = snapshots.get(Clock::now());
  const auto held = first->hold();
  const auto third = snapshots.get(Clock::now());
  CHECK_THROWS_AS(first->hold(), LoanTakenBack);
  CHECK(held == source.taken[0]);  // by whoever was about to use it
  CHECK(second->hold() == source.taken[1]);
  const auto fourth = snapshots.get(Clock::now());
  CHECK_THROWS_AS(second->hold(), LoanTakenBack);
  CHECK(third->hold() == source.taken[2]);
  CHECK(fourth->hold() == source.taken[3]);
}

TEST_CASE("a snapshot that is taken back is freed at once", "[web]") {
  std::vector<std::weak_ptr<const Snapshot>> taken;
  SharedSnapshots snapshots(
      [&] {
        auto made = snapshot_with(1);
        taken.push_back(made);
        return made;
      },
      Clock::duration::zero(), 1);
  const auto slow = snapshots.get(Clock::now());
  const auto next = snapshots.get(Clock::now());
  CHECK(taken[0].expired());
  CHECK_FALSE(taken[1].expired());
}

TEST_CASE("a snapshot that is fresh enough is lent however many are out", "[web]") {
  Source source;
  SharedSnapshots snapshots([&] { return source.take(); }, hours(1), 1);
  const auto first = snapshots.get(Clock::now());
  CHECK(snapshots.get(Clock::now()) == first);
  CHECK(first->hold() == source.taken[0]);
}

TEST_CASE("a stale snapshot is let go when nobody holds it", "[web]") {
  std::weak_ptr<const Snapshot> taken;
  SharedSnapshots snapshots(
      [&] {
        auto made = snapshot_with(1);
        taken = made;
        return made;
      },
      hours(1), 4);
  snapshots.get(Clock::now());
  snapshots.drop_stale(Clock::now());
  CHECK_FALSE(taken.expired());
  snapshots.drop_stale(Clock::now() + hours(2));
  CHECK(taken.expired());
}

TEST_CASE("a snapshot that cannot be taken is tried again by the next", "[web]") {
  int tries = 0;
  SharedSnapshots snapshots(
      [&]() -> std::shared_ptr<const Snapshot> {
        if (++tries == 1) throw std::runtime_error("no answer");
        return snapshot_with(1);
      },
      hours(1), 1);
  CHECK_THROWS_WITH(snapshots.get(Clock::now()), "no answer");
  CHECK(snapshots.get(Clock::now()));
}

TEST_CASE("threads that ask at once share one snapshot", "[web]") {
  std::atomic<int> taken = 0;
  SharedSnapshots snapshots(
      [&] {
        ++taken;
        return snapshot_with(7);
      },
      hours(1), 1);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 100; ++n) right += snapshots.get(Clock::now())->hold()->devices()[0].name == "eth0" ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(taken == 1);
  CHECK(right == 400);
}

}  // namespace
