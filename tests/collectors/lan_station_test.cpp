// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of collector `lan_station` on one shard: what counts for whom, limits, idle stations, names, rows, reloads.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "collectors/reference_frames.hpp"
#include "collectors/station_shards.hpp"
#include "output/json.hpp"
#include "support/capture_writer.hpp"

using namespace iptraf;
using namespace iptraf::test;
using Json = nlohmann::json;

namespace {

constexpr Timestamp kSecond = kNanosecondsPerSecond;
constexpr const char* kBroadcast = "ff:ff:ff:ff:ff:ff";
constexpr const char* kMacC = "02:00:00:00:00:0c";
constexpr std::uint32_t kLinktypeFddi = 10;

config::LanStation with_limits(std::uint32_t max_stations, double idle_seconds = 24 * 3600) {
  config::LanStation settings;
  settings.max_stations = max_stations;
  settings.idle = {idle_seconds};
  return settings;
}

StationCounts sum_of_all(const Page& page) {
  const auto sum = [&page](const char* what) {
    return page.sum(std::string("iptraf_lan_station_") + what + "_total{");
  };
  return {sum("receive_packets"),  sum("receive_ip_packets"),  sum("receive_bytes"),
          sum("transmit_packets"), sum("transmit_ip_packets"), sum("transmit_bytes")};
}

names::StationDescriptions described(const std::string& mac, const std::string& text) {
  names::StationDescriptions descriptions;
  CHECK(descriptions.configure("descriptions", {{mac, text}}).empty());
  return descriptions;
}

Json rows(StationShards& shards, const RowQuery& query = {}) {
  const auto snapshot = shards.snapshot();
  std::string text;
  output::JsonRows json(StationShards::spec().open_rows(*snapshot, query));
  while (json.append_to(text, 100)) {
  }
  return Json::parse(text);
}

std::vector<std::string> macs(const Json& rows) {
  std::vector<std::string> macs;
  for (const Json& row : rows) macs.push_back(row.at("mac"));
  return macs;
}

}  // namespace

TEST_CASE("Vector V counts frame bytes for the station that sent and the one that received") {
  const Page page = run_frames(vector_v(), with_local_mac_b()).page;
  CHECK(station(page, kMacA) == StationCounts{1, 1, 1514, 4, 3, 308});
  CHECK(station(page, kMacB) == StationCounts{3, 3, 248, 1, 1, 1514});
  CHECK(station(page, kBroadcast) == StationCounts{1, 0, 60, 0, 0, 0});
  CHECK(station(page, "other") == StationCounts{});
  CHECK(stations_named(page) == 3);
}

TEST_CASE("A station that talks to itself sends and receives") {
  StationShards shards;
  shards.feed({between(kMacA, kMacA)});
  CHECK(station(shards.page(), kMacA) == StationCounts{1, 1, 114, 1, 1, 114});
}

TEST_CASE("Whatever is not IP counts, an IP packet without a trusted header does not") {
  const auto eth = [] { return PacketBuilder().eth(); };
  const std::vector<Bytes> counted{
      eth().arp().pad_to(60).build(),
      eth().rarp().build(),
      eth().payload(46).build(),
      PacketBuilder().eth({.destination = "01:80:c2:00:00:00"}).llc(0x42, 0x42).payload(43).build(),
      eth().vlan(7).ipv4().tcp().build(),
      eth().ipv6().extension(60).udp().payload(8).build(),
      eth().ipv4({.protocol = 6}).payload(19).build(),  // a transport header that is too short is not IP's fault
  };
  const std::vector<Bytes> passed_over{
      eth().ipv4({.checksum = Checksum::kWrong}).tcp().build(),
      eth().ipv4({.total_bytes = 2000}).tcp().build(),
      eth().ipv4({.version = 5}).tcp().build(),
      eth().ipv6({.payload_bytes = 900}).tcp().build(),
      eth().ipv6().authentication(8).tcp().build(),
  };
  std::vector<Bytes> frames = counted;
  frames.insert(frames.end(), passed_over.begin(), passed_over.end());
  const Page page = run_frames(frames).page;
  double bytes = 0;
  for (const Bytes& frame : counted) bytes += static_cast<double>(frame.size());
  CHECK(station(page, kMacA) == StationCounts{0, 0, 0, 7, 3, bytes});
  CHECK(station(page, "01:80:c2:00:00:00") == StationCounts{1, 0, 60, 0, 0, 0});
}

