// SPDX-License-Identifier: GPL-2.0-or-later
// Datagrams in fragments: whole ones, and a flood of parts that never become whole.
#include <array>

#include "deterministic_random.hpp"
#include "hosts.hpp"
#include "traffic.hpp"

namespace iptraf::bench {
namespace {

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

/// Fragments of datagrams that are never whole. No two have the same identification and source.
class FragmentFlood final : public Traffic {
 public:
  explicit FragmentFlood(const TrafficSettings& settings) : flows_(settings.flows), random_(settings.seed) {}

  FrameSpec next() override {
    constexpr std::uint16_t kLastOffset = 1480;
    constexpr std::uint32_t kLastBytes = 500;
    constexpr std::uint32_t kFirstBytes = 1472;
    const auto source = static_cast<std::uint32_t>(mix_bits(random_.below(flows_)));
    const std::uint64_t kind = random_.below(3);
    FrameSpec spec;
    spec.kind = FrameKind::kUdp;
    spec.is_ipv6 = random_.below(4) == 0;
    spec.identification = ++identification_;
    spec.source_mac = kGatewayMac;
    spec.destination_mac = client_mac(0);
    spec.source = spec.is_ipv6 ? ipv6_address(3, source) : ipv4_address(source);
    spec.destination = client_address(0, spec.is_ipv6);
    spec.source_port = static_cast<std::uint16_t>(source);
    spec.destination_port = 53;
    spec.fragment = {true, true, 0};
    if (kind == 0) spec.payload_bytes = kFirstBytes;
    if (kind == 1) {
      spec.fragment = {true, false, kLastOffset};
      spec.payload_bytes = kLastBytes;
    }
    return spec;
  }

 private:
  std::uint64_t flows_;
  DeterministicRandom random_;
  std::uint32_t identification_ = 0;
};

}  // namespace

std::unique_ptr<Traffic> make_fragments(const TrafficSettings& settings) {
  return std::make_unique<Fragments>(settings);
}

std::unique_ptr<Traffic> make_fragment_flood(const TrafficSettings& settings) {
  return std::make_unique<FragmentFlood>(settings);
}

}  // namespace iptraf::bench
