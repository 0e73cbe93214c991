// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of collector `ip_traffic`: EtherTypes and their limits, settings, reloads, lives of devices.
#include <string>

#include "collectors/registry.hpp"
#include "collectors/traffic_page.hpp"
#include "output/prometheus.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::test;
using namespace iptraf::test::traffic;

namespace {

Device vb() {
  Device device;
  device.name = "vB";
  device.is_used = true;
  device.life = 1;
  return device;
}

/// Of a collector outside a shard, whose one device is vB in slot 0.
Page page_of(const Collector& collector) {
  SampleSet samples;
  SampleWriter writer(samples);
  DeviceArray devices;
  devices[0] = vb();
  collector.sample(writer, devices);
  const auto view = std::make_shared<View>();
  view->catalog = collectors::catalog_of(collectors::all());
  const SampleSet* const shards[] = {&samples};
  return Page(output::to_prometheus_text(Snapshot(view, shards, devices), [](std::string_view) { return true; }));
}

config::IpTraffic without(bool config::IpTraffic::*setting) {
  config::IpTraffic settings;
  settings.*setting = false;
  return settings;
}

config::IpTraffic only(std::vector<std::string> protocols) {
  config::IpTraffic settings;
  settings.protocols = std::move(protocols);
  return settings;
}

/// One frame of everything that the settings can leave out.
std::vector<Bytes> one_of_each() {
  return {
      eth().ipv4().tcp().build(),
      eth().ipv4().udp().build(),
      eth().ipv4().icmp(8).build(),
      eth().ipv6().icmpv6(128).build(),
      eth().ipv4().ospf(2, 1).build(),
      eth().arp(1).pad_to(60).build(),
      eth().rarp(3).pad_to(60).build(),
      typed_frame(0x88cc),
      typed_frame(0x1234),
      eth().ipv4({.protocol = 253}).payload(20).build(),
  };
}

void reload(LiveChain& chain, const config::IpTraffic& settings) {
  config::Config config;
  config.collectors.ip_traffic = settings;
  chain.chain().pipeline().change(prepare(config));
}

}  // namespace

TEST_CASE("What is not IP counts by the word or the number of its EtherType") {
  LiveChain chain;
  const Bytes ppp = PacketBuilder().ppp(0xc021).payload(10).build();
  chain.feed({
      decoded(typed_frame(0x6004)),
      decoded(typed_frame(0x8137)),
      decoded(PacketBuilder().eth().vlan(7, 0x8100, 0x88cc).payload(46).build()),
      decoded(PacketBuilder().eth().llc(0x42, 0x42).payload(43).build()),
      decoded(eth().pppoe().ppp_protocol(false, 0xc021).payload(10).build()),
      decoded(typed_frame(0x88b5)),
      decoded(typed_frame(0xffff)),
      decoded(ppp, LinkType::kPpp),
      decoded_cut(typed_frame(0x88cc), LinkType::kEthernet, 12, 60),
  });
  const Page page = chain.page();
  CHECK(ethertype(page, "dec_lat") == Pair{1, 60});
  CHECK(ethertype(page, "ipx") == Pair{1, 60});
  CHECK(ethertype(page, "lldp") == Pair{1, 64});
  CHECK(ethertype(page, "llc") == Pair{1, 60});
  CHECK(ethertype(page, "pppoe_session") == Pair{1, 32});
  CHECK(ethertype(page, "0x88b5") == Pair{1, 60});
  CHECK(ethertype(page, "0xffff") == Pair{1, 60});
  CHECK(ethertype(page, "link") == Pair{2, static_cast<double>(ppp.size()) + 60});
  CHECK(sum(page, "non_ip_packets") == 9);
  CHECK(sum(page, "packets") == 0);
}

