// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of Shard: batches, clock, devices, failing collectors, requests while it runs and after the end.
#include "capture/shard.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <future>
#include <stdexcept>
#include <vector>

#include "capture/snapshotter.hpp"
#include "core/labels.hpp"
#include "core/per_device.hpp"
#include "support/catch.hpp"
#include "support/run_offline.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using namespace iptraf::test;

namespace {

constexpr MetricDesc kCounted{"iptraf_probe_packets_total", MetricKind::kCounter, {kDeviceLabel}, "Help."};

/// What a collector saw. Written by the shard, read after a snapshot; only the clock goes on in between.
struct Seen {
  std::vector<std::size_t> batches;
  std::vector<std::string> devices;
  std::atomic<Timestamp> clock = 0;
  bool fails_creation = false;
  bool fails_device = false;
  bool fails_sample = false;
  std::function<void()> on_batch = [] {};
};

class Probe final : public Collector {
 public:
  explicit Probe(Seen& seen) : seen_(seen) {}

  void on_batch(std::span<const Packet> packets) noexcept override {
    seen_.on_batch();
    seen_.batches.push_back(packets.size());
    for (const Packet& packet : packets) ++counts_[packet.device];
  }
  void on_clock(Timestamp now) noexcept override { seen_.clock = now; }
  void on_device(DeviceSlot slot, const Device& device) override {
    if (seen_.fails_device) throw std::runtime_error("no room");
    seen_.devices.push_back(device.name);
    counts_.begin(slot, 0U);
  }
  void sample(SampleWriter& out, const DeviceArray& /*devices*/) const override {
    counts_.for_each([&](DeviceSlot slot, std::uint64_t count) { out.add(kCounted, {slot}, count); });
    if (seen_.fails_sample) throw std::runtime_error("no memory");
  }

 private:
  Seen& seen_;
  PerDevice<std::uint64_t> counts_;
};

/// Whom the probes that are made next tell what they see.
std::deque<Seen*> next_seen;

std::unique_ptr<Collector> make_probe(const CollectorContext& /*context*/) {
  Seen& seen = *next_seen.front();
  next_seen.pop_front();
  if (seen.fails_creation) throw std::bad_alloc();
  return std::make_unique<Probe>(seen);
}

const CollectorSpec kProbeSpec{
    .name = "probe", .facility = "none", .metrics = {}, .create = make_probe, .json_key = "probes"};

/// Settings for so many probes.
std::shared_ptr<ShardSettings> settings_for(std::size_t probes, const std::vector<std::string>& globs = {}) {
  auto settings = std::make_shared<ShardSettings>();
  settings->collectors.assign(probes, {true, globs, nullptr});
  return settings;
}

/// A shard with probes on one device "eth0", fed from memory.
struct Fixture {
  explicit Fixture(std::vector<Seen*> probes, const std::vector<std::string>& globs = {}) {
    next_seen.assign(probes.begin(), probes.end());
    const std::vector<CollectorPlan> plans(probes.size(), {&kProbeSpec});
    auto memory = std::make_unique<MemorySource>();
    source = memory.get();
    shard = std::make_unique<Shard>(std::move(memory), plans, settings_for(probes.size(), globs), devices);
    devices.admit("eth0", LinkKind::kEthernet, 1500, true);
  }
  void start() {
    shard->start([this] { ended.set_value(); });
  }
  void feed(std::size_t count, DeviceSlot device = 0) {
    std::vector<Packet> packets(count);
    for (Packet& packet : packets) {
      packet.device = device;
      packet.time = ++time;
    }
    source->push(packets);
    source->wait_until_read();
  }
  const ShardReport& report() {
    shard->gate().ask();
    REQUIRE(shard->gate().wait(std::chrono::steady_clock::now() + std::chrono::seconds(60)));
    return shard->report();
  }
  std::uint64_t count_of(DeviceSlot slot) {
    for (const Sample& sample : report().samples.samples) {
      if (sample.metric == &kCounted && sample.labels[0] == slot) return sample.value;
    }
    return 0;
  }

  DeviceTable devices;
  MemorySource* source = nullptr;
  std::unique_ptr<Shard> shard;
  std::promise<void> ended;
  Timestamp time = 0;
};

std::ptrdiff_t samples_of(const ShardReport& report, const MetricDesc& metric) {
  return std::count_if(report.samples.samples.begin(), report.samples.samples.end(),
                       [&](const Sample& sample) { return sample.metric == &metric; });
}

}  // namespace

