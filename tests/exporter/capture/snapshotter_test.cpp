// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of Snapshotter: merging shards, sharing, freshness, and errors of those who complete a snapshot.
#include "capture/snapshotter.hpp"

#include <atomic>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "collectors/registry.hpp"
#include "support/catch.hpp"
#include "support/run_offline.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using namespace iptraf::test;

namespace {

Packet packet() { return decoded(PacketBuilder().eth().ipv4().udp().build()); }

double packets(const Snapshot& snapshot) {
  double sum = 0;
  for (const Family& family : snapshot.families()) {
    if (family.metric->name != "iptraf_interface_receive_packets_total") continue;
    for (const Sample& sample : family.samples) sum += static_cast<double>(sample.value);
  }
  return sum;
}

/// A shard without collectors and a snapshotter over it.
struct Bare {
  explicit Bare(Snapshotter::Complete complete) {
    auto memory = std::make_unique<MemorySource>();
    shard = std::make_unique<Shard>(std::move(memory), std::span<const CollectorPlan>{},
                                    std::make_shared<ShardSettings>(), devices);
    snapshotter =
        std::make_unique<Snapshotter>(std::vector<Shard*>{shard.get()}, devices, std::make_shared<View>(), complete);
    shard->start([] {});
  }

  DeviceTable devices;
  std::unique_ptr<Shard> shard;
  std::unique_ptr<Snapshotter> snapshotter;
};

}  // namespace

TEST_CASE("A snapshot has what was counted before it was asked for") {
  LiveChain chain;
  for (int round = 1; round <= 20; ++round) {
    chain.feed({packet(), packet()});
    CHECK(packets(*chain.snapshot()) == 2 * round);
  }
}

TEST_CASE("Two snapshots one after the other are two, and the first stays as it was") {
  LiveChain chain;
  const auto first = chain.snapshot();
  chain.feed({packet()});
  const auto second = chain.snapshot();
  CHECK(first != second);
  CHECK(packets(*first) == 0);
  CHECK(packets(*second) == 1);
}

TEST_CASE("Those who ask while a snapshot is made share the next one") {
  std::atomic<int> made{0};
  std::promise<void> first_is_made;
  std::promise<void> others_wait;
  std::shared_future<void> may_go_on = others_wait.get_future().share();
  Bare bare([&](Snapshot&, std::span<const ShardReport* const>) {
    if (++made == 1) {
      first_is_made.set_value();
      may_go_on.wait();
    }
  });
  auto first = std::async(std::launch::async, [&] { return bare.snapshotter->take(); });
  first_is_made.get_future().wait();
  std::atomic<int> arrived{0};
  std::vector<std::future<std::shared_ptr<const Snapshot>>> others;
  for (int i = 0; i < 6; ++i) {
    others.push_back(std::async(std::launch::async, [&] {
      ++arrived;
      return bare.snapshotter->take();
    }));
  }
  while (arrived != 6) std::this_thread::yield();
  others_wait.set_value();
  const auto first_snapshot = first.get();
  std::set<std::shared_ptr<const Snapshot>> distinct;
  for (auto& other : others) distinct.insert(other.get());
  CHECK(distinct.count(first_snapshot) == 0);
  // A thread between its arrival and its wait may come too late for the second and get a third.
  CHECK(made <= 7);
  CHECK(distinct.size() == static_cast<std::size_t>(made - 1));
}

TEST_CASE("A snapshot that cannot be completed is an error for its maker, and the next one works") {
  int calls = 0;
  Bare bare([&](Snapshot&, std::span<const ShardReport* const>) {
    if (++calls == 1) throw std::runtime_error("no names");
  });
  CHECK_THROWS_WITH(bare.snapshotter->take(), "no names");
  CHECK(bare.snapshotter->take() != nullptr);
}

TEST_CASE("Many threads ask while packets stream in, and nobody gets less than the one before") {
  LiveChain chain;
  std::atomic<bool> is_over{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      double last = 0;
      while (!is_over) {
        const double count = packets(*chain.snapshot());
        if (count < last) ++wrong;
        last = count;
      }
    });
  }
  for (int round = 0; round < 100; ++round) chain.feed(std::vector<Packet>(50, packet()));
  is_over = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(packets(*chain.snapshot()) == 5000);
}
