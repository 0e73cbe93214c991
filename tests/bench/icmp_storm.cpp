// SPDX-License-Identifier: GPL-2.0-or-later
// A storm of forged ICMP errors about connections that talk.
#include "deterministic_random.hpp"
#include "hosts.hpp"
#include "traffic.hpp"

namespace iptraf::bench {
namespace {

/// The errors come from anywhere. What they quote are tuples that talk, so that only the sequence number is wrong.
class IcmpStorm final : public Traffic {
 public:
  explicit IcmpStorm(const TrafficSettings& settings) : flows_(settings.flows), random_(settings.seed) {}

  FrameSpec next() override {
    const auto flow = static_cast<std::uint32_t>(random_.below(flows_));
    FrameSpec data = data_of(flow);
    return random_.below(8) == 0 ? data : error_about(data);
  }

 private:
  static FrameSpec data_of(std::uint32_t flow) noexcept {
    const std::uint64_t bits = mix_bits(flow);
    FrameSpec spec;
    spec.kind = FrameKind::kTcp;
    spec.is_ipv6 = flow % 8 == 0;
    spec.tcp_flags = tcp_flag::kAck | tcp_flag::kPsh;
    spec.tcp_sequence = static_cast<std::uint32_t>(bits);
    spec.payload_bytes = 10;
    spec.source_mac = client_mac(flow % kClients);
    spec.destination_mac = kGatewayMac;
    spec.source = client_address(flow % kClients, spec.is_ipv6);
    spec.destination = server_address(static_cast<std::uint32_t>(bits >> 32), spec.is_ipv6);
    spec.source_port = static_cast<std::uint16_t>(1024 + flow / kClients);
    spec.destination_port = 443;
    return spec;
  }

  FrameSpec error_about(const FrameSpec& data) noexcept {
    const std::uint64_t bits = random_.next();
    const auto router = static_cast<std::uint32_t>(bits >> 32);
    FrameSpec spec;
    spec.kind = FrameKind::kIcmpUnreachable;
    spec.is_ipv6 = data.is_ipv6;
    spec.source_mac = kGatewayMac;
    spec.destination_mac = data.source_mac;
    spec.source = data.is_ipv6 ? ipv6_address(3, router) : ipv4_address(router);
    spec.destination = data.source;
    spec.quoted_protocol = ip_protocol::kTcp;
    spec.quoted = {data.source, data.destination, static_cast<std::uint32_t>(bits), data.source_port,
                   data.destination_port};
    return spec;
  }

  std::uint64_t flows_;
  DeterministicRandom random_;
};

}  // namespace

std::unique_ptr<Traffic> make_icmp_storm(const TrafficSettings& settings) {
  return std::make_unique<IcmpStorm>(settings);
}

}  // namespace iptraf::bench
