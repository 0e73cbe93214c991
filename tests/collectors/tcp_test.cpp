// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of collector `tcp`: what begins and ends connections, the full table, fragments, devices, reloads, captures.
#include <map>
#include <random>

#include "collectors/tcp_talk.hpp"
#include "decode/offload.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

Settings settings_with(const ChainSettings& chain) {
  Settings settings = prepare(chain.config);
  return settings;
}

std::uint64_t total_packets(const Json& rows) {
  std::uint64_t sum = 0;
  for (const Json& row : rows) {
    sum += row.at("a").at("packets").get<std::uint64_t>() + row.at("b").at("packets").get<std::uint64_t>();
  }
  return sum;
}

}  // namespace

TEST_CASE("A connection that is first seen by its SYN/ACK starts as syn and is established by the ACK of it") {
  TcpTalk talk;
  talk.server({kSyn | kAck, 101, 2});
  CHECK(talk.row().at("state") == "opening");
  CHECK(talk.opened("syn") == 1);
  CHECK_FALSE(talk.row().at("partial").get<bool>());
  CHECK(talk.row().at("a").at("address") == "10.0.0.2");
  talk.client({kAck, 2, 102});
  CHECK(talk.row().at("state") == "established");
  CHECK(talk.value("iptraf_tcp_handshake_seconds_count") == 0);
}

TEST_CASE("A connection of which one direction is seen stays opening") {
  TcpTalk talk;
  talk.client({kSyn, 1});
  talk.client({kAck, 2, 102});
  talk.client({kPsh | kAck, 2, 102, 100});
  CHECK(talk.row().at("state") == "opening");
}

TEST_CASE("A repeated SYN begins no second connection and the handshake is timed from the first") {
  TcpTalk talk;
  talk.client({kSyn, 1});
  talk.client({kSyn, 1});
  talk.server({kSyn | kAck, 101, 2});
  talk.client({kAck, 2, 102});
  CHECK(talk.row().at("state") == "established");
  CHECK(talk.value("iptraf_tcp_handshake_seconds_sum") == 3);
  CHECK(talk.packets("syn") == 2);
  CHECK(talk.packets("syn_ack") == 1);
}

TEST_CASE("A SYN on a closed tuple begins a new connection, other late packets count on the ended row") {
  TcpTalk talk;
  talk.handshake();
  talk.client({kRst, 2});
  talk.server({kPsh | kAck, 102, 2, 50});
  talk.server({kSyn | kAck, 101, 2});
  CHECK(talk.row().at("state") == "reset");
  CHECK(total_packets(talk.rows()) == 6);
  talk.client({kSyn, 9000});
  CHECK(talk.rows().size() == 2);
  CHECK(talk.rows().at(0).at("state") == "reset");
  CHECK(talk.rows().at(1).at("state") == "opening");
}

TEST_CASE("Data supersedes a row that ended idle or unreachable, a bare ACK does not") {
  TcpTalk talk(tcp_settings(16, 60, 3600));
  talk.handshake();
  talk.idle(100);
  talk.client({kAck, 2, 102});
  CHECK(talk.row().at("state") == "idle");
  CHECK(talk.row().at("a").at("packets") == 3);
  talk.client({kPsh | kAck, 2, 102, 10});
  REQUIRE(talk.rows().size() == 2);
  CHECK(talk.rows().at(1).at("partial").get<bool>());
  CHECK(talk.rows().at(1).at("state") == "established");
  CHECK(talk.opened("midstream") == 1);

  talk.client_port = 40001;
  talk.client({kSyn, 1});
  talk.unreachable(1, {kSyn, 1});
  talk.client({kPsh | kAck, 2, 102, 10});
  CHECK(talk.rows().size() == 4);
  CHECK(talk.ended("unreachable") == 1);
}

TEST_CASE("An ended row is shown for closed_persistence and then expires") {
  TcpTalk talk(tcp_settings(16, 900, 300));
  talk.handshake();
  talk.client({kRst, 2});
  talk.idle(299);
  CHECK(talk.shown("reset") == 1);
  talk.idle(1);
  CHECK(talk.shown("reset") == 0);
  CHECK(talk.rows().empty());
  CHECK(talk.evicted("expired") == 1);
  CHECK(talk.ended("reset") == 1);
}

