// SPDX-License-Identifier: GPL-2.0-or-later
// Floods of new addresses: SYNs from random sources, stations, and tuples that collide where a hash has no key.
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

class MacFlood final : public Traffic {
 public:
  explicit MacFlood(const TrafficSettings& settings) : flows_(settings.flows), random_(settings.seed) {}

  FrameSpec next() override {
    FrameSpec spec;
    spec.kind = FrameKind::kUdp;
    spec.source_mac = any_mac();
    spec.destination_mac = any_mac();
    spec.source = server_address(1, false);
    spec.destination = client_address(0, false);
    spec.source_port = 40000;
    spec.destination_port = 50000;
    return spec;
  }

 private:
  /// Unicast and locally administered.
  MacAddress any_mac() noexcept {
    const std::uint64_t bits = mix_bits(random_.below(flows_));
    const auto byte = [bits](int shift) { return static_cast<std::uint8_t>(bits >> shift); };
    return {0x06, byte(0), byte(8), byte(16), byte(24), byte(32)};
  }

  std::uint64_t flows_;
  DeterministicRandom random_;
};

/// What a hash without a key puts into one chain: sums of addresses and ports, their exclusive or, low bits.
class Colliding final : public Traffic {
 public:
  explicit Colliding(const TrafficSettings& settings) : flows_(settings.flows), random_(settings.seed) {}

  FrameSpec next() override {
    constexpr std::uint32_t kSource = 0x14000000;
    constexpr std::uint32_t kDestination = 0x0a010001;
    const auto number = static_cast<std::uint32_t>(random_.below(flows_));
    const auto low = static_cast<std::uint16_t>(number);
    const std::uint32_t high = number >> 16;
    FrameSpec spec;
    spec.kind = FrameKind::kTcp;
    spec.tcp_flags = tcp_flag::kSyn;
    spec.tcp_sequence = number;
    spec.source_mac = kGatewayMac;
    spec.destination_mac = client_mac(0);
    spec.destination = ipv4_address(kDestination);
    spec.destination_port = 80;
    switch (number % 3) {
      case 0:  // what the address gains the ports lose
        spec.source = ipv4_address(kSource + high + low);
        spec.source_port = static_cast<std::uint16_t>(0xffff - low);
        spec.destination_port = static_cast<std::uint16_t>(0xffff - high);
        break;
      case 1:  // both addresses change alike
        spec.source = ipv4_address(kSource ^ number);
        spec.destination = ipv4_address(kDestination ^ number);
        spec.source_port = 1024;
        break;
      default:  // only the upper bytes of the source change
        spec.source = ipv4_address((number << 8) | 1);
        spec.source_port = 1024;
        break;
    }
    return spec;
  }

 private:
  std::uint64_t flows_;
  DeterministicRandom random_;
};

}  // namespace

std::unique_ptr<Traffic> make_syn_flood(const TrafficSettings& settings) {
  return std::make_unique<SynFlood>(settings);
}

std::unique_ptr<Traffic> make_mac_flood(const TrafficSettings& settings) {
  return std::make_unique<MacFlood>(settings);
}

std::unique_ptr<Traffic> make_colliding(const TrafficSettings& settings) {
  return std::make_unique<Colliding>(settings);
}

}  // namespace iptraf::bench
