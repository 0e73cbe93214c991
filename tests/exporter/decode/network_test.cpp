// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the network layer: lengths, checksums, the order of judgement, fragments, extension headers.
#include "decode/network.hpp"

#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

PacketBuilder eth() { return PacketBuilder().eth(); }

/// An IP header that cannot be trusted: counted in packets and frame bytes alone.
void check_untrusted(const Packet& packet, Network network, Malformed reason) {
  CHECK(packet.network == network);
  CHECK(packet.transport == Transport::kNone);
  CHECK(packet.malformed == reason);
  CHECK_FALSE(packet.has_checksum_error);
  CHECK(packet.ip_bytes == 0);
  CHECK_FALSE(packet.has_ports);
  CHECK_FALSE(packet.has_tcp_header);
  CHECK_FALSE(has_trusted_ip(packet));
}

Malformed reason_of(const Ipv4& fields) { return decoded(eth().ipv4(fields).udp().payload(72).build()).malformed; }
Malformed reason_of(const Ipv6& fields) { return decoded(eth().ipv6(fields).udp().payload(72).build()).malformed; }

}  // namespace

TEST_CASE("IPv4 bytes are the total length, padding belongs to the network size") {
  const Packet packet = decoded(eth().ipv4().tcp({.flags = tcp_flag::kSyn}).pad_to(60).build());
  CHECK(packet.frame_bytes == 60);
  CHECK(packet.network_bytes == 46);
  CHECK(packet.ip_bytes == 40);
  CHECK(packet.payload_bytes == 0);
  CHECK(packet.transport == Transport::kTcp);
}

TEST_CASE("IPv4 options are part of the header") {
  const Packet packet = decoded(eth().ipv4({.options = Bytes(40, 1)}).udp({.destination = 69}).payload(10).build());
  CHECK(packet.ip_bytes == 78);
  CHECK(packet.destination_port == 69);
  CHECK(packet.malformed == Malformed::kNo);
}

TEST_CASE("A wrong IPv4 header checksum makes the header untrusted, not malformed") {
  const Packet packet = decoded(eth().ipv4({.checksum = Checksum::kWrong}).tcp().pad_to(60).build());
  CHECK(packet.has_checksum_error);
  CHECK(packet.malformed == Malformed::kNo);
  CHECK(packet.network == Network::kIpv4);
  CHECK(packet.transport == Transport::kNone);
  CHECK(packet.ip_bytes == 0);
  CHECK(packet.network_bytes == 46);
  CHECK_FALSE(packet.has_ports);
}

TEST_CASE("A checksum field of zero was left to the hardware") {
  const Packet packet = decoded(eth().ipv4({.checksum = Checksum::kZero}).tcp().pad_to(60).build());
  CHECK_FALSE(packet.has_checksum_error);
  CHECK(packet.transport == Transport::kTcp);
  CHECK(packet.ip_bytes == 40);
}

TEST_CASE("Every single bit error in an IPv4 header is found or malformed") {
  const Bytes good = eth().ipv4({.options = Bytes(4, 1)}).udp().payload(30).build();
  for (std::size_t bit = 14 * 8; bit < (14 + 24) * 8; ++bit) {
    INFO(bit);
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (0x80 >> bit % 8));
    const Packet packet = decoded(bad);
    CHECK(packet.transport == Transport::kNone);
    CHECK(packet.has_checksum_error == (packet.malformed == Malformed::kNo));
  }
}