TEST_CASE("A super-packet counts for a station as its segments") {
  Packet packet = between(kMacA, kMacB);
  packet.segments = 3;
  packet.frame_bytes = 4434;
  StationShards shards;
  shards.feed({packet});
  CHECK(station(shards.page(), kMacB) == StationCounts{3, 3, 4434, 0, 0, 0});
}

TEST_CASE("FDDI has stations; loopback and links without addresses have no series at all") {
  OfflineSettings settings;
  const TemporaryFile fddi(
      pcap_bytes({{0, PacketBuilder().fddi().snap().ipv4().udp().build()}}, {.link_type = kLinktypeFddi}));
  const Page page = run_file(fddi.path(), settings).page;
  CHECK(station(page, kMacA)[3] == 1);
  CHECK(page.value("iptraf_lan_station_info{device=\"vB\",mac=\"" + std::string(kMacA) +
                   "\",link_type=\"fddi\",vendor=\"\",description=\"\"}") == 1);

  const TemporaryFile raw(pcap_bytes({{0, PacketBuilder().ipv4().udp().build()}}, {.link_type = kLinktypeRaw}));
  CHECK(run_file(raw.path(), settings).page.count("iptraf_lan_station_") == 0);

  StationShards shards;
  shards.begin_device(1, "lo", LinkKind::kLoopback);
  Packet packet = between("00:00:00:00:00:00", "00:00:00:00:00:00");
  packet.device = 1;
  shards.feed({packet});
  CHECK(shards.page().count("iptraf_lan_station_receive_packets_total{device=\"lo\"") == 0);
  CHECK(shards.page().value("iptraf_table_capacity{table=\"lan_station\"}") == 1024);
}

TEST_CASE("A device without packets has the six series of other, which is what series_per_device says") {
  StationShards shards;
  const auto snapshot = shards.snapshot();
  std::size_t series = 0;
  for (const Family& family : snapshot->families()) {
    if (family.collector == "lan_station") series += family.samples.size() + family.texts.size();
  }
  CHECK(series == 6);
  CHECK(StationShards::spec().series_per_device == 6);
  shards.feed({between(kMacA, kMacA)});
  CHECK(shards.snapshot()->series_count() == snapshot->series_count() + StationShards::spec().admission.series_per_key);
}

TEST_CASE("Vendors and descriptions are labels of the info series alone") {
  StationShards shards;
  shards.names.vendors = names::MacVendors::load("/nonexistent");
  shards.names.descriptions = described(kMacA, "printer");
  shards.feed({between(kMacA, kBroadcast)});
  const Page page = shards.page();
  CHECK(page.value("iptraf_lan_station_info{device=\"vB\",mac=\"02:00:00:00:00:0a\",link_type=\"ethernet\","
                   "vendor=\"local\",description=\"printer\"}") == 1);
  CHECK(page.value("iptraf_lan_station_info{device=\"vB\",mac=\"ff:ff:ff:ff:ff:ff\",link_type=\"ethernet\","
                   "vendor=\"\",description=\"\"}") == 1);
  CHECK(stations_named(page) == 2);
}

TEST_CASE("Over max_stations a newcomer is other, known stations go on, and nothing is lost") {
  StationShards shards(1, with_limits(3));
  std::vector<Packet> packets;
  for (unsigned i = 1; i <= 10; ++i) packets.push_back(between(station_mac(i), station_mac(1)));
  shards.feed(packets);
  const Page page = shards.page();
  CHECK(station(page, station_mac(1)) == StationCounts{10, 10, 1140, 1, 1, 114});
  CHECK(station(page, station_mac(3)) == StationCounts{0, 0, 0, 1, 1, 114});
  CHECK_FALSE(has_station(page, station_mac(4)));
  CHECK(station(page, "other") == StationCounts{0, 0, 0, 7, 7, 798});
  CHECK(stations_named(page) == 3);
  CHECK(evictions(page, "full") == 7);
  CHECK(evictions(page, "budget") == 0);
  CHECK(page.value("iptraf_table_entries{table=\"lan_station\"}") == 3);
  CHECK(page.value("iptraf_table_capacity{table=\"lan_station\"}") == 3);
}

