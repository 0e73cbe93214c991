// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the traffic monitor's lines that no running collector makes in the other tests.
#include "output/iptraf_log/event_text.hpp"

#include "exporter/output/iptraf_log/time_zone.hpp"
#include "output/iptraf_log/event_lines.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::output;
using namespace iptraf::test;
using config::LogFormat;

namespace {

constexpr Timestamp kStart = 1'012'091'722 * kNanosecondsPerSecond;  // Sun Jan 27 00:35:22 2002

TrafficEvent event(TrafficEventKind kind, Timestamp seconds = 2) {
  TrafficEvent made;
  made.packet = decoded(PacketBuilder().eth().ipv4().tcp({.source = 40001}).build());
  made.packet.time = kStart + seconds * kNanosecondsPerSecond;
  made.first_seen = kStart;
  made.kind = kind;
  made.packets = 4;
  made.bytes = 238;
  made.opposite_packets = 1;
  made.opposite_bytes = 1000;
  return made;
}

}  // namespace

TEST_CASE("Rates of connections are in the form of the log") {
  const TimeZone utc;
  CHECK(event_line(LogFormat::kNg, "vB", event(TrafficEventKind::kFinSent)) ==
        "Sun Jan 27 00:35:24 2002; TCP; vB; 40 bytes; from 10.0.0.1:40001 to 10.0.0.2:80; FIN sent; 4 packets, 238 "
        "bytes, avg flow rate      0.95 kbps\n");
  CHECK(event_line(LogFormat::k27, "vB", event(TrafficEventKind::kFinSent)) ==
        "Sun Jan 27 00:35:24 2002; TCP; vB; 40 bytes; from 10.0.0.1:40001 to 10.0.0.2:80; FIN sent; 4 packets, 238 "
        "bytes, avg flow rate 0.95 kbits/s\n");
}

TEST_CASE("A new source MAC address is told with the one before") {
  const TimeZone utc;
  TrafficEvent moved = event(TrafficEventKind::kNewSourceMac);
  moved.previous_mac = mac("02:00:00:00:00:0c");
  CHECK(event_line(LogFormat::kNg, "vB", moved) ==
        "Sun Jan 27 00:35:24 2002; TCP; vB; from 10.0.0.1:40001 to 10.0.0.2:80: new source MAC address "
        "02:00:00:00:00:0a (previously 02:00:00:00:00:0c)\n");
}

TEST_CASE("An open connection has a line for each direction") {
  const TimeZone utc;
  CHECK(active_line(kStart / kNanosecondsPerSecond, "vB", {ip("10.0.0.1"), ip("fe80::2"), 1, 2, {3, 4}}) ==
        "Sun Jan 27 00:35:22 2002; TCP; vB; active; from 10.0.0.1:1 to fe80::2:2; 3 packets, 4 bytes\n");
}

TEST_CASE("Lines of several shards are in the order of time, each device's apart, a chunk no longer than a write") {
  const TimeZone utc;
  EventLines lines(LogFormat::kNg);
  lines.add("a", event(TrafficEventKind::kFinSent, 3));
  lines.add("b", event(TrafficEventKind::kFinSent, 4));
  lines.add("a", event(TrafficEventKind::kReset, 1));
  lines.add("a", event(TrafficEventKind::kFinAcknowledged, 3));
  const auto by_device = lines.by_device();
  REQUIRE(by_device.size() == 2);
  CHECK(by_device.at("a") ==
        EventLines::Chunks{event_line(LogFormat::kNg, "a", event(TrafficEventKind::kReset, 1)) +
                           event_line(LogFormat::kNg, "a", event(TrafficEventKind::kFinSent, 3)) +
                           event_line(LogFormat::kNg, "a", event(TrafficEventKind::kFinAcknowledged, 3))});
  EventLines many(LogFormat::kNg);
  for (int i = 0; i < 1000; ++i) many.add("a", event(TrafficEventKind::kReset));
  const auto chunks = many.by_device();
  CHECK(chunks.at("a").size() > 1);
  for (const std::string& chunk : chunks.at("a")) {
    CHECK(chunk.size() <= 65'536);
    CHECK(chunk.back() == '\n');
  }
}
