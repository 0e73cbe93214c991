// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of collector `service`: the worked examples, fragments in every order, limits, names and lives of devices.
#include <map>
#include <sstream>
#include <string>

#include "collectors/reference_frames.hpp"
#include "support/catch.hpp"
#include "support/run_offline.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

constexpr Timestamp kSecond = kNanosecondsPerSecond;

std::string series(const std::string& what, const std::string& protocol, const std::string& port) {
  return "iptraf_service_" + what + "_total{device=\"vB\",protocol=\"" + protocol + "\",port=\"" + port + "\"}";
}

/// in packets, in bytes, out packets, out bytes; all 0 when the port has no series.
using Row = std::array<double, 4>;

Row row(const Page& page, const std::string& protocol, const std::string& port) {
  Row out{};
  const char* const names[] = {"in_packets", "in_bytes", "out_packets", "out_bytes"};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string name = series(names[i], protocol, port);
    if (page.has(name)) out[i] = page.value(name);
  }
  return out;
}

std::size_t ports_named(const Page& page) {
  return page.count("iptraf_service_in_packets_total{") - 2;  // one `other` for each protocol
}

PacketBuilder eth() { return PacketBuilder().eth(); }

/// Example F: three UDP fragments of one datagram, IP lengths 420, 420 and 228, ports 4000 to 69.
Packet fragment_f(int number, Timestamp time = 0, const std::string& source = "10.0.0.1") {
  const Ipv4 fields{.source = source,
                    .protocol = 17,
                    .id = 900,
                    .offset_bytes = static_cast<std::uint16_t>((number - 1) * 400),
                    .has_more = number < 3};
  PacketBuilder frame = eth().ipv4(fields);
  if (number == 1) frame.udp({.source = 4000, .destination = 69}).payload(392);
  if (number == 2) frame.payload(400);
  if (number == 3) frame.payload(208);
  Packet packet = decoded(frame.build());
  packet.time = time;
  return packet;
}

Packet udp(std::uint16_t source, std::uint16_t destination) {
  return decoded(eth().ipv4().udp({.source = source, .destination = destination}).payload(72).build());
}

}  // namespace

TEST_CASE("Vector V counts for TCP 80 and for UDP 53 in both directions") {
  const Page page = run_frames(vector_v(), with_local_mac_b()).page;
  CHECK(row(page, "tcp", "80") == Row{1, 40, 1, 1500});
  CHECK(row(page, "udp", "53") == Row{1, 100, 1, 100});
  CHECK(ports_named(page) == 2);
  CHECK(row(page, "tcp", "other") == Row{0, 0, 0, 0});
}

TEST_CASE("Example S2: source and destination are judged each on its own") {
  OfflineSettings settings;
  settings.chain.config.collectors.service.additional_ports = {{6000, 6000}, {7000, 7010}};
  const auto udp_frame = [](std::uint16_t from, std::uint16_t to) {
    return eth().ipv4().udp({.source = from, .destination = to}).payload(72).build();
  };
  const Page page = run_frames(
                        {
                            udp_frame(5000, 6000),
                            udp_frame(5000, 6001),
                            udp_frame(7000, 7010),
                            eth().ipv4().tcp({.source = 443, .destination = 22}).payload(60).build(),
                            eth().ipv4().tcp({.source = 0, .destination = 40000}).build(),
                            eth().ipv6().udp({.source = 40000, .destination = 53}).payload(12).build(),
                        },
                        settings)
                        .page;
  CHECK(row(page, "udp", "6000") == Row{1, 100, 0, 0});
  CHECK(row(page, "udp", "7000") == Row{0, 0, 1, 100});
  CHECK(row(page, "udp", "7010") == Row{1, 100, 0, 0});
  CHECK(row(page, "tcp", "443") == Row{0, 0, 1, 100});
  CHECK(row(page, "tcp", "22") == Row{1, 100, 0, 0});
  CHECK(row(page, "udp", "53") == Row{1, 60, 0, 0});
  CHECK_FALSE(page.has(series("out_packets", "tcp", "0")));  // IPTraf counts port 0
  CHECK(ports_named(page) == 6);
}

TEST_CASE("Ports 1 to 1023 qualify, 0 and 1024 do not, whatever their protocol") {
  LiveChain chain;
  chain.feed({udp(0, 0), udp(1, 1023), udp(1024, 65535)});
  const Page page = chain.page();
  CHECK(row(page, "udp", "1") == Row{0, 0, 1, 100});
  CHECK(row(page, "udp", "1023") == Row{1, 100, 0, 0});
  CHECK(ports_named(page) == 2);
}

