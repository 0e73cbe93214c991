// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of collector `ip_traffic`: protocols, ICMP, OSPF, ARP, what is not seen, captures.
#include <array>
#include <map>
#include <string>

#include "collectors/reference_frames.hpp"
#include "collectors/traffic_page.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::test;
using namespace iptraf::test::traffic;

namespace {

Page capture_page(const std::string& name) {
  return run_file(std::string(IPTRAF_SOURCE_DIR) + "/tests/data/captures/" + name).page;
}

}  // namespace

TEST_CASE("Every series of a fixed label set is there from the start and is 0") {
  const Page page = page_of({});
  CHECK(count(page, "packets") == 20);
  CHECK(count(page, "bytes") == 20);
  CHECK(count(page, "icmp_packets") == 55);
  CHECK(count(page, "ospf_packets") == 13);
  CHECK(count(page, "arp_packets") == 5);
  CHECK(count(page, "non_ip_packets") == 29);
  CHECK(count(page, "non_ip_bytes") == 29);
  CHECK(page.sum(kPrefix) == 0);
  CHECK(icmp(page, "4", "dest_unreach", "host_unreach_for_tos") == 0);
  CHECK(icmp(page, "6", "mldv2_report") == 0);
  CHECK(ospf(page, "3", "ls_ack") == 0);
  CHECK(arp(page, "rarp_reply") == 0);
  CHECK(ethertype(page, "other") == Pair{0, 0});
}

TEST_CASE("Vector V counts TCP, UDP, ICMPv6 and ARP; a packet with a wrong checksum is not seen") {
  const Page page = run_frames(vector_v(), with_local_mac_b()).page;
  CHECK(protocol(page, "tcp") == Pair{2, 1540});
  CHECK(protocol(page, "udp") == Pair{1, 100});
  CHECK(protocol(page, "icmpv6") == Pair{1, 60});
  CHECK(sum(page, "packets") == 4);
  CHECK(icmp(page, "6", "echo_request") == 1);
  CHECK(arp(page, "request") == 1);
  CHECK(ethertype(page, "arp") == Pair{1, 60});
  CHECK(sum(page, "non_ip_packets") == 1);
}

TEST_CASE("Every protocol that has a word counts by its number, all others as other") {
  const std::map<std::string, std::uint8_t> numbers{
      {"tcp", 6},    {"udp", 17}, {"igmp", 2},  {"ospf", 89},  {"igp", 9},   {"igrp", 88},
      {"gre", 47},   {"esp", 50}, {"ah", 51},   {"sctp", 132}, {"pim", 103}, {"vrrp", 112},
      {"l2tp", 115}, {"ipip", 4}, {"ipv6", 41}, {"rsvp", 46},  {"egp", 8}};
  for (const auto& [word, number] : numbers) {
    INFO(word);
    const Page page = page_of({eth().ipv4({.protocol = number}).payload(40).build()});
    CHECK(protocol(page, word) == Pair{1, 60});
    CHECK(sum(page, "packets") == 1);
  }
  for (const int number : {0, 3, 94, 253, 255}) {
    INFO(number);
    const Page page = page_of({eth().ipv4({.protocol = static_cast<std::uint8_t>(number)}).payload(40).build()});
    CHECK(protocol(page, "other") == Pair{1, 60});
  }
}

TEST_CASE("ICMP inside IPv6 and ICMPv6 inside IPv4 are other and have no type") {
  const Page page =
      page_of({eth().ipv6({.next_header = 1}).payload(40).build(), eth().ipv4({.protocol = 58}).payload(40).build()});
  CHECK(protocol(page, "other") == Pair{2, 140});
  CHECK(protocol(page, "icmp") == Pair{0, 0});
  CHECK(sum(page, "icmp_packets") == 0);
}

TEST_CASE("IPv6 counts by the protocol behind its extension headers") {
  const Page page =
      page_of({eth().ipv6().extension(0).extension(60).udp().payload(8).build(),
               eth().ipv6().extension(43).icmpv6(143).build(), eth().ipv6().extension(0).ospf(3, 4).build()});
  CHECK(protocol(page, "udp") == Pair{1, 72});
  CHECK(icmp(page, "6", "mldv2_report") == 1);
  CHECK(ospf(page, "3", "ls_update") == 1);
}