TEST_CASE("64 EtherTypes without a word have series, those that come later are other, and words go on") {
  LiveChain chain;
  std::vector<Packet> packets;
  for (std::uint16_t type = 0x0a00; type < 0x0a00 + 70; ++type) {
    for (int i = 0; i < 2; ++i) packets.push_back(decoded(typed_frame(type)));
  }
  packets.push_back(decoded(typed_frame(0x88cc)));
  chain.feed(packets);
  const Page page = chain.page();
  CHECK(ethertype(page, "0x0a00") == Pair{2, 120});
  CHECK(ethertype(page, "0x0a3f") == Pair{2, 120});
  CHECK_FALSE(has_ethertype(page, "0x0a40"));
  CHECK(ethertype(page, "other") == Pair{12, 720});
  CHECK(ethertype(page, "lldp") == Pair{1, 60});
  CHECK(evictions(page, "full") == 6);
  CHECK(evictions(page, "budget") == 0);
  CHECK(page.value("iptraf_table_entries{table=\"ethertype\"}") == 64);
  CHECK(page.value("iptraf_table_capacity{table=\"ethertype\"}") == 64);
}

TEST_CASE("Over the series budget an EtherType is other until a reload leaves room for it") {
  SeriesBudget budget(2);
  SeriesAdmission admission(budget, 64, 2);
  const config::Config config;
  const auto collector = ip_traffic().create({config, &admission});
  collector->on_device(0, vb());
  const std::vector<Packet> packets{decoded(typed_frame(0x0a01)), decoded(typed_frame(0x0a02))};
  collector->on_batch(packets);
  collector->on_batch(packets);
  const Page before = page_of(*collector);
  CHECK(ethertype(before, "0x0a01") == Pair{2, 120});
  CHECK(ethertype(before, "other") == Pair{2, 120});
  CHECK(evictions(before, "budget") == 1);
  budget.set_max_series(4);
  collector->on_batch(packets);
  CHECK(ethertype(page_of(*collector), "other") == Pair{3, 180});
  collector->configure({config, &admission});
  collector->on_batch(packets);
  const Page after = page_of(*collector);
  CHECK(ethertype(after, "0x0a01") == Pair{4, 240});
  CHECK(ethertype(after, "0x0a02") == Pair{1, 60});
  CHECK(ethertype(after, "other") == Pair{3, 180});
  CHECK(evictions(after, "budget") == 1);
}

TEST_CASE("A shard that has not seen a device's new life yet takes no more EtherTypes than it has room for") {
  SeriesBudget budget(1000);
  SeriesAdmission admission(budget, 64, 2);
  const config::Config config;
  const auto collector = ip_traffic().create({config, &admission});
  collector->on_device(0, vb());
  std::vector<Packet> packets;
  for (std::uint16_t type = 0x0a00; type < 0x0a00 + 64; ++type) packets.push_back(decoded(typed_frame(type)));
  collector->on_batch(packets);
  admission.clear(0, 2);  // as another shard does
  packets = {decoded(typed_frame(0x0b00))};
  collector->on_batch(packets);
  CHECK(ethertype(page_of(*collector), "other") == Pair{1, 60});
}

TEST_CASE("A slot that begins a new life forgets counts and EtherTypes") {
  LiveChain chain;
  for (int i = 1; i < kMaxDevices; ++i) {
    chain.devices().admit("eth" + std::to_string(i), LinkKind::kEthernet, 1500, true);
  }
  std::vector<Packet> packets;
  for (std::uint16_t type = 0x0a00; type < 0x0a00 + 65; ++type) packets.push_back(decoded(typed_frame(type)));
  chain.feed(packets);
  chain.devices().set_gone(chain.device());
  chain.devices().admit("vB2", LinkKind::kEthernet, 1500, true);
  chain.feed({decoded(typed_frame(0x0a40))});
  const Page page = chain.page();
  CHECK(page.sum(kPrefix + "non_ip_packets_total{device=\"vB2\"") == 1);
  CHECK(page.value(kPrefix + "non_ip_packets_total{device=\"vB2\",ethertype=\"0x0a40\"}") == 1);
}