TEST_CASE("A stranger is counted as refused each time it gets no entry") {
  StationShards shards(1, with_limits(1));
  shards.feed({between(kMacA, kMacA), between(kMacB, kMacA), between(kMacB, kMacC)});
  CHECK(evictions(shards.page(), "full") == 3);
}

TEST_CASE("Over the series budget a newcomer is other with reason budget until somebody gives series back") {
  StationShards shards(1, {}, 100);
  shards.budget().charge(&shards, 0, 86);  // leaves room for two stations of seven series
  shards.feed({between(kMacA, kMacB), between(kMacC, kMacA), between(kMacC, kMacA)});
  Page page = shards.page();
  CHECK(station(page, kMacA) == StationCounts{2, 2, 228, 1, 1, 114});
  CHECK(station(page, "other") == StationCounts{0, 0, 0, 2, 2, 228});
  CHECK(evictions(page, "budget") == 2);
  shards.budget().set_max_series(107);
  shards.feed({between(kMacC, kMacA)});
  page = shards.page();
  CHECK(station(page, kMacC) == StationCounts{0, 0, 0, 1, 1, 114});
  CHECK(shards.budget().used() == 107);
}

TEST_CASE("A station lives for the idle time and not a nanosecond longer") {
  for (const Timestamp late : {Timestamp{0}, Timestamp{1}}) {
    INFO(late);
    StationShards shards(1, with_limits(10, 60));
    shards.feed({between(kMacA, kMacB, 100 * kSecond)});
    shards.advance(0, 160 * kSecond + late);
    const Page page = shards.page();
    CHECK(stations_named(page) == (late == 0 ? 2 : 0));
    CHECK(has_station(page, kMacA) == (late == 0));
    CHECK(evictions(page, "idle") == (late == 0 ? 0 : 2));
    CHECK(shards.budget().used() == (late == 0 ? 14 : 0));
    CHECK(page.value("iptraf_table_entries{table=\"lan_station\"}") == (late == 0 ? 2 : 0));
  }
}

TEST_CASE("A station that returns after the idle time begins at 0, in the middle of a batch too") {
  StationShards shards(1, with_limits(10, 60));
  shards.feed({between(kMacA, kMacB, 0), between(kMacC, kMacB, 30 * kSecond), between(kMacA, kMacC, 61 * kSecond)});
  const Page page = shards.page();
  CHECK(station(page, kMacA) == StationCounts{0, 0, 0, 1, 1, 114});
  CHECK(station(page, kMacB) == StationCounts{2, 2, 228, 0, 0, 0});
  CHECK(station(page, kMacC) == StationCounts{1, 1, 114, 1, 1, 114});
  CHECK(evictions(page, "idle") == 1);
}

TEST_CASE("A full table takes newcomers again when a station has become idle") {
  StationShards shards(1, with_limits(2, 60));
  shards.feed({between(kMacA, kMacB, 0), between(kMacC, kMacA, kSecond), between(kMacC, kMacA, 61 * kSecond)});
  const Page page = shards.page();
  CHECK(station(page, kMacA) == StationCounts{2, 2, 228, 1, 1, 114});
  CHECK(station(page, kMacC) == StationCounts{0, 0, 0, 1, 1, 114});
  CHECK_FALSE(has_station(page, kMacB));
  CHECK(station(page, "other") == StationCounts{0, 0, 0, 1, 1, 114});
}

TEST_CASE("It makes no difference where batches begin, whatever becomes idle and however full the table is") {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    INFO(seed);
    Dice dice(seed);
    const config::LanStation settings = with_limits(12, 2);
    StationShards whole(1, settings);
    StationShards pieces(1, settings);
    std::vector<Packet> packets;
    Timestamp time = 0;
    for (int i = 0; i < 3000; ++i) {
      time += dice.seconds_below(dice.below(30) == 0 ? 3 : 0.1);
      packets.push_back(between(station_mac(dice.below(24)), station_mac(dice.below(24)), time));
    }
    whole.feed(packets);
    for (auto at = packets.begin(); at != packets.end();) {
      const auto count = std::min<std::ptrdiff_t>(dice.below(9) + 1, packets.end() - at);
      pieces.feed({at, at + count});
      at += count;
    }
    const Page page = whole.page();
    CHECK(evictions(page, "idle") > 0);
    CHECK(evictions(page, "full") > 0);
    CHECK(pieces.page().text() == page.text());
  }
}