TEST_CASE("Every ICMP type counts by its word") {
  const std::map<int, std::string> words{{0, "echo_reply"},     {4, "source_quench"},      {5, "redirect"},
                                         {8, "echo_request"},   {9, "router_adv"},         {10, "router_sol"},
                                         {11, "time_exceeded"}, {12, "parameter_problem"}, {13, "timestamp_req"},
                                         {14, "timestamp_rep"}, {15, "info_req"},          {16, "info_rep"},
                                         {17, "addr_mask_req"}, {18, "addr_mask_rep"},     {1, "unknown"},
                                         {19, "unknown"},       {128, "unknown"},          {255, "unknown"}};
  for (const auto& [type, word] : words) {
    INFO(type);
    const Page page = page_of({eth().ipv4().icmp(static_cast<std::uint8_t>(type), 3).build()});
    CHECK(icmp(page, "4", word) == 1);
    CHECK(sum(page, "icmp_packets") == 1);
  }
}

TEST_CASE("Every ICMPv6 type counts by its word") {
  const std::map<int, std::string> words{{2, "packet_too_big"}, {3, "time_exceeded"},  {4, "parameter_problem"},
                                         {128, "echo_request"}, {129, "echo_reply"},   {130, "mld_query"},
                                         {131, "mld_report"},   {132, "mld_done"},     {133, "router_sol"},
                                         {134, "router_adv"},   {135, "neighbor_sol"}, {136, "neighbor_adv"},
                                         {137, "redirect"},     {143, "mldv2_report"}, {0, "unknown"},
                                         {5, "unknown"},        {142, "unknown"},      {255, "unknown"}};
  for (const auto& [type, word] : words) {
    INFO(type);
    const Page page = page_of({eth().ipv6().icmpv6(static_cast<std::uint8_t>(type), 1).build()});
    CHECK(icmp(page, "6", word) == 1);
    CHECK(sum(page, "icmp_packets") == 1);
  }
}

TEST_CASE("Destination unreachable counts by its code too") {
  const std::vector<std::string> codes{"network",
                                       "host",
                                       "protocol",
                                       "port",
                                       "df_set",
                                       "src_route_failed",
                                       "dest_net_unknown",
                                       "dest_host_unknown",
                                       "src_isolated",
                                       "net_comm_denied",
                                       "host_comm_denied",
                                       "net_unreach_for_tos",
                                       "host_unreach_for_tos",
                                       "packet_filtered",
                                       "precedence_violation",
                                       "precedence_cutoff",
                                       "unknown"};
  const std::vector<std::string> codes_v6{"no_route", "admin_prohibited", "beyond_scope", "address",
                                          "port",     "policy_failed",    "reject_route", "unknown"};
  std::vector<Bytes> frames;
  for (std::uint8_t code = 0; code < codes.size(); ++code) frames.push_back(eth().ipv4().icmp(3, code).build());
  for (std::uint8_t code = 0; code < codes_v6.size(); ++code) frames.push_back(eth().ipv6().icmpv6(1, code).build());
  frames.push_back(eth().ipv4().icmp(3, 255).build());
  frames.push_back(eth().ipv6().icmpv6(1, 255).build());
  const Page page = page_of(frames);
  for (const std::string& code : codes) CHECK(icmp(page, "4", "dest_unreach", code) == (code == "unknown" ? 2 : 1));
  for (const std::string& code : codes_v6) CHECK(icmp(page, "6", "dest_unreach", code) == (code == "unknown" ? 2 : 1));
  CHECK(sum(page, "icmp_packets") == 27);
}

TEST_CASE("OSPF counts by version and type, a version that there is not as other") {
  const std::array<std::string, 7> types{"other",     "hello",  "db_description", "ls_request",
                                         "ls_update", "ls_ack", "other"};
  std::vector<Bytes> frames;
  for (std::uint8_t type = 0; type < types.size(); ++type) {
    frames.push_back(eth().ipv4().ospf(2, type).build());
    frames.push_back(eth().ipv6().ospf(3, type).build());
  }
  for (const int version : {0, 1, 4, 255}) {
    frames.push_back(eth().ipv4().ospf(static_cast<std::uint8_t>(version), 1).build());
  }
  const Page page = page_of(frames);
  for (const std::string version : {"2", "3"}) {
    for (const std::string& type : types) CHECK(ospf(page, version, type) == (type == "other" ? 2 : 1));
  }
  CHECK(ospf(page, "other", "other") == 4);
  CHECK(sum(page, "ospf_packets") == 18);
}