TEST_CASE("Additional ports may overlap, be the last there is, and be port 0") {
  ChainSettings settings;
  settings.config.collectors.service.additional_ports = {{65535, 65535}, {65000, 65535}, {22, 22}, {0, 0}};
  LiveChain chain(settings);
  chain.feed({udp(65535, 64999), udp(65000, 0)});
  const Page page = chain.page();
  CHECK(row(page, "udp", "65535") == Row{0, 0, 1, 100});
  CHECK(row(page, "udp", "65000") == Row{0, 0, 1, 100});
  CHECK(row(page, "udp", "0") == Row{1, 100, 0, 0});
}

TEST_CASE("What has no trusted IP header or no ports counts for no port") {
  const Page page = run_frames({
                                   eth().ipv4({.checksum = Checksum::kWrong}).tcp().build(),
                                   eth().ipv4({.total_bytes = 2000}).tcp().build(),
                                   eth().ipv4({.protocol = 6}).payload(19).build(),
                                   eth().ipv4({.protocol = 47}).payload(40).build(),
                                   eth().ipv4().icmp(3).payload(PacketBuilder().ipv4().tcp().build()).build(),
                                   eth().ipv6().authentication(8).tcp().build(),
                                   eth().arp().build(),
                               })
                        .page;
  CHECK(ports_named(page) == 0);
  CHECK(page.sum("iptraf_service_") == 0);
}

TEST_CASE("Example F: fragments count for the datagram's ports in every order") {
  for (const auto& order : {std::array{1, 2, 3}, std::array{3, 2, 1}, std::array{2, 1, 3}, std::array{1, 3, 2},
                            std::array{2, 3, 1}, std::array{3, 1, 2}}) {
    INFO(order[0] << order[1] << order[2]);
    LiveChain chain;
    chain.feed({fragment_f(order[0]), fragment_f(order[1]), fragment_f(order[2])});
    const Page page = chain.page();
    CHECK(row(page, "udp", "69") == Row{3, 1068, 0, 0});
    CHECK(ports_named(page) == 1);
  }
}

TEST_CASE("Fragments whose first is lost count for no port") {
  LiveChain chain;
  chain.feed({fragment_f(2), fragment_f(3)});
  const Page page = chain.page();
  CHECK(ports_named(page) == 0);
  CHECK(page.value("iptraf_table_entries{table=\"fragment\"}") == 1);
}

TEST_CASE("TCP fragments count in order 2, 1, 3 too") {
  const auto fragment = [](std::uint16_t offset, std::size_t bytes, bool has_more) {
    PacketBuilder frame = eth().ipv4({.protocol = 6, .offset_bytes = offset, .has_more = has_more});
    if (offset == 0) return decoded(frame.tcp().payload(bytes - 20).build());
    return decoded(frame.payload(bytes).build());
  };
  LiveChain chain;
  chain.feed({fragment(400, 400, true), fragment(0, 400, true), fragment(800, 220, false)});
  CHECK(row(chain.page(), "tcp", "80") == Row{3, 1080, 0, 0});
}

TEST_CASE("IPv6 fragments and identical later fragments count") {
  const auto first = decoded(eth().ipv6().fragment(0, true, 5).udp({.destination = 514}).payload(40).build());
  const auto later = decoded(eth().ipv6().fragment(48, false, 5).payload(Bytes(16, 1), 17).build());
  LiveChain chain;
  chain.feed({later, first, later, later});
  CHECK(row(chain.page(), "udp", "514") == Row{4, 96 + 3 * 64, 0, 0});
}

TEST_CASE("A first fragment is remembered for 30 seconds and not a nanosecond longer") {
  for (const Timestamp late : {Timestamp{0}, Timestamp{1}}) {
    INFO(late);
    LiveChain chain;
    chain.feed({fragment_f(1, 100 * kSecond), fragment_f(2, 130 * kSecond + late)});
    const Page page = chain.page();
    CHECK(row(page, "udp", "69") == (late == 0 ? Row{2, 840, 0, 0} : Row{1, 420, 0, 0}));
    CHECK(page.value("iptraf_table_evictions_total{table=\"fragment\",reason=\"expired\"}") == (late == 0 ? 0 : 1));
  }
}

