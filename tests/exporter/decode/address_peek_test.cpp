// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of peek_address_fold(): where it answers, it answers what decode() would.
#include "decode/address_peek.hpp"

#include <string>

#include "decode/decoder.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::decode;
using namespace iptraf::test;

namespace {

RawPacket raw_of(const Bytes& frame) {
  RawPacket raw;
  raw.bytes = frame;
  raw.wire_bytes = static_cast<std::uint32_t>(frame.size());
  return raw;
}

std::uint32_t decoded_fold(const Bytes& frame) {
  Packet packet;
  decode::decode(raw_of(frame), packet);
  return packet.address_fold;
}

}  // namespace

TEST_CASE("The peek agrees with the decoder, also where the IP header is wrong") {
  const Ipv4 good{.source = "192.0.2.17", .destination = "198.51.100.4"};
  Ipv4 bad = good;
  bad.checksum = Checksum::kWrong;
  const Bytes frames[] = {
      PacketBuilder().eth().ipv4(good).tcp({}).build(), PacketBuilder().eth().ipv4(bad).udp({}).build(),
      PacketBuilder().eth().ipv6({.source = "2001:db8::1", .destination = "2001:db8::2"}).udp({}).build()};
  for (const Bytes& frame : frames) {
    REQUIRE(peek_address_fold(frame).has_value());
    CHECK(*peek_address_fold(frame) == decoded_fold(frame));
    CHECK(decoded_fold(frame) != 0);
  }
}

TEST_CASE("The peek leaves to the decoder what is not plain") {
  CHECK_FALSE(peek_address_fold(PacketBuilder().eth().arp().build()));
  CHECK_FALSE(peek_address_fold(PacketBuilder().eth().ipv4({}).icmp({}).build()));
  Bytes cut = PacketBuilder().eth().ipv4({}).tcp({}).build();
  cut.resize(33);
  CHECK_FALSE(peek_address_fold(cut));
}