TEST_CASE("ARP and RARP count by their operation") {
  const Page page = page_of({eth().arp(1).build(), eth().arp(2).build(), eth().rarp(3).build(), eth().rarp(4).build(),
                             eth().arp(0).build(), eth().arp(9).build(), eth().arp(0x0101).build()});
  for (const char* operation : {"request", "reply", "rarp_request", "rarp_reply"}) CHECK(arp(page, operation) == 1);
  CHECK(arp(page, "other") == 3);
  CHECK(ethertype(page, "arp") == Pair{5, 5 * 42});
  CHECK(ethertype(page, "rarp") == Pair{2, 2 * 42});
}

TEST_CASE("A message whose header was not captured counts by its protocol alone") {
  const auto cut = [](const Bytes& frame, std::size_t captured) {
    return decoded_cut(frame, LinkType::kEthernet, captured, frame.size());
  };
  LiveChain chain;
  chain.feed({
      cut(eth().ipv4().icmp(8).payload(30).build(), 35),
      cut(eth().ipv6().icmpv6(128).build(), 54),
      cut(eth().ipv4().ospf(2, 1).build(), 35),
      cut(eth().arp(1).build(), 21),
      decoded(eth().ipv4({.protocol = 1, .offset_bytes = 64}).payload(Bytes(16, 8), 1).build()),
      decoded(eth().ipv4({.protocol = 89, .offset_bytes = 64}).payload(Bytes(16, 2), 89).build()),
      decoded(eth().ipv4({.protocol = 1}).payload(Bytes{8, 0, 0}, 1).build()),
  });
  const Page page = chain.page();
  CHECK(protocol(page, "icmp") == Pair{3, 58 + 36 + 23});
  CHECK(protocol(page, "icmpv6") == Pair{1, 48});
  CHECK(protocol(page, "ospf") == Pair{2, 24 + 36});
  CHECK(ethertype(page, "arp") == Pair{1, 42});
  CHECK(sum(page, "icmp_packets") + sum(page, "ospf_packets") + sum(page, "arp_packets") == 0);
}

TEST_CASE("The first fragment of an ICMP message has its type, a later one counts by its protocol") {
  const Page page = page_of({eth().ipv4({.id = 7, .has_more = true}).icmp(8).payload(392).build(),
                             eth().ipv4({.protocol = 1, .id = 7, .offset_bytes = 400}).payload(100).build()});
  CHECK(protocol(page, "icmp") == Pair{2, 420 + 120});
  CHECK(icmp(page, "4", "echo_request") == 1);
}

TEST_CASE("What has no IP header that can be trusted is not seen") {
  const Page page = page_of({eth().ipv4({.checksum = Checksum::kWrong}).icmp(8).build(),
                             eth().ipv4({.total_bytes = 2000}).tcp().build(), eth().ipv4({.version = 5}).udp().build(),
                             eth().ipv6({.version = 4}).udp().build(), eth().ipv6().authentication(8).tcp().build()});
  CHECK(page.sum(kPrefix) == 0);
}

TEST_CASE("A super-packet counts as its segments") {
  LiveChain chain;
  Packet packet = decoded(eth().ipv4().udp().payload(3000).build());
  packet.segments = 3;
  packet.ip_bytes = 3084;
  chain.feed({packet});
  CHECK(protocol(chain.page(), "udp") == Pair{3, 3084});
}

TEST_CASE("Every packet of a varied input that interface counts as IP or as not IP is counted here") {
  for (const std::uint32_t seed : {1U, 2U}) {
    const Page page = run_frames(varied_frames(2000, seed)).page;
    const auto received = [&page](const std::string& what, const std::string& network, const std::string& transport) {
      return page.value("iptraf_interface_receive_" + what + "_total{device=\"vB\",network=\"" + network +
                        "\",transport=\"" + transport + "\"}");
    };
    Pair ip{};
    for (const std::string network : {"ipv4", "ipv6"}) {
      for (const std::string transport : {"tcp", "udp", "icmp", "other"}) {
        ip[0] += received("packets", network, transport);
        ip[1] += received("ip_bytes", network, transport);
      }
    }
    CHECK(sum(page, "packets") == ip[0]);
    CHECK(sum(page, "bytes") == ip[1]);
    Pair non_ip{};
    for (const std::string network : {"arp", "rarp", "other"}) {
      non_ip[0] += received("packets", network, "none");
      non_ip[1] += received("bytes", network, "none");
    }
    CHECK(sum(page, "non_ip_packets") == non_ip[0]);
    CHECK(sum(page, "non_ip_bytes") == non_ip[1]);
    CHECK(sum(page, "arp_packets") == received("packets", "arp", "none"));
  }
}