TEST_CASE("Random addresses never exceed the table, and named and other are all there is") {
  StationShards shards(1, with_limits(50));
  Dice dice(9);
  const auto any = [&dice] {
    MacAddress address{};
    for (std::uint8_t& byte : address) byte = static_cast<std::uint8_t>(dice.below(256));
    return address;
  };
  Packet packet = between(kMacA, kMacB);
  StationCounts expected{};
  for (int batch = 0; batch < 40; ++batch) {
    std::vector<Packet> packets;
    for (int i = 0; i < 256; ++i) {
      packet.source_mac = any();
      packet.destination_mac = dice.below(4) == 0 ? mac(station_mac(dice.below(40))) : any();
      packet.frame_bytes = 60 + dice.below(1455);
      packet.network = dice.below(2) == 0 ? Network::kIpv4 : Network::kOther;
      const double ip_packets = packet.network == Network::kIpv4 ? 1 : 0;
      const StationCounts one{1, ip_packets, static_cast<double>(packet.frame_bytes),
                              1, ip_packets, static_cast<double>(packet.frame_bytes)};
      for (std::size_t k = 0; k < one.size(); ++k) expected[k] += one[k];
      packets.push_back(packet);
    }
    shards.feed(packets);
    const Page page = shards.page();
    CHECK(stations_named(page) <= 50);
    CHECK(page.value("iptraf_table_entries{table=\"lan_station\"}") == 50);
    CHECK(sum_of_all(page) == expected);
  }
  CHECK(shards.budget().used() == 50 * 7);
}

TEST_CASE("A reload changes the idle time and the limit, and keeps what was counted") {
  StationShards shards(1, with_limits(2));
  shards.feed({between(kMacA, kMacB, 0), between(kMacC, kMacA, kSecond)});
  shards.reload(with_limits(3));
  shards.feed({between(kMacC, kMacA, 2 * kSecond)});
  Page page = shards.page();
  CHECK(station(page, kMacA) == StationCounts{2, 2, 228, 1, 1, 114});
  CHECK(station(page, kMacC) == StationCounts{0, 0, 0, 1, 1, 114});
  CHECK(page.value("iptraf_table_capacity{table=\"lan_station\"}") == 3);

  shards.reload(with_limits(1));
  shards.feed({between(kMacB, kMacA, 3 * kSecond), between(station_mac(99), kMacA, 3 * kSecond)});
  page = shards.page();
  CHECK(station(page, kMacB) == StationCounts{1, 1, 114, 1, 1, 114});
  CHECK(stations_named(page) == 3);
  CHECK_FALSE(has_station(page, station_mac(99)));
  CHECK(page.value("iptraf_table_capacity{table=\"lan_station\"}") == 1);

  shards.reload(with_limits(1, 1));
  shards.advance(0, 4 * kSecond);
  CHECK(stations_named(shards.page()) == 2);  // C was seen last at 2 s
}

TEST_CASE("A larger table finds every station of the smaller one, and idle ones in their order") {
  StationShards shards(1, with_limits(100, 10));
  std::vector<Packet> packets;
  for (unsigned i = 0; i < 100; ++i) packets.push_back(between(station_mac(i), station_mac(i), i * kSecond / 20));
  shards.feed(packets);
  shards.reload(with_limits(200, 10));
  for (Packet& packet : packets) packet.time = 5 * kSecond;
  shards.feed({packets.begin(), packets.begin() + 50});
  shards.advance(0, 10 * kSecond + 76 * kSecond / 20);
  const Page page = shards.page();
  CHECK(stations_named(page) == 74);  // 0 to 49 were seen again, 50 to 75 were not
  CHECK(station(page, station_mac(49)) == StationCounts{2, 2, 228, 2, 2, 228});
  CHECK(station(page, station_mac(76)) == StationCounts{1, 1, 114, 1, 1, 114});
}