TEST_CASE("Over max_ports a newcomer is other, known ports go on, and nothing is lost") {
  ChainSettings settings;
  settings.config.collectors.service.max_ports = 3;
  LiveChain chain(settings);
  std::vector<Packet> packets;
  for (std::uint16_t port = 1; port <= 10; ++port) {
    for (int i = 0; i < 2; ++i) packets.push_back(udp(40000, port));
  }
  packets.push_back(udp(1, 40000));
  chain.feed(packets);
  const Page page = chain.page();
  CHECK(row(page, "udp", "1") == Row{2, 200, 1, 100});
  CHECK(row(page, "udp", "3") == Row{2, 200, 0, 0});
  CHECK_FALSE(page.has(series("in_packets", "udp", "4")));
  CHECK(row(page, "udp", "other") == Row{14, 1400, 0, 0});
  CHECK(page.sum("iptraf_service_in_packets_total{") == 20);
  CHECK(page.value("iptraf_table_evictions_total{table=\"service\",reason=\"full\"}") == 7);
  CHECK(page.value("iptraf_table_entries{table=\"service\"}") == 3);
}

TEST_CASE("Over the series budget a newcomer is other with reason budget") {
  ChainSettings settings;
  settings.config.limits.max_series = 1000;
  LiveChain chain(settings);
  chain.page();
  SeriesBudget& budget = chain.chain().pipeline().budget();
  budget.charge(&settings, 0,
                990 - static_cast<std::uint32_t>(budget.used()));  // leaves room for two ports of five series
  chain.feed({udp(40000, 1), udp(40000, 2), udp(40000, 3), udp(40000, 4)});
  const Page page = chain.page();
  CHECK(row(page, "udp", "2") == Row{1, 100, 0, 0});
  CHECK(row(page, "udp", "other") == Row{2, 200, 0, 0});
  CHECK(page.value("iptraf_table_evictions_total{table=\"service\",reason=\"budget\"}") == 2);
}

TEST_CASE("A slot that begins a new life forgets ports, fragments and admissions") {
  ChainSettings settings;
  settings.config.collectors.service.max_ports = 1;
  LiveChain chain(settings);
  for (int i = 1; i < kMaxDevices; ++i) {
    chain.devices().admit("eth" + std::to_string(i), LinkKind::kEthernet, 1500, true);
  }
  chain.feed({udp(40000, 7), fragment_f(1)});
  chain.devices().set_gone(chain.device());
  chain.devices().admit("vB2", LinkKind::kEthernet, 1500, true);
  chain.feed({fragment_f(2), udp(40000, 9)});
  const Page page = chain.page();
  CHECK(page.value("iptraf_service_in_packets_total{device=\"vB2\",protocol=\"udp\",port=\"9\"}") == 1);
  CHECK(page.sum("iptraf_service_in_packets_total{device=\"vB2\"") == 1);
}

TEST_CASE("Names are info series of counted ports alone") {
  OfflineSettings settings;
  std::istringstream services("domain 53/udp\ndomain 53/tcp\nhttp 80/tcp www\nsmtp 25/tcp\n");
  settings.chain.names.services = names::ServiceNames::parse(services);
  const Page page = run_frames(vector_v(), settings).page;
  CHECK(page.value("iptraf_service_info{protocol=\"udp\",port=\"53\",name=\"domain\"}") == 1);
  CHECK(page.value("iptraf_service_info{protocol=\"tcp\",port=\"80\",name=\"http\"}") == 1);
  CHECK(page.count("iptraf_service_info{") == 2);
}

TEST_CASE("A super-packet counts for its port as its segments") {
  LiveChain chain;
  Packet packet = decoded(eth().ipv4().tcp().payload(3000).build());
  packet.segments = 3;
  packet.ip_bytes = 3120;
  chain.feed({packet});
  CHECK(row(chain.page(), "tcp", "80") == Row{3, 3120, 0, 0});
}

TEST_CASE("Every qualifying port of a varied input is counted in and out, named or other") {
  const std::vector<Bytes> frames = varied_frames(1500, 3);
  double in = 0;
  double out = 0;
  const auto qualifies = [](std::uint16_t port) { return port >= 1 && port <= 1023; };
  for (const Bytes& frame : frames) {
    const Packet packet = decoded(frame);
    if (packet.fragment != Fragment::kWhole || !packet.has_ports) continue;
    in += qualifies(packet.destination_port) ? 1 : 0;
    out += qualifies(packet.source_port) ? 1 : 0;
  }
  std::vector<Bytes> whole;
  for (const Bytes& frame : frames) {
    if (decoded(frame).fragment == Fragment::kWhole) whole.push_back(frame);
  }
  OfflineSettings settings;
  settings.chain.config.collectors.service.max_ports = 50;
  const Page page = run_frames(whole, settings).page;
  CHECK(page.sum("iptraf_service_in_packets_total{") == in);
  CHECK(page.sum("iptraf_service_out_packets_total{") == out);
  CHECK(ports_named(page) == 50);
}