TEST_CASE("Batches of every length up to 600 packets lose none") {
  LiveChain chain;
  double fed = 0;
  const Packet udp = decoded(eth().ipv4().udp().build());
  for (const std::size_t length : {1U, 255U, 256U, 257U, 600U}) {
    chain.feed(std::vector<Packet>(length, udp));
    fed += static_cast<double>(length);
    CHECK(protocol(chain.page(), "udp") == Pair{fed, 28 * fed});
  }
}

TEST_CASE("OSPFv3 behind AH counts by its types") {
  const Page page = capture_page("tcpdump__OSPFv3_with_AH.pcap");
  CHECK(protocol(page, "ospf") == Pair{61, 9120});
  CHECK(ospf(page, "3", "hello") == 35);
  CHECK(ospf(page, "3", "db_description") == 9);
  CHECK(ospf(page, "3", "ls_request") == 2);
  CHECK(ospf(page, "3", "ls_update") == 10);
  CHECK(ospf(page, "3", "ls_ack") == 5);
  CHECK(sum(page, "ospf_packets") == 61);
}

TEST_CASE("A capture of ICMP packets counts by types and codes") {
  const Page page = capture_page("pcapplusplus__Packet++Test_PacketExamples_IcmpPackets.pcap");
  CHECK(protocol(page, "icmp") == Pair{15, 1006});
  CHECK(icmp(page, "4", "dest_unreach", "host") == 1);
  CHECK(icmp(page, "4", "dest_unreach", "port") == 1);
  CHECK(icmp(page, "4", "router_adv") == 2);
  CHECK(icmp(page, "4", "time_exceeded") == 2);
  for (const char* type : {"echo_reply", "source_quench", "redirect", "echo_request", "router_sol", "timestamp_req",
                           "timestamp_rep", "addr_mask_req", "addr_mask_rep"}) {
    CHECK(icmp(page, "4", type) == 1);
  }
  CHECK(sum(page, "icmp_packets") == 15);
}

TEST_CASE("A capture of many protocols counts by protocol, ARP operation and EtherType") {
  const Page page = capture_page("tcpreplay__test_test.pcap");
  CHECK(protocol(page, "tcp") == Pair{116, 59706});
  CHECK(protocol(page, "udp") == Pair{28, 2152});
  CHECK(protocol(page, "icmp") == Pair{16, 1336});
  CHECK(protocol(page, "igmp") == Pair{2, 56});
  CHECK(protocol(page, "igrp") == Pair{1, 60});
  CHECK(sum(page, "packets") == 163);
  CHECK(icmp(page, "4", "dest_unreach", "port") == 6);
  CHECK(icmp(page, "4", "echo_request") == 5);
  CHECK(arp(page, "request") == 1);
  CHECK(ethertype(page, "arp") == Pair{1, 42});
  CHECK(ethertype(page, "mpls") == Pair{10, 1440});
  CHECK(ethertype(page, "loopback") == Pair{1, 60});
  CHECK(ethertype(page, "llc") == Pair{1, 1514});
}

TEST_CASE("A capture with 802.1X and ARP counts both by EtherType") {
  const Page page = capture_page("tcpdump__eapon1.pcap");
  CHECK(protocol(page, "udp") == Pair{66, 10696});
  CHECK(protocol(page, "igmp") == Pair{2, 80});
  CHECK(arp(page, "request") == 4);
  CHECK(arp(page, "reply") == 1);
  CHECK(ethertype(page, "arp") == Pair{5, 228});
  CHECK(ethertype(page, "eapol") == Pair{41, 2608});
}

TEST_CASE("Keep-alives of Cisco HDLC have no EtherType, CDP has one") {
  const Page page = capture_page("tcpdump__HDLC.pcap");
  CHECK(protocol(page, "icmp") == Pair{10, 1000});
  CHECK(ethertype(page, "cdp") == Pair{4, 1284});
  CHECK(ethertype(page, "link") == Pair{24, 576});
}
