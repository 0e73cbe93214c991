// SPDX-License-Identifier: GPL-2.0-or-later
// The worked examples that several collectors are tested with: reference vector V and a varied set of frames.
#pragma once

#include <random>
#include <vector>

#include "support/packet_builder.hpp"
#include "support/run_offline.hpp"

namespace iptraf::test {

/// Six packets as interface vB (MAC B) sees them; P2 is transmitted, all others are received.
inline std::vector<Bytes> vector_v() {
  const Ethernet in;
  const Ethernet out{.destination = kMacA, .source = kMacB};
  const Ipv4 back{.source = "10.0.0.2", .destination = "10.0.0.1"};
  return {
      PacketBuilder().eth(in).ipv4().tcp({.flags = tcp_flag::kSyn}).pad_to(60).build(),
      PacketBuilder().eth(out).ipv4(back).tcp({.source = 80, .destination = 40000}).payload(1460).build(),
      PacketBuilder().eth(in).ipv4().udp({.source = 53, .destination = 53}).payload(72).build(),
      PacketBuilder().eth({.destination = "ff:ff:ff:ff:ff:ff"}).arp().pad_to(60).build(),
      PacketBuilder().eth(in).ipv6().icmpv6(128).payload(12).build(),
      PacketBuilder().eth(in).ipv4({.checksum = Checksum::kWrong}).tcp().pad_to(60).build(),
  };
}

/// A run's settings in which MAC B is the local side.
inline OfflineSettings with_local_mac_b() {
  OfflineSettings settings;
  settings.local = {mac(kMacB)};
  return settings;
}

/// `count` frames of many hosts, protocols, sizes and defects; the same for the same seed.
inline std::vector<Bytes> varied_frames(std::size_t count, std::uint32_t seed = 1) {
  std::mt19937 random(seed);
  const auto below = [&random](std::uint32_t limit) { return static_cast<std::uint16_t>(random() % limit); };
  std::vector<Bytes> frames;
  while (frames.size() < count) {
    const std::string host = "10.0." + std::to_string(below(4)) + "." + std::to_string(below(250) + 1);
    const std::string host6 = "2001:db8::" + std::to_string(below(250) + 1);
    const Udp udp{.source = below(1100), .destination = below(1100)};
    const Tcp tcp{.source = below(1100), .destination = static_cast<std::uint16_t>(40000 + below(9))};
    const auto id = below(40);
    const Ipv4 v4{.source = host};
    const Ipv6 v6{.source = host6};
    PacketBuilder frame;
    frame.eth({.destination = below(9) == 0   ? "01:00:5e:00:00:01"
                              : below(2) == 0 ? kMacA
                                              : kMacB,
               .source = below(2) == 0 ? kMacA : kMacB});
    if (below(5) == 0) frame.vlan(below(4095));
    switch (below(12)) {
      case 0:
        frame.arp(below(5)).pad_to(60);
        break;
      case 1:
        frame.ipv6(v6).tcp(tcp).payload(below(1400));
        break;
      case 2:
        frame.ipv6(v6).extension(60).udp(udp).payload(below(400));
        break;
      case 3:
        frame.ipv4({.source = host, .checksum = Checksum::kWrong}).tcp(tcp).payload(below(99));
        break;
      case 4:
        frame.ipv4({.source = host, .id = id, .has_more = true}).udp(udp).payload(392);
        break;
      case 5:
        frame.ipv4({.source = host, .protocol = 17, .id = id, .offset_bytes = 400}).payload(below(300));
        break;
      case 6:
        frame.ipv4(v4).icmp(3, 1).payload(PacketBuilder().ipv4().udp(udp).build());
        break;
      case 7:
        frame.ipv4({.source = host, .protocol = 6}).payload(below(19)).pad_to(60);
        break;
      case 8:
        frame.ipv4({.source = host, .total_bytes = 2000}).udp(udp).payload(9);
        break;
      case 9:
        frame.payload(46);
        break;
      case 10:
        frame.ipv6(v6).fragment(below(2) == 0 ? 0 : 96, true, id).udp(udp).payload(88);
        break;
      default:
        frame.ipv4(v4).tcp(tcp).payload(below(1460));
        break;
    }
    frames.push_back(frame.build());
  }
  return frames;
}

}  // namespace iptraf::test
