// SPDX-License-Identifier: GPL-2.0-or-later
// decode(): nanoseconds for one frame, by kind of frame.
#include <benchmark/benchmark.h>

#include "decode/decoder.hpp"
#include "support/packet_builder.hpp"

namespace iptraf::bench {
namespace {

using test::Bytes;
using test::PacketBuilder;

Bytes tcp4() { return PacketBuilder().eth().ipv4().tcp().payload(536).build(); }
Bytes udp6() { return PacketBuilder().eth().ipv6().udp().payload(536).build(); }
Bytes vlan_tcp() { return PacketBuilder().eth().vlan(100).ipv4().tcp().payload(536).build(); }
Bytes ipv6_extensions() {
  return PacketBuilder().eth().ipv6().extension(0).extension(43, 24).extension(60).tcp().payload(536).build();
}
Bytes first_fragment() {
  test::Ipv4 header;
  header.has_more = true;
  return PacketBuilder().eth().ipv4(header).udp().payload(1472).build();
}
Bytes later_fragment() {
  test::Ipv4 header;
  header.protocol = ip_protocol::kUdp;
  header.offset_bytes = 1480;
  return PacketBuilder().eth().ipv4(header).payload(520).build();
}
Bytes arp() { return PacketBuilder().eth().arp().pad_to(60).build(); }

void decode_frame(benchmark::State& state, const Bytes& frame) {
  RawPacket raw;
  raw.bytes = frame;
  raw.wire_bytes = static_cast<std::uint32_t>(frame.size());
  Packet packet;
  for (auto _ : state) {
    decode::decode(raw, packet);
    benchmark::DoNotOptimize(packet);
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(decode_frame, tcp4, tcp4());
BENCHMARK_CAPTURE(decode_frame, udp6, udp6());
BENCHMARK_CAPTURE(decode_frame, vlan_tcp, vlan_tcp());
BENCHMARK_CAPTURE(decode_frame, ipv6_extensions, ipv6_extensions());
BENCHMARK_CAPTURE(decode_frame, first_fragment, first_fragment());
BENCHMARK_CAPTURE(decode_frame, later_fragment, later_fragment());
BENCHMARK_CAPTURE(decode_frame, arp, arp());

}  // namespace
}  // namespace iptraf::bench
