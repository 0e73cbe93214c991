// SPDX-License-Identifier: GPL-2.0-or-later
// Scans of ports, over TCP and over UDP.
#include "deterministic_random.hpp"
#include "hosts.hpp"
#include "traffic.hpp"

namespace iptraf::bench {
namespace {

/// 1 024 ports of one host, then those of the next. One answer in 64 is a SYN-ACK, the others are RSTs.
class PortScan final : public Traffic {
 public:
  explicit PortScan(const TrafficSettings& settings) : flows_(settings.flows), seed_(settings.seed) {}

  FrameSpec next() override {
    constexpr std::uint64_t kPortsPerHost = 1024;
    constexpr std::uint32_t kScannerPort = 54321;
    const std::uint64_t probe = written_ / 2 % flows_;
    const bool is_answer = written_++ % 2 == 1;
    const std::uint64_t bits = mix_bits(seed_ + probe);
    const auto host = static_cast<std::uint32_t>(probe / kPortsPerHost);
    const auto port = static_cast<std::uint16_t>(1 + probe % kPortsPerHost);
    const auto sequence = static_cast<std::uint32_t>(bits);
    FrameSpec spec;
    spec.kind = FrameKind::kTcp;
    spec.source_mac = is_answer ? client_mac(host % kClients) : kGatewayMac;
    spec.destination_mac = is_answer ? kGatewayMac : client_mac(host % kClients);
    spec.source = is_answer ? client_address(host, false) : server_address(1, false);
    spec.destination = is_answer ? server_address(1, false) : client_address(host, false);
    spec.source_port = is_answer ? port : kScannerPort;
    spec.destination_port = is_answer ? kScannerPort : port;
    const bool is_open = (bits >> 32) % 64 == 0;
    const std::uint8_t answer = (is_open ? tcp_flag::kSyn : tcp_flag::kRst) | tcp_flag::kAck;
    spec.tcp_flags = is_answer ? answer : tcp_flag::kSyn;
    spec.tcp_sequence = is_answer ? ~sequence : sequence;
    spec.tcp_acknowledgment = is_answer ? sequence + 1 : 0;
    return spec;
  }

 private:
  std::uint64_t flows_;
  std::uint64_t seed_;
  std::uint64_t written_ = 0;
};

/// Every port of one host, then those of the next. Each probe is answered by an ICMP port unreachable.
class UdpScan final : public Traffic {
 public:
  explicit UdpScan(const TrafficSettings& settings) : flows_(settings.flows) {}

  FrameSpec next() override {
    constexpr std::uint64_t kPortsPerHost = 65535;
    constexpr std::uint16_t kScannerPort = 54321;
    const std::uint64_t probe = written_ / 2 % flows_;
    const bool is_answer = written_++ % 2 == 1;
    const auto host = static_cast<std::uint32_t>(probe / kPortsPerHost);
    const IpAddress target = client_address(host, false);
    const IpAddress scanner = server_address(1, false);
    const auto port = static_cast<std::uint16_t>(1 + probe % kPortsPerHost);
    FrameSpec spec;
    spec.kind = is_answer ? FrameKind::kIcmpUnreachable : FrameKind::kUdp;
    spec.source_mac = is_answer ? client_mac(host % kClients) : kGatewayMac;
    spec.destination_mac = is_answer ? kGatewayMac : client_mac(host % kClients);
    spec.source = is_answer ? target : scanner;
    spec.destination = is_answer ? scanner : target;
    spec.source_port = kScannerPort;
    spec.destination_port = port;
    spec.quoted_protocol = ip_protocol::kUdp;
    spec.quoted = {scanner, target, 8U << 16, kScannerPort, port};
    return spec;
  }

 private:
  std::uint64_t flows_;
  std::uint64_t written_ = 0;
};

}  // namespace

std::unique_ptr<Traffic> make_port_scan(const TrafficSettings& settings) {
  return std::make_unique<PortScan>(settings);
}

std::unique_ptr<Traffic> make_udp_scan(const TrafficSettings& settings) { return std::make_unique<UdpScan>(settings); }

}  // namespace iptraf::bench
