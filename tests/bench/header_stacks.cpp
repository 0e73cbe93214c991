// SPDX-License-Identifier: GPL-2.0-or-later
// Floods of headers: VLAN tags and IPv6 extension headers, more than the decoder walks.
#include "deterministic_random.hpp"
#include "hosts.hpp"
#include "traffic.hpp"

namespace iptraf::bench {
namespace {

class VlanStack final : public Traffic {
 public:
  explicit VlanStack(const TrafficSettings& settings) : flows_(settings.flows), random_(settings.seed) {}

  FrameSpec next() override {
    const std::uint64_t bits = mix_bits(random_.below(flows_));
    FrameSpec spec;
    spec.kind = FrameKind::kUdp;
    spec.vlan_id = 100;
    spec.outer_tags = random_.below(4) == 0 ? 39 : 29;
    spec.source_mac = kGatewayMac;
    spec.destination_mac = client_mac(0);
    spec.source = ipv4_address(static_cast<std::uint32_t>(bits));
    spec.destination = client_address(0, false);
    spec.source_port = static_cast<std::uint16_t>((bits >> 32) | 1024U);
    spec.destination_port = 53;
    return spec;
  }

 private:
  std::uint64_t flows_;
  DeterministicRandom random_;
};

class Ipv6Chain final : public Traffic {
 public:
  explicit Ipv6Chain(const TrafficSettings& settings) : flows_(settings.flows), random_(settings.seed) {}

  FrameSpec next() override {
    constexpr std::uint64_t kFewest = 20;
    constexpr std::uint64_t kMost = 40;
    const std::uint64_t bits = mix_bits(random_.below(flows_));
    FrameSpec spec;
    spec.kind = FrameKind::kTcp;
    spec.is_ipv6 = true;
    spec.extension_headers = static_cast<std::uint8_t>(kFewest + random_.below(kMost - kFewest + 1));
    spec.tcp_flags = tcp_flag::kSyn;
    spec.tcp_sequence = static_cast<std::uint32_t>(bits >> 16);
    spec.source_mac = kGatewayMac;
    spec.destination_mac = client_mac(0);
    spec.source = ipv6_address(3, static_cast<std::uint32_t>(bits));
    spec.destination = client_address(0, true);
    spec.source_port = static_cast<std::uint16_t>((bits >> 32) | 1024U);
    spec.destination_port = 80;
    return spec;
  }

 private:
  std::uint64_t flows_;
  DeterministicRandom random_;
};

}  // namespace

std::unique_ptr<Traffic> make_vlan_stack(const TrafficSettings& settings) {
  return std::make_unique<VlanStack>(settings);
}

std::unique_ptr<Traffic> make_ipv6_chain(const TrafficSettings& settings) {
  return std::make_unique<Ipv6Chain>(settings);
}

}  // namespace iptraf::bench