TEST_CASE("A slot that begins a new life forgets its stations, and their series are free") {
  StationShards shards(1, with_limits(2));
  shards.feed({between(kMacA, kMacB), between(kMacC, kMacA)});
  shards.begin_device(0, "vB2");
  CHECK(shards.budget().used() == 0);
  shards.feed({between(kMacC, kMacC)});
  const Page page = shards.page();
  CHECK(station(page, kMacC, "vB2") == StationCounts{1, 1, 114, 1, 1, 114});
  CHECK(station(page, "other", "vB2") == StationCounts{});
  CHECK(stations_named(page) == 1);
}

TEST_CASE("Devices have stations, limits and idle times each of their own") {
  StationShards shards(1, with_limits(1, 60));
  shards.begin_device(7, "vC");
  Packet other_device = between(kMacB, kMacB, 50 * kSecond);
  other_device.device = 7;
  shards.feed({between(kMacA, kMacA, 0), other_device});
  shards.advance(0, 70 * kSecond);
  const Page page = shards.page();
  CHECK_FALSE(has_station(page, kMacA));
  CHECK(station(page, kMacB, "vC") == StationCounts{1, 1, 114, 1, 1, 114});
}

TEST_CASE("A row has what IPTraf shows of a station, and its names") {
  StationShards shards;
  shards.names.descriptions = described(kMacB, "server");
  shards.feed({between(kMacA, kMacB), between(kMacA, kMacB)});
  CHECK(rows(shards).at(1) == Json{{"device", "vB"},
                                   {"mac", kMacB},
                                   {"link_type", "ethernet"},
                                   {"vendor", ""},
                                   {"description", "server"},
                                   {"receive_packets", 2},
                                   {"receive_ip_packets", 2},
                                   {"receive_bytes", 228},
                                   {"transmit_packets", 0},
                                   {"transmit_ip_packets", 0},
                                   {"transmit_bytes", 0}});
}

TEST_CASE("Rows come by device and address or the largest first; other has one only when it counts") {
  StationShards shards(1, with_limits(3));
  shards.begin_device(1, "vC");
  Packet large = between(kMacC, kMacC);
  large.frame_bytes = 1514;
  Packet other_device = between(kMacB, kMacB);
  other_device.device = 1;
  shards.feed({large, between(kMacA, kMacB), between(kMacA, kMacB), between(kMacA, kMacB), other_device});
  using Macs = std::vector<std::string>;
  CHECK(macs(rows(shards)) == Macs{kMacA, kMacB, kMacC, kMacB});
  shards.feed({between(station_mac(1), station_mac(2))});
  CHECK(macs(rows(shards)) == Macs{kMacA, kMacB, kMacC, "other", kMacB});
  RowQuery query;
  query.device = DeviceSlot{1};
  CHECK(macs(rows(shards, query)) == Macs{kMacB});
  query.device = DeviceSlot{0};
  query.choices = {{"sort", 1}};  // packets
  CHECK(macs(rows(shards, query)) == Macs{kMacA, kMacB, kMacC, "other"});
  query.choices = {{"sort", 0}};  // bytes
  query.limit = 3;
  CHECK(macs(rows(shards, query)) == Macs{kMacC, kMacA, kMacB});
}

TEST_CASE("Captures give the stations that they are known for") {
  const std::string folder = std::string(IPTRAF_SOURCE_DIR) + "/tests/data/captures/";
  Page page = run_file(folder + "tcpreplay__test_test.pcap").page;
  CHECK(station(page, "00:1f:f3:3c:e1:13") == StationCounts{70, 70, 9049, 71, 70, 53655});
  CHECK_FALSE(has_station(page, "00:30:96:05:28:38"));  // its IP headers are not to be trusted
  CHECK(stations_named(page) == 14);
  page = run_file(folder + "tcpdump__various_gre.pcap").page;
  CHECK(station(page, "01:00:0c:cc:cc:cd") == StationCounts{42, 0, 2772, 0, 0, 0});
  CHECK(station(page, "aa:bb:cc:00:02:00") == StationCounts{20, 15, 2113, 20, 15, 2113});
  CHECK(stations_named(page) == 6);
  page = run_file(folder + "wireshark-old__tools_dftestfiles_nfs.pcap").page;
  CHECK(station(page, "00:07:4a:01:6e:00") == StationCounts{1, 1, 161, 1, 1, 201});
  CHECK(stations_named(page) == 2);
}