TEST_CASE("Every collector of a shard gets every packet, in batches of at most 256") {
  Seen one;
  Seen two;
  Fixture fixture({&one, &two});
  fixture.source->push(std::vector<Packet>(1000));
  fixture.start();
  fixture.source->wait_until_read();
  CHECK(fixture.count_of(0) == 1000);
  CHECK(one.batches == two.batches);
  for (const std::size_t batch : one.batches) CHECK(batch <= 256);
  CHECK(fixture.report().counters.packets == 1000);
}

TEST_CASE("A shard hands on the clock of its source, also when no packet comes") {
  Seen seen;
  Fixture fixture({&seen});
  fixture.start();
  fixture.feed(3);
  fixture.report();
  CHECK(seen.clock == 3);
  fixture.source->advance(77);
  fixture.report();
  CHECK(seen.clock == 77);
}

TEST_CASE("The end is told once and snapshots are answered after it") {
  Seen seen;
  Fixture fixture({&seen});
  fixture.source->push(std::vector<Packet>(5));
  fixture.source->finish();
  fixture.start();
  fixture.ended.get_future().wait();
  for (int i = 0; i < 5; ++i) CHECK(fixture.count_of(0) == 5);
}

TEST_CASE("A shard that never started can be stopped, and one can be stopped twice") {
  Seen seen;
  Fixture idle({&seen});
  idle.shard->stop();
  Fixture fixture({&seen});
  fixture.start();
  fixture.shard->stop();
  fixture.shard->stop();
}

TEST_CASE("A device that comes while the shard runs is begun before its packets") {
  Seen seen;
  Fixture fixture({&seen});
  fixture.start();
  fixture.feed(2);
  const DeviceSlot slot = fixture.devices.admit("eth1", LinkKind::kEthernet, 1500, true);
  fixture.feed(3, slot);
  CHECK(fixture.count_of(slot) == 3);
  CHECK(seen.devices == std::vector<std::string>{"eth0", "eth1"});
}

TEST_CASE("A returning device begins no new life") {
  Seen seen;
  Fixture fixture({&seen});
  fixture.start();
  fixture.feed(2);
  fixture.devices.set_gone(0);
  fixture.devices.admit("eth0", LinkKind::kEthernet, 1500, true);
  fixture.feed(2);
  CHECK(fixture.count_of(0) == 4);
  CHECK(seen.devices.size() == 1);
}

TEST_CASE("A collector whose device fails to begin counts the other devices") {
  Seen seen;
  seen.fails_device = true;
  Seen healthy;
  Fixture fixture({&seen, &healthy});
  fixture.start();
  fixture.feed(4);
  CHECK_FALSE(fixture.report().collectors[0].is_success);
  seen.fails_device = false;
  const DeviceSlot slot = fixture.devices.admit("eth1", LinkKind::kEthernet, 1500, true);
  fixture.feed(3, slot);
  fixture.feed(1, 0);
  CHECK(fixture.report().collectors.size() == 2);
  CHECK(seen.devices == std::vector<std::string>{"eth1"});
  CHECK(healthy.devices == std::vector<std::string>{"eth0", "eth1"});
  std::uint64_t total = 0;
  for (const Sample& sample : fixture.report().samples.samples) {
    if (sample.metric == &kCounted) total += sample.value;
  }
  CHECK(total == 3 + 8);
}

TEST_CASE("A collector that cannot be sampled, or not be made, has failed and leaves only its own samples out") {
  Seen failing;
  SECTION("not sampled") { failing.fails_sample = true; }
  SECTION("not made") { failing.fails_creation = true; }
  Seen healthy;
  Fixture fixture({&failing, &healthy});
  fixture.start();
  fixture.feed(4);
  const ShardReport& report = fixture.report();
  CHECK(samples_of(report, kCounted) == 1);
  REQUIRE(report.collectors.size() == 2);
  CHECK_FALSE(report.collectors[0].is_success);
  CHECK(report.collectors[1].is_success);
}

TEST_CASE("A snapshot after a slot's new life has nothing of the old one") {
  Seen seen;
  Fixture fixture({&seen});
  for (int i = 1; i < kMaxDevices; ++i) {
    fixture.devices.admit("eth" + std::to_string(i), LinkKind::kEthernet, 1500, true);
  }
  fixture.start();
  fixture.feed(5);
  fixture.report();
  // The slot changes hands while the shard is in the middle of a batch, and then the question comes.
  std::promise<void> in_batch;
  seen.on_batch = [&] {
    fixture.devices.set_gone(0);
    fixture.devices.admit("new", LinkKind::kEthernet, 1500, true);
    in_batch.set_value();
    while (!fixture.shard->gate().is_asked()) std::this_thread::yield();
    seen.on_batch = [] {};
  };
  fixture.source->push(std::vector<Packet>(1));
  in_batch.get_future().wait();
  CHECK(fixture.count_of(0) == 0);
}

