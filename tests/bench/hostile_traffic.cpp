// SPDX-License-Identifier: GPL-2.0-or-later
// The loads that fill tables: a SYN flood, a port scan, and datagrams in fragments.
#include <array>

#include "deterministic_random.hpp"
#include "hosts.hpp"
#include "traffic.hpp"

namespace iptraf::bench {
namespace {

class SynFlood final : public Traffic {
 public:
  explicit SynFlood(const TrafficSettings& settings) : flows_(settings.flows), random_(settings.seed) {}

  FrameSpec next() override {
    const std::uint64_t bits = mix_bits(random_.below(flows_));
    FrameSpec spec;
    spec.kind = FrameKind::kTcp;
    spec.tcp_flags = tcp_flag::kSyn;
    spec.tcp_sequence = static_cast<std::uint32_t>(random_.next());
    spec.source_mac = kGatewayMac;
    spec.destination_mac = client_mac(0);
    spec.source = ipv4_address(static_cast<std::uint32_t>(bits));
    spec.destination = client_address(0, false);
    spec.source_port = static_cast<std::uint16_t>((bits >> 32) | 1024U);
    spec.destination_port = 80;
    return spec;
  }

 private:
  std::uint64_t flows_;
  DeterministicRandom random_;
};

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

/// Several datagrams at once, so that their fragments mix. One in eight sends its second fragment first.
class Fragments final : public Traffic {
 public:
  explicit Fragments(const TrafficSettings& settings) : flows_(settings.flows), random_(settings.seed) {}

  FrameSpec next() override {
    Datagram& datagram = datagrams_[random_.below(datagrams_.size())];
    if (datagram.sent == kFragments) datagram = begin();
    std::uint32_t part = datagram.sent++;
    if (datagram.is_out_of_order && part < 2) part = 1 - part;
    return fragment(datagram, part);
  }

 private:
  static constexpr std::uint32_t kFragments = 3;

  struct Datagram {
    std::uint32_t sent = kFragments;
    std::uint32_t identification = 0;
    std::uint64_t flow = 0;
    bool is_ipv6 = false;
    bool is_out_of_order = false;
  };

  Datagram begin() noexcept {
    const std::uint64_t flow = random_.below(flows_);
    return {0, ++identification_, flow, flow % 4 == 0, random_.below(8) == 0};
  }

  static FrameSpec fragment(const Datagram& datagram, std::uint32_t part) noexcept {
    constexpr std::uint32_t kFragmentBytes = 1440;  // IP payload of the first two
    constexpr std::uint32_t kLastBytes = 500;
    constexpr std::uint32_t kUdpHeaderBytes = 8;
    const std::uint64_t bits = mix_bits(datagram.flow);
    const auto client = static_cast<std::uint32_t>(datagram.flow % kClients);
    FrameSpec spec;
    spec.kind = FrameKind::kUdp;
    spec.is_ipv6 = datagram.is_ipv6;
    spec.identification = datagram.identification;
    spec.fragment = {true, part + 1 < kFragments, static_cast<std::uint16_t>(part * kFragmentBytes)};
    spec.source_mac = client_mac(client);
    spec.destination_mac = kGatewayMac;
    spec.source = client_address(client, datagram.is_ipv6);
    spec.destination = server_address(static_cast<std::uint32_t>(bits), datagram.is_ipv6);
    spec.source_port = static_cast<std::uint16_t>((bits >> 32) | 1024U);
    spec.destination_port = 2049;
    spec.payload_bytes = part + 1 == kFragments ? kLastBytes : kFragmentBytes;
    if (part == 0) spec.payload_bytes -= kUdpHeaderBytes;
    return spec;
  }

  std::uint64_t flows_;
  DeterministicRandom random_;
  std::array<Datagram, 16> datagrams_{};
  std::uint32_t identification_ = 0;
};

}  // namespace

std::unique_ptr<Traffic> make_syn_flood(const TrafficSettings& settings) {
  return std::make_unique<SynFlood>(settings);
}

std::unique_ptr<Traffic> make_port_scan(const TrafficSettings& settings) {
  return std::make_unique<PortScan>(settings);
}

std::unique_ptr<Traffic> make_fragments(const TrafficSettings& settings) {
  return std::make_unique<Fragments>(settings);
}

std::unique_ptr<Traffic> make_traffic(std::string_view mix, const TrafficSettings& settings) {
  if (mix == "imix") return make_imix(settings);
  if (mix == "small") return make_small(settings);
  if (mix == "syn_flood") return make_syn_flood(settings);
  if (mix == "port_scan") return make_port_scan(settings);
  if (mix == "fragments") return make_fragments(settings);
  return nullptr;
}

}  // namespace iptraf::bench