TEST_CASE("The order of judgement of IPv4 is version, header length, wholeness, total length, checksum") {
  CHECK(reason_of(Ipv4{.version = 5}) == Malformed::kVersion);
  CHECK(reason_of(Ipv4{.version = 5, .header_words = 3}) == Malformed::kVersion);
  CHECK(reason_of(Ipv4{.header_words = 4}) == Malformed::kHeaderLength);
  CHECK(reason_of(Ipv4{.total_bytes = 19, .header_words = 4}) == Malformed::kHeaderLength);
  CHECK(reason_of(Ipv4{.total_bytes = 19}) == Malformed::kTotalLength);
  CHECK(reason_of(Ipv4{.total_bytes = 23, .options = Bytes(4, 1)}) == Malformed::kTotalLength);
  CHECK(reason_of(Ipv4{.total_bytes = 101}) == Malformed::kTotalLength);
  CHECK(reason_of(Ipv4{.total_bytes = 100}) == Malformed::kNo);
  CHECK(reason_of(Ipv4{.total_bytes = 101, .checksum = Checksum::kWrong}) == Malformed::kTotalLength);
  const Packet both = decoded(eth().ipv4({.total_bytes = 101, .checksum = Checksum::kWrong}).udp().payload(72).build());
  CHECK_FALSE(both.has_checksum_error);

  const Bytes header = eth().ipv4({.total_bytes = 60, .header_words = 15}).build();
  check_untrusted(decoded(header), Network::kIpv4, Malformed::kTruncatedOnWire);
  check_untrusted(decoded(eth().ipv4({.header_words = 4}).build()), Network::kIpv4, Malformed::kHeaderLength);
  check_untrusted(decoded(PacketBuilder().eth({.type = 0x0800}).build()), Network::kIpv4, Malformed::kTruncatedOnWire);
  check_untrusted(decoded(PacketBuilder().eth({.type = 0x86dd}).build()), Network::kIpv6, Malformed::kTruncatedOnWire);
}

TEST_CASE("An untrusted header keeps its frame and network bytes") {
  const Packet packet = decoded(eth().ipv4({.total_bytes = 19}).udp().payload(72).build());
  check_untrusted(packet, Network::kIpv4, Malformed::kTotalLength);
  CHECK(packet.frame_bytes == 114);
  CHECK(packet.network_bytes == 100);
}

TEST_CASE("IPv4 total length 0 means offload: the network size is the length") {
  const Packet packet = decoded(eth().ipv4({.total_bytes = 0}).tcp().payload(2000).build());
  CHECK(packet.malformed == Malformed::kNo);
  CHECK(packet.ip_bytes == 2040);
  CHECK(packet.payload_bytes == 2000);
  const Packet padded = decoded(eth().ipv4({.total_bytes = 0}).tcp().pad_to(60).build());
  CHECK(padded.ip_bytes == 46);
}

TEST_CASE("IPv6 bytes are 40 plus the payload length") {
  const Packet packet = decoded(eth().ipv6().icmpv6(128).payload(3).pad_to(90).build());
  CHECK(packet.ip_bytes == 51);
  CHECK(packet.network_bytes == 76);
  CHECK(packet.transport == Transport::kIcmp);
}

TEST_CASE("IPv6 is judged by version, wholeness and payload length") {
  CHECK(reason_of(Ipv6{.version = 4}) == Malformed::kVersion);
  CHECK(reason_of(Ipv6{.payload_bytes = 81}) == Malformed::kTotalLength);
  CHECK(reason_of(Ipv6{.payload_bytes = 80}) == Malformed::kNo);
  check_untrusted(decoded(eth().ipv6({.payload_bytes = 81}).udp().payload(72).build()), Network::kIpv6,
                  Malformed::kTotalLength);
  const Bytes header = eth().ipv6({.next_header = 17, .payload_bytes = 0}).build();
  check_untrusted(decoded_cut(header, LinkType::kEthernet, 53, 53), Network::kIpv6, Malformed::kTruncatedOnWire);
}

TEST_CASE("IPv6 payload length 0 means offload but for no next header") {
  const Packet offload = decoded(eth().ipv6({.payload_bytes = 0}).tcp().payload(2000).build());
  CHECK(offload.malformed == Malformed::kNo);
  CHECK(offload.ip_bytes == 2060);
  CHECK(offload.payload_bytes == 2000);
  const Packet empty = decoded(eth().ipv6({.next_header = 59, .payload_bytes = 0}).pad_to(60).build());
  CHECK(empty.ip_bytes == 40);
  CHECK(empty.transport == Transport::kOther);
  CHECK(empty.malformed == Malformed::kNo);
  const Packet hop = decoded(eth().ipv6({.payload_bytes = 0}).extension(0).tcp().payload(2000).build());
  CHECK(hop.ip_bytes == 2068);
  CHECK(hop.transport == Transport::kTcp);
}