TEST_CASE("Requests while packets stream in are answered with growing totals") {
  Seen seen;
  Fixture fixture({&seen});
  fixture.start();
  std::uint64_t last = 0;
  for (int round = 0; round < 200; ++round) {
    fixture.source->push(std::vector<Packet>(100));
    const std::uint64_t count = fixture.count_of(0);
    CHECK(count >= last);
    CHECK(count <= static_cast<std::uint64_t>(round + 1) * 100);
    last = count;
  }
  fixture.source->wait_until_read();
  CHECK(fixture.count_of(0) == 20'000);
}

TEST_CASE("A collector that a reload disables keeps its counts and goes on when it is enabled") {
  Seen seen;
  Fixture fixture({&seen});
  fixture.start();
  fixture.feed(5);
  CHECK(fixture.count_of(0) == 5);
  auto disabled = settings_for(1);
  disabled->collectors[0].is_enabled = false;
  fixture.shard->change_settings(disabled);
  CHECK(fixture.report().collectors.empty());
  fixture.feed(3);
  fixture.shard->change_settings(settings_for(1));
  fixture.report();
  fixture.feed(2);
  CHECK(fixture.count_of(0) == 7);
}

TEST_CASE("A collector that is enabled later is made then and counts from then on") {
  Seen seen;
  next_seen = {&seen};
  DeviceTable devices;
  auto memory = std::make_unique<MemorySource>();
  auto off = settings_for(1);
  off->collectors[0].is_enabled = false;
  const std::vector<CollectorPlan> plans{{&kProbeSpec}};
  Shard shard(std::move(memory), plans, off, devices);
  CHECK(next_seen.size() == 1);
  devices.admit("eth0", LinkKind::kEthernet, 1500, true);
  shard.start([] {});
  shard.change_settings(settings_for(1));
  shard.gate().ask();
  REQUIRE(shard.gate().wait(std::chrono::steady_clock::now() + std::chrono::seconds(60)));
  CHECK(next_seen.empty());
  CHECK(seen.devices == std::vector<std::string>{"eth0"});
}

TEST_CASE("Settings that one collector cannot take up are taken up by none, and it is named") {
  Seen seen;
  Seen failing;
  failing.fails_creation = true;
  next_seen.assign({&seen, &failing});
  const auto off = settings_for(2);
  for (auto& collector : off->collectors) collector.is_enabled = false;
  DeviceTable devices;
  Shard shard(std::make_unique<MemorySource>(), std::vector<CollectorPlan>(2, {&kProbeSpec}), off, devices);
  Snapshotter snapshotter({&shard}, devices, std::make_shared<View>(), [](Snapshot&, auto) {});
  shard.start([] {});
  const std::vector<std::string_view> failed = snapshotter.change(settings_for(2), off, std::make_shared<View>());
  CHECK(failed == std::vector<std::string_view>{"probe"});
  snapshotter.take();
  CHECK(shard.report().collectors.empty());
  next_seen.push_back(&failing);
  failing.fails_creation = false;
  CHECK(snapshotter.change(settings_for(2), off, std::make_shared<View>()).empty());
  snapshotter.take();
  CHECK(shard.report().collectors.size() == 2);
}

TEST_CASE("A reload may leave devices out and take them in again without losing a count") {
  Seen seen;
  Fixture fixture({&seen});
  const DeviceSlot slot = fixture.devices.admit("eth1", LinkKind::kEthernet, 1500, true);
  fixture.start();
  fixture.feed(2, 0);
  fixture.feed(3, slot);
  fixture.shard->change_settings(settings_for(1, {"eth1"}));
  fixture.report();
  fixture.feed(4, 0);
  fixture.feed(5, slot);
  CHECK(fixture.count_of(0) == 2);
  CHECK(fixture.count_of(slot) == 8);
  fixture.shard->change_settings(settings_for(1));
  fixture.report();
  fixture.feed(1, 0);
  CHECK(fixture.count_of(0) == 3);
  CHECK(seen.devices.size() == 2);
}