TEST_CASE("The clock of the packets expires rows as the idle link's does") {
  TcpTalk talk(tcp_settings(16, 60, 300));
  talk.handshake();
  talk.pass(400);
  talk.client({kAck, 2, 102});  // idle at 60 s, gone at 360 s, and an ACK begins nothing
  CHECK(talk.rows().empty());
  CHECK(talk.ended("idle") == 1);
}

TEST_CASE("Without persistence an ended connection is not shown") {
  TcpTalk talk(tcp_settings(16, 60, 0));
  talk.handshake();
  talk.client({kRst, 2});
  CHECK(talk.rows().empty());
  CHECK(talk.ended("reset") == 1);
}

TEST_CASE("Fragmentation needed and packet too big end nothing, nor does another ICMP error") {
  TcpTalk talk;
  talk.handshake();
  talk.unreachable(4, {kAck, 2, 102});
  talk.unreachable(0, {kAck, 2, 102}, 11);
  CHECK(talk.row().at("state") == "established");
  talk.unreachable(13, {kAck, 2, 102});
  CHECK(talk.row().at("state") == "reset");
}

TEST_CASE("An ICMP unreachable counts only when the quoted sequence number is in flight") {
  TcpTalk talk;
  talk.handshake();
  talk.client({kPsh | kAck, 2, 102, 100});
  talk.server({kAck, 102, 52});  // 52 to 102 are in flight
  for (const std::uint32_t sequence : {51U, 1U, 103U, 0x80000000U}) {
    talk.unreachable(1, {kAck, sequence, 102});
    CHECK(talk.row().at("state") == "established");
  }
  talk.unreachable(1, {kAck, 52, 102});
  CHECK(talk.row().at("state") == "reset");
}

TEST_CASE("IPv6 connections are told apart and ended by ICMPv6 as IPv4 ones are") {
  TcpTalk talk;
  talk.is_ipv6 = true;
  talk.client({kSyn, 1});
  CHECK(talk.row().at("a").at("address") == "2001:db8::1");
  CHECK(talk.row().at("a").at("bytes") == 60);
  talk.unreachable(0, {kSyn, 1}, 2);
  CHECK(talk.row().at("state") == "opening");
  talk.unreachable(4, {kSyn, 1}, 1);
  CHECK(talk.row().at("state") == "reset");
  CHECK(talk.ended("unreachable") == 1);
}

TEST_CASE("The same tuple on two devices is two connections") {
  TcpTalk talk;
  talk.client({kSyn, 1});
  talk.device = talk.chain().devices().admit("vC", LinkKind::kEthernet, 1500, true);
  talk.client({kSyn, 1});
  talk.unreachable(3, {kSyn, 1});
  const Json rows = talk.rows();
  REQUIRE(rows.size() == 2);
  CHECK(rows.at(0).at("device") == "vB");
  CHECK(rows.at(0).at("state") == "opening");
  CHECK(rows.at(1).at("device") == "vC");
  CHECK(rows.at(1).at("state") == "reset");
}

TEST_CASE("A slot's new life forgets the connections of the device before") {
  TcpTalk talk;
  talk.handshake();
  DeviceTable& devices = talk.chain().devices();
  for (int i = 1; i < kMaxDevices; ++i) devices.admit("eth" + std::to_string(i), LinkKind::kEthernet, 1500, true);
  devices.set_gone(0);
  devices.admit("new", LinkKind::kEthernet, 1500, true);
  CHECK(talk.rows().empty());
  CHECK(talk.chain().page().value("iptraf_table_entries{table=\"tcp\"}") == 0);
}