TEST_CASE("arp, rarp and non_ip make their packets invisible, each its own") {
  const Page no_arp = page_of(one_of_each(), without(&config::IpTraffic::arp));
  CHECK_FALSE(has_ethertype(no_arp, "arp"));
  CHECK(count(no_arp, "arp_packets") == 3);  // rarp_request, rarp_reply, other
  CHECK(arp(no_arp, "rarp_request") == 1);
  CHECK(sum(no_arp, "non_ip_packets") == 3);

  const Page no_rarp = page_of(one_of_each(), without(&config::IpTraffic::rarp));
  CHECK_FALSE(has_ethertype(no_rarp, "rarp"));
  CHECK(count(no_rarp, "arp_packets") == 3);
  CHECK(sum(no_rarp, "arp_packets") == 1);

  const Page no_non_ip = page_of(one_of_each(), without(&config::IpTraffic::non_ip));
  CHECK(count(no_non_ip, "non_ip_packets") == 2);
  CHECK(ethertype(no_non_ip, "arp") == Pair{1, 60});
  CHECK(ethertype(no_non_ip, "rarp") == Pair{1, 60});
  CHECK(no_non_ip.value("iptraf_table_entries{table=\"ethertype\"}") == 0);

  config::IpTraffic settings;
  settings.arp = settings.rarp = settings.non_ip = false;
  const Page ip_only = page_of(one_of_each(), settings);
  CHECK(count(ip_only, "arp_packets") == 0);
  CHECK(count(ip_only, "non_ip_packets") == 0);
  CHECK(sum(ip_only, "packets") == 6);
}

TEST_CASE("protocols makes all other IP protocols invisible, with their messages") {
  const Page icmp_only = page_of(one_of_each(), only({"icmp"}));
  CHECK(count(icmp_only, "packets") == 1);
  CHECK(protocol(icmp_only, "icmp") == Pair{1, 28});
  CHECK(count(icmp_only, "icmp_packets") == 32);
  CHECK(icmp(icmp_only, "4", "echo_request") == 1);
  CHECK(count(icmp_only, "ospf_packets") == 0);
  CHECK(sum(icmp_only, "non_ip_packets") == 4);

  const Page some = page_of(one_of_each(), only({"icmpv6", "ospf", "other"}));
  CHECK(count(some, "packets") == 3);
  CHECK(protocol(some, "other") == Pair{1, 40});
  CHECK(count(some, "icmp_packets") == 23);
  CHECK(ospf(some, "2", "hello") == 1);
}

TEST_CASE("A reload changes what is counted from now on and keeps what was counted") {
  LiveChain chain;
  std::vector<Packet> packets;
  for (const Bytes& frame : one_of_each()) packets.push_back(decoded(frame));
  chain.feed(packets);
  config::IpTraffic settings = only({"udp"});
  settings.arp = settings.non_ip = false;
  reload(chain, settings);
  chain.feed(packets);
  const Page narrow = chain.page();
  CHECK(protocol(narrow, "udp") == Pair{2, 56});
  CHECK(protocol(narrow, "icmp") == Pair{1, 28});
  CHECK_FALSE(narrow.has(series("packets", "protocol=\"igmp\"")));
  CHECK(count(narrow, "icmp_packets") == 2);
  CHECK(arp(narrow, "request") == 1);
  CHECK(arp(narrow, "rarp_request") == 2);
  CHECK(ethertype(narrow, "lldp") == Pair{1, 60});
  CHECK(ethertype(narrow, "0x1234") == Pair{1, 60});
  reload(chain, {});
  chain.feed(packets);
  const Page wide = chain.page();
  CHECK(protocol(wide, "udp") == Pair{3, 84});
  CHECK(protocol(wide, "icmp") == Pair{2, 56});
  CHECK(arp(wide, "request") == 2);
  CHECK(ethertype(wide, "0x1234") == Pair{2, 120});
}
