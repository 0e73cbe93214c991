// SPDX-License-Identifier: GPL-2.0-or-later
// TcpTalk: TCP packets between two endpoints, fed to a live chain one by one, and what the monitor then shows.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/run_offline.hpp"

namespace iptraf::test {

using Json = nlohmann::json;

inline constexpr std::uint8_t kSyn = tcp_flag::kSyn;
inline constexpr std::uint8_t kAck = tcp_flag::kAck;
inline constexpr std::uint8_t kFin = tcp_flag::kFin;
inline constexpr std::uint8_t kRst = tcp_flag::kRst;
inline constexpr std::uint8_t kPsh = tcp_flag::kPsh;

/// A segment as the worked examples write it.
struct Segment {
  std::uint8_t flags = kAck;
  std::uint32_t sequence = 1;
  std::uint32_t acknowledgment = 0;
  std::size_t payload_bytes = 0;
};

/// Client 10.0.0.1 and server 10.0.0.2, whose ports can be chosen. Frames of the client are padded to 60 bytes, as on
/// an Ethernet that it sends over. Every packet comes a second after the one before.
class TcpTalk {
 public:
  explicit TcpTalk(const ChainSettings& settings = {}) : chain_(settings) {}

  std::uint16_t client_port = 40000;
  std::uint16_t server_port = 80;
  bool is_ipv6 = false;
  DeviceSlot device = 0;

  LiveChain& chain() { return chain_; }
  Timestamp now() const { return now_; }
  void pass(Timestamp seconds) { now_ += seconds * kNanosecondsPerSecond; }

  /// Moves the clock of an idle link.
  void idle(Timestamp seconds) {
    pass(seconds);
    chain_.advance(now_);
    chain_.snapshot();
    chain_.snapshot();  // the clock was handed on before the second one at the latest
  }

  void client(const Segment& segment) { feed(frame(true, segment)); }
  void server(const Segment& segment) { feed(frame(false, segment)); }

  /// SYN 1, SYN/ACK 101, ACK.
  void handshake() {
    client({kSyn, 1});
    server({kSyn | kAck, 101, 2});
    client({kAck, 2, 102});
  }

  /// An ICMP error from the server that quotes a segment of the client.
  void unreachable(std::uint8_t code, const Segment& quoted, std::uint8_t type = 3) {
    const Bytes whole = frame(true, quoted);
    const std::size_t ip_header_bytes = is_ipv6 ? 40 : 20;
    const Bytes quote(whole.begin() + 14, whole.begin() + 14 + static_cast<std::ptrdiff_t>(ip_header_bytes + 8));
    PacketBuilder builder = PacketBuilder().eth({kMacA, kMacB});
    if (is_ipv6) {
      builder.ipv6({.source = "2001:db8::2", .destination = "2001:db8::1"}).icmpv6(type, code);
    } else {
      builder.ipv4({.source = "10.0.0.2", .destination = "10.0.0.1"}).icmp(type, code);
    }
    feed(builder.payload(quote).build());
  }

  void feed(const Bytes& frame) {
    Packet packet = decoded(frame);
    packet.device = device;
    feed(packet);
  }
  void feed(Packet packet) {
    pass(1);
    packet.time = now_;
    chain_.feed({packet});
  }

  Bytes frame(bool is_client, const Segment& segment) const {
    PacketBuilder builder = PacketBuilder().eth(is_client ? Ethernet{kMacB, kMacA} : Ethernet{kMacA, kMacB});
    if (is_ipv6) {
      builder.ipv6({.source = is_client ? "2001:db8::1" : "2001:db8::2",
                    .destination = is_client ? "2001:db8::2" : "2001:db8::1"});
    } else {
      builder.ipv4({.source = is_client ? "10.0.0.1" : "10.0.0.2", .destination = is_client ? "10.0.0.2" : "10.0.0.1"});
    }
    builder.tcp({.source = is_client ? client_port : server_port,
                 .destination = is_client ? server_port : client_port,
                 .flags = segment.flags,
                 .sequence = segment.sequence,
                 .acknowledgment = segment.acknowledgment});
    builder.payload(segment.payload_bytes);
    if (is_client) builder.pad_to(60);
    return builder.build();
  }

  Json rows() { return Json::parse(chain_.chain().json()).at("connections"); }
  Json row() {
    const Json all = rows();
    REQUIRE(all.size() == 1);
    return all.at(0);
  }

  double value(const std::string& family, const std::string& label = {}) {
    return chain_.page().value(family + "{device=\"vB\"" + (label.empty() ? "" : "," + label) + "}");
  }
  double shown(const std::string& state) { return value("iptraf_tcp_connections", "state=\"" + state + "\""); }
  double ended(const std::string& reason) {
    return value("iptraf_tcp_connections_ended_total", "reason=\"" + reason + "\"");
  }
  double opened(const std::string& start) {
    return value("iptraf_tcp_connections_opened_total", "start=\"" + start + "\"");
  }
  double packets(const std::string& flags) { return value("iptraf_tcp_packets_total", "flags=\"" + flags + "\""); }
  double evicted(const std::string& reason) {
    return chain_.page().value("iptraf_table_evictions_total{table=\"tcp\",reason=\"" + reason + "\"}");
  }

 private:
  LiveChain chain_;
  Timestamp now_ = 1'700'000'000 * kNanosecondsPerSecond;
};

/// packets, IP bytes, flags text of one half.
inline void check_half(const Json& half, std::uint64_t packets, std::uint64_t bytes, const std::string& flags) {
  CHECK(half.at("packets") == packets);
  CHECK(half.at("bytes") == bytes);
  CHECK(half.at("flags") == flags);
}

inline ChainSettings tcp_settings(std::uint32_t max_connections, double timeout_seconds = 900,
                                  double persistence_seconds = 300) {
  ChainSettings settings;
  settings.config.collectors.tcp.max_connections = max_connections;
  settings.config.collectors.tcp.timeout = {timeout_seconds};
  settings.config.collectors.tcp.closed_persistence = {persistence_seconds};
  return settings;
}

}  // namespace iptraf::test