TEST_CASE("A row has addresses, ports, sizes, window, MACs and times") {
  TcpTalk talk;
  talk.client({kSyn, 1});
  talk.server({kSyn | kAck, 101, 2});
  const Json row = talk.row();
  CHECK(row.at("device") == "vB");
  CHECK(row.at("first_seen") == 1'700'000'001.0);
  CHECK(row.at("last_seen") == 1'700'000'002.0);
  CHECK(row.at("a") == Json{{"address", "10.0.0.1"},
                            {"port", 40000},
                            {"packets", 1},
                            {"bytes", 40},
                            {"last_size", 40},
                            {"window", 1024},
                            {"flags", "S---"},
                            {"mac", kMacA},
                            {"name", ""}});
  CHECK(row.at("b").at("flags") == "S-A-");
  CHECK(row.at("b").at("mac") == kMacB);
}

TEST_CASE("Fragments of a segment count for its connection, in any order") {
  TcpTalk talk;
  const auto fragment = [](int number) {
    const Ipv4 fields{
        .protocol = 6, .id = 7, .offset_bytes = static_cast<std::uint16_t>((number - 1) * 400), .has_more = number < 3};
    PacketBuilder frame = PacketBuilder().eth().ipv4(fields);
    if (number == 1) {
      frame.tcp({.flags = kPsh | kAck}).payload(380);
    } else {
      frame.payload(number == 2 ? 400 : 220);
    }
    return frame.build();
  };
  for (const int number : {2, 1, 3}) talk.feed(fragment(number));
  check_half(talk.row().at("a"), 3, 1080, "-PA-");  // iptraf-ng: 2 packets
  CHECK(talk.row().at("a").at("last_size") == 240);
  CHECK(talk.packets("other") == 1);
}

TEST_CASE("A super-packet counts as its segments, and only the last of them has the FIN") {
  TcpTalk talk;
  talk.handshake();
  Packet packet = decoded(talk.frame(false, {kFin | kAck, 102, 2, 3000}));
  decode::split_segments(packet, 1460);
  REQUIRE(packet.segments == 3);
  talk.feed(packet);
  check_half(talk.row().at("b"), 4, 40 + 3120, "DONE");
  CHECK(talk.row().at("b").at("last_size") == 120);
  CHECK(talk.packets("fin") == 1);
  CHECK(talk.packets("other") == 3);
}

TEST_CASE("A header that was cut before its flags is no connection") {
  TcpTalk talk;
  const Bytes frame = talk.frame(true, {kSyn, 1});
  talk.feed(decoded_cut(frame, LinkType::kEthernet, 14 + 20 + 13, frame.size()));
  CHECK(talk.rows().empty());
  talk.feed(decoded_cut(frame, LinkType::kEthernet, 14 + 20 + 14, frame.size()));
  CHECK(talk.rows().size() == 1);
  CHECK(talk.packets("syn") == 1);
}

TEST_CASE("A full table gives up closed connections, then half-open ones, then the longest idle") {
  TcpTalk talk(tcp_settings(3));
  talk.client_port = 1;
  talk.handshake();
  talk.client_port = 2;
  talk.handshake();
  talk.client({kRst, 2});
  talk.client_port = 3;
  talk.client({kSyn, 1});

  talk.client_port = 4;
  talk.client({kSyn, 1});
  CHECK(talk.evicted("closed") == 1);
  talk.client_port = 5;
  talk.client({kSyn, 1});
  CHECK(talk.evicted("half_open") == 1);
  talk.client_port = 4;
  talk.client({kSyn, 1});  // 5 is now the half-open connection that has been silent for longer
  talk.client_port = 6;
  talk.handshake();
  CHECK(talk.evicted("half_open") == 2);
  talk.client_port = 1;
  talk.client({kAck, 2, 102});  // 6 is now the longest idle of the established ones
  talk.client_port = 7;
  talk.handshake();
  talk.client_port = 8;
  talk.handshake();
  CHECK(talk.evicted("half_open") == 3);
  CHECK(talk.evicted("idle") == 1);
  std::vector<int> ports;
  for (const Json& row : talk.rows()) ports.push_back(row.at("a").at("port"));
  CHECK(ports == std::vector<int>{1, 7, 8});
  CHECK(talk.ended("evicted") == 4);
  CHECK(talk.ended("reset") == 1);
}

TEST_CASE("Random segments never overfill the table, and every state is counted once") {
  constexpr std::uint32_t kCapacity = 32;
  TcpTalk talk(tcp_settings(kCapacity, 200, 50));
  std::mt19937 random(5);
  std::vector<Packet> packets;
  Timestamp time = talk.now();
  for (int i = 0; i < 30'000; ++i) {
    talk.client_port = static_cast<std::uint16_t>(random() % 80);
    const auto flags = static_cast<std::uint8_t>(random() % 64);
    const Segment segment{flags, static_cast<std::uint32_t>(random() % 4), static_cast<std::uint32_t>(random() % 4),
                          random() % 3};
    Packet packet = decoded(talk.frame(random() % 2 == 0, segment));
    packet.time = time += static_cast<Timestamp>(random() % 3) * kNanosecondsPerSecond;
    packets.push_back(packet);
  }
  for (std::size_t at = 0; at < packets.size(); at += 1000) {
    talk.chain().feed(
        {packets.begin() + static_cast<std::ptrdiff_t>(at), packets.begin() + static_cast<std::ptrdiff_t>(at + 1000)});
    const Page page = talk.chain().page();
    const double entries = page.value("iptraf_table_entries{table=\"tcp\"}");
    CHECK(entries <= kCapacity);
    CHECK(page.sum("iptraf_tcp_connections{") == entries);
    CHECK(talk.rows().size() == static_cast<std::size_t>(entries));
    const double open = talk.shown("opening") + talk.shown("established") + talk.shown("closing");
    CHECK(page.sum("iptraf_tcp_connections_opened_total{") - page.sum("iptraf_tcp_connections_ended_total{") == open);
    CHECK(page.sum("iptraf_tcp_packets_total{") == static_cast<double>(at + 1000));
    CHECK(page.value("iptraf_tcp_connections_partial{device=\"vB\"}") <= open);
    CHECK(page.sum("iptraf_tcp_connection_bytes_count{") == page.sum("iptraf_tcp_connections_ended_total{"));
  }
}

TEST_CASE("A reload to a larger or smaller table keeps what fits and loses no count") {
  TcpTalk talk(tcp_settings(8));
  for (std::uint16_t port = 1; port <= 8; ++port) {
    talk.client_port = port;
    talk.client({kSyn, 1});
  }
  Pipeline& pipeline = talk.chain().chain().pipeline();
  pipeline.change(settings_with(tcp_settings(100)));
  CHECK(talk.rows().size() == 8);
  CHECK(talk.chain().page().value("iptraf_table_capacity{table=\"tcp\"}") == 100);
  pipeline.change(settings_with(tcp_settings(3)));
  std::vector<int> ports;
  for (const Json& row : talk.rows()) ports.push_back(row.at("a").at("port"));
  CHECK(ports == std::vector<int>{6, 7, 8});
  CHECK(talk.ended("evicted") == 5);
  talk.client_port = 7;
  talk.client({kAck, 2, 0});
  CHECK(talk.rows().at(1).at("a").at("packets") == 2);
  CHECK(talk.opened("syn") == 8);
}

TEST_CASE("The limit of connections is shared out among the capture threads") {
  ChainSettings settings = tcp_settings(10);
  settings.config.capture.threads = 4;
  TcpTalk talk(settings);  // one of four
  CHECK(talk.chain().page().value("iptraf_table_capacity{table=\"tcp\"}") == 2);
}

TEST_CASE("A reload of the time-out counts for the connections that are there") {
  TcpTalk talk(tcp_settings(8, 900));
  talk.handshake();
  talk.chain().chain().pipeline().change(settings_with(tcp_settings(8, 30)));
  talk.idle(31);
  CHECK(talk.shown("idle") == 1);
}

TEST_CASE("The connections of a capture are the same whatever the number of threads") {
  for (const std::uint32_t shards : {1U, 2U, 4U}) {
    OfflineSettings settings;
    settings.chain.shards = shards;
    const OfflineResult result = run_file(
        IPTRAF_SOURCE_DIR "/tests/data/captures/pcapplusplus__Pcap++Test_PcapExamples_four_ipv6_http_streams.pcap",
        settings);
    const Json rows = Json::parse(result.json).at("connections");
    CHECK(rows.size() == 4);
    CHECK(result.page.sum("iptraf_tcp_connections_opened_total{") == 4);
  }
}
