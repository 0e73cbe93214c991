// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the registration list: what every collector promises, and that shards and devices change no number.
#include "collectors/registry.hpp"

#include <filesystem>
#include <set>
#include <string>

#include "collectors/reference_frames.hpp"
#include "core/table_metrics.hpp"
#include "support/catch.hpp"
#include "support/run_offline.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

/// All collectors off but this one.
ChainSettings only(const CollectorSpec& wanted) {
  ChainSettings settings;
  for (const CollectorSpec* spec : collectors::all()) {
    const_cast<config::CollectorBase&>(spec->settings(settings.config.collectors)).enabled = spec == &wanted;
  }
  return settings;
}

std::string page_text(const std::vector<Bytes>& frames, std::uint32_t shards) {
  OfflineSettings settings = with_local_mac_b();
  settings.chain.shards = shards;
  return run_frames(frames, settings).page.without_thread_families();
}

}  // namespace

TEST_CASE("Collectors stand in the order of the list and have names, facilities and settings") {
  std::set<std::string_view> names;
  std::set<std::string_view> keys;
  for (const CollectorSpec* spec : collectors::all()) {
    CHECK(names.insert(spec->name).second);
    CHECK(keys.insert(spec->json_key).second);
    CHECK_FALSE(spec->facility.empty());
    CHECK_FALSE(spec->metrics.empty());
    REQUIRE(spec->settings != nullptr);
    REQUIRE(spec->create != nullptr);
    CHECK(spec->open_rows != nullptr);
    CHECK((spec->admission.series_per_key == 0) == (spec->admission.max_keys == nullptr));
  }
  CHECK(names == std::set<std::string_view>{"interface", "packet_size", "service", "lan_station", "tcp", "ip_traffic"});
}

TEST_CASE("Every metric begins with its collector's name, has a help text and stands once in the catalog") {
  std::set<std::string_view> seen;
  for (const CollectorSpec* spec : collectors::all()) {
    for (const MetricDesc* metric : spec->metrics) {
      INFO(metric->name);
      CHECK(metric->name.starts_with("iptraf_" + std::string(spec->name) + "_"));
      CHECK_FALSE(metric->help.empty());
      CHECK(metric->help.ends_with("."));
      CHECK(seen.insert(metric->name).second);
    }
  }
  const Catalog catalog = collectors::catalog_of(collectors::all());
  CHECK(catalog.size() == seen.size() + kTableMetrics.size());
}

TEST_CASE("series_per_device is what an empty device has") {
  for (const CollectorSpec* spec : collectors::all()) {
    INFO(spec->name);
    LiveChain chain(only(*spec));
    const auto snapshot = chain.snapshot();
    std::size_t series = 0;
    for (const Family& family : snapshot->families()) {
      if (family.collector != spec->name) continue;
      series += family.samples.size() + family.texts.size();
      for (const HistogramSample& histogram : family.histograms) series += histogram.bound_count + 3;
    }
    CHECK(series == spec->series_per_device);
  }
}

TEST_CASE("New keys cost at most series_per_key each") {
  constexpr std::size_t kNewKeys = 2;  // two stations; fewer for the others
  constexpr std::uint16_t kUnknownEthertype = 0x88b5;
  const std::vector<Bytes> frames{PacketBuilder().eth().ipv4().udp().build(),
                                  PacketBuilder().eth({.type = kUnknownEthertype}).payload(60).build()};
  for (const CollectorSpec* spec : collectors::all()) {
    if (spec->admission.series_per_key == 0) continue;
    INFO(spec->name);
    ChainSettings settings = only(*spec);
    std::istringstream services("domain 53/udp\n");
    settings.names.services = names::ServiceNames::parse(services);
    LiveChain chain(settings);
    const std::size_t before = chain.snapshot()->series_count();
    for (const Bytes& frame : frames) chain.feed({decoded(frame)});
    const std::size_t after = chain.snapshot()->series_count();
    CHECK(after > before);
    CHECK(after - before <= kNewKeys * spec->admission.series_per_key);
  }
}

TEST_CASE("Only enabled collectors are built, in the same order") {
  config::Collectors settings;
  CHECK(collectors::enabled(settings).size() == collectors::all().size());
  settings.packet_size.enabled = false;
  const auto specs = collectors::enabled(settings);
  CHECK(specs.size() == collectors::all().size() - 1);
  for (const CollectorSpec* spec : specs) CHECK(spec->name != "packet_size");
}

TEST_CASE("A collector with device globs counts these devices alone") {
  ChainSettings settings;
  settings.config.collectors.service.devices = {"eth*", "v?"};
  settings.config.collectors.packet_size.devices = {"eth*"};
  LiveChain chain(settings);
  const DeviceSlot eth = chain.devices().admit("eth0", LinkKind::kEthernet, 1500, true);
  const DeviceSlot wg = chain.devices().admit("wg0", LinkKind::kOther, 1420, true);
  Packet packet = decoded(PacketBuilder().eth().ipv4().udp().build());
  std::vector<Packet> packets;
  for (const DeviceSlot slot : {chain.device(), eth, wg, wg, eth}) {
    packet.device = slot;
    packets.push_back(packet);
  }
  chain.feed(packets);
  const Page page = chain.page();
  const auto service = [&page](const char* device) {
    return page.sum(std::string("iptraf_service_in_packets_total{device=\"") + device + "\"");
  };
  CHECK(service("vB") == 1);
  CHECK(service("eth0") == 2);
  CHECK(page.count("iptraf_service_in_packets_total{device=\"wg0\"") == 0);
  CHECK(page.sum("iptraf_interface_receive_packets_total{device=\"wg0\"") == 2);
  CHECK(page.value("iptraf_packet_size_receive_bytes_count{device=\"eth0\"}") == 2);
  CHECK(page.count("iptraf_packet_size_receive_bytes_count{") == 1);
}

TEST_CASE("One, two and four shards give the same page") {
  const std::vector<Bytes> frames = varied_frames(3000, 42);
  const std::string one = page_text(frames, 1);
  CHECK(page_text(frames, 2) == one);
  CHECK(page_text(frames, 4) == one);
  CHECK(page_text(frames, 1) == one);
}

TEST_CASE("One and four shards give the same page over the captures") {
  const std::filesystem::path folder = std::filesystem::path(IPTRAF_SOURCE_DIR) / "tests/data/captures";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    INFO(entry.path());
    OfflineSettings one;
    OfflineSettings four;
    four.chain.shards = 4;
    try {
      const std::string page = run_file(entry.path().string(), one).page.without_thread_families();
      CHECK(run_file(entry.path().string(), four).page.without_thread_families() == page);
    } catch (const capture::CaptureError&) {
      CHECK_THROWS_AS(run_file(entry.path().string(), four), capture::CaptureError);
    }
  }
}

TEST_CASE("The text and the JSON document of one run are the same every time") {
  const std::vector<Bytes> frames = varied_frames(500, 5);
  const OfflineResult first = run_frames(frames);
  const OfflineResult second = run_frames(frames);
  CHECK(first.page.without_thread_families() == second.page.without_thread_families());
  CHECK(first.json == second.json);
}