TEST_CASE("A jumbogram counts its option's length and is malformed when longer than its frame") {
  const Bytes jumbo = eth().ipv6({.payload_bytes = 0}).jumbo(70'028).tcp().payload(70'000).build();
  const Packet packet = decoded(jumbo);
  CHECK(packet.malformed == Malformed::kNo);
  CHECK(packet.ip_bytes == 70'068);
  CHECK(packet.network_bytes == 70'068);
  CHECK(packet.payload_bytes == 70'000);
  CHECK(packet.transport == Transport::kTcp);

  const Bytes padded = eth().ipv6({.payload_bytes = 0}).jumbo(70'028).tcp().payload(70'100).build();
  CHECK(decoded(padded).ip_bytes == 70'068);
  const Bytes too_long = eth().ipv6({.payload_bytes = 0}).jumbo(70'029).tcp().payload(70'000).build();
  check_untrusted(decoded(too_long), Network::kIpv6, Malformed::kTotalLength);
  const Bytes absurd = eth().ipv6({.payload_bytes = 0}).jumbo(0xffffffff).tcp().build();
  check_untrusted(decoded(absurd), Network::kIpv6, Malformed::kTotalLength);
  const Packet ignored = decoded(eth().ipv6().jumbo(70'028).tcp().payload(10).build());
  CHECK(ignored.ip_bytes == 78);
}

TEST_CASE("A jumbo option is looked for among the first sixty-four options") {
  const auto behind = [](std::size_t pads) {
    Bytes options(2 + pads);
    options[0] = 17;
    for (const int byte : {0xc2, 4, 0, 0, 0, 200}) options.push_back(static_cast<std::uint8_t>(byte));
    options.resize(72);
    options[1] = 8;
    return decoded(eth().ipv6({.payload_bytes = 0}).payload(options, 0).payload(328).build());
  };
  CHECK(behind(63).ip_bytes == 40 + 200);
  CHECK(behind(64).ip_bytes == 40 + 400);
}

TEST_CASE("Every IPv6 extension header is walked to the upper protocol") {
  const std::uint8_t numbers[] = {0, 43, 60, 135, 139, 140};
  for (const std::uint8_t number : numbers) {
    for (const std::size_t bytes : {8U, 16U, 264U, 2048U}) {
      INFO(int{number} << " of " << bytes);
      const Packet packet = decoded(eth().ipv6().extension(number, bytes).udp().payload(12).build());
      CHECK(packet.transport == Transport::kUdp);
      CHECK(packet.destination_port == 53);
      CHECK(packet.ip_bytes == 60 + bytes);
      CHECK(packet.payload_bytes == 12);
      CHECK(packet.protocol == 17);
    }
  }
}

TEST_CASE("AH is walked in IPv6 only") {
  for (const std::size_t bytes : {12U, 16U, 24U, 1028U}) {
    const Packet packet = decoded(eth().ipv6().authentication(bytes).tcp().build());
    CHECK(packet.transport == Transport::kTcp);
    CHECK(packet.ip_bytes == 60 + bytes);
  }
  const Packet v4 = decoded(eth().ipv4().authentication().tcp().build());
  CHECK(v4.transport == Transport::kOther);
  CHECK(v4.protocol == 51);
  CHECK_FALSE(v4.has_ports);
}

TEST_CASE("An AH under 12 bytes and an extension header behind the IP length are malformed") {
  check_untrusted(decoded(eth().ipv6().authentication(8).tcp().build()), Network::kIpv6, Malformed::kExtension);
  const Bytes beyond = eth().ipv6({.payload_bytes = 15}).extension(60, 16).udp().build();
  check_untrusted(decoded(beyond), Network::kIpv6, Malformed::kExtension);
  const Bytes missing = eth().ipv6({.next_header = 43, .payload_bytes = 7}).payload(7).build();
  check_untrusted(decoded(missing), Network::kIpv6, Malformed::kExtension);
  const Bytes half_fragment = eth().ipv6({.payload_bytes = 7}).fragment(0, true, 9).udp().build();
  check_untrusted(decoded(half_fragment), Network::kIpv6, Malformed::kExtension);
}

TEST_CASE("A fragment header before a malformed extension makes no fragment that counts") {
  const Bytes frame = eth().ipv6().fragment(0, true, 9).authentication(8).udp().build();
  const Packet packet = decoded(frame);
  check_untrusted(packet, Network::kIpv6, Malformed::kExtension);
}

TEST_CASE("Behind twenty-four extension headers the last known number is the protocol") {
  const auto with_headers = [](int count) {
    PacketBuilder frame = eth().ipv6();
    for (int i = 0; i < count; ++i) frame.extension(60);
    return decoded(frame.udp().build());
  };
  const Packet walked = with_headers(23);
  CHECK(walked.transport == Transport::kUdp);
  CHECK(walked.destination_port == 53);

  const Packet known = with_headers(24);
  CHECK(known.transport == Transport::kUdp);
  CHECK(known.malformed == Malformed::kNo);

  const Packet unknown = with_headers(25);
  CHECK(unknown.transport == Transport::kOther);
  CHECK(unknown.protocol == 60);
  CHECK(unknown.malformed == Malformed::kNo);
  CHECK(unknown.ip_bytes == 40 + 25 * 8 + 8);
  CHECK(with_headers(200).protocol == 60);
}

TEST_CASE("ESP and unknown next headers hide what follows") {
  for (const std::uint8_t protocol : {std::uint8_t{50}, std::uint8_t{41}, std::uint8_t{253}}) {
    const Packet packet = decoded(eth().ipv6().payload(Bytes(30, 6), protocol).build());
    CHECK(packet.transport == Transport::kOther);
    CHECK(packet.protocol == protocol);
    CHECK(packet.ip_bytes == 70);
  }
}

TEST_CASE("IPv4 fragments are first, later or whole") {
  const Packet first = decoded(eth().ipv4({.id = 77, .has_more = true}).udp({.source = 4000}).payload(392).build());
  CHECK(first.fragment == Fragment::kFirst);
  CHECK(first.fragment_id == 77);
  CHECK(first.fragment_protocol == 17);
  CHECK(first.source_port == 4000);
  for (const bool has_more : {true, false}) {
    const Ipv4 fields{.protocol = 17, .id = 77, .offset_bytes = 400, .has_more = has_more};
    const Packet later = decoded(eth().ipv4(fields).payload(200).build());
    CHECK(later.fragment == Fragment::kLater);
    CHECK(later.fragment_id == 77);
    CHECK(later.transport == Transport::kUdp);
    CHECK_FALSE(later.has_ports);
    CHECK(later.ip_bytes == 220);
    CHECK(later.malformed == Malformed::kNo);
  }
  CHECK(decoded(eth().ipv4().udp().build()).fragment == Fragment::kWhole);
}

TEST_CASE("A later fragment of two bytes has no transport header that could be too short") {
  for (const std::uint8_t protocol : {std::uint8_t{1}, std::uint8_t{6}, std::uint8_t{17}, std::uint8_t{89}}) {
    const Packet packet = decoded(eth().ipv4({.protocol = protocol, .offset_bytes = 8}).payload(1).build());
    CHECK(packet.malformed == Malformed::kNo);
    CHECK_FALSE(packet.has_message);
  }
}

TEST_CASE("IPv6 fragments carry a 32-bit identification") {
  const Packet first = decoded(eth().ipv6().fragment(0, true, 0xdeadbeef).udp().payload(40).build());
  CHECK(first.fragment == Fragment::kFirst);
  CHECK(first.fragment_id == 0xdeadbeef);
  CHECK(first.fragment_protocol == 17);
  CHECK(first.has_ports);
  CHECK(first.ip_bytes == 96);
  const Packet later = decoded(eth().ipv6().fragment(48, false, 0xdeadbeef).payload(Bytes(30, 1), 17).build());
  CHECK(later.fragment == Fragment::kLater);
  CHECK(later.transport == Transport::kUdp);
  CHECK_FALSE(later.has_ports);
  const Packet atomic = decoded(eth().ipv6().fragment(0, false, 1).udp().build());
  CHECK(atomic.fragment == Fragment::kWhole);
  CHECK(atomic.has_ports);
}

TEST_CASE("Behind the header of a later IPv6 fragment nothing is walked") {
  const Packet packet = decoded(eth().ipv6().fragment(8, true, 1).payload(Bytes(16, 0xff), 60).build());
  CHECK(packet.fragment == Fragment::kLater);
  CHECK(packet.protocol == 60);
  CHECK(packet.transport == Transport::kOther);
  CHECK(packet.malformed == Malformed::kNo);
}

TEST_CASE("Addresses of both families and of ARP are read") {
  CHECK(decoded(eth().ipv4().udp().build()).source == ip("10.0.0.1"));
  CHECK(decoded(eth().ipv6().udp().build()).source == ip("2001:db8::1"));
  const Packet arp = decoded(eth().arp().build());
  CHECK(arp.source == ip("10.0.0.1"));
  CHECK(arp.destination == ip("10.0.0.2"));
}
