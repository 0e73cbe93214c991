// SPDX-License-Identifier: GPL-2.0-or-later
// FlowTraffic: the everyday load of mixes imix and small: many flows at once, a few of them heavy.
#include <algorithm>
#include <iterator>
#include <vector>

#include "deterministic_random.hpp"
#include "hosts.hpp"
#include "size_mix.hpp"
#include "tcp_connection.hpp"
#include "traffic.hpp"

namespace iptraf::bench {
namespace {

constexpr std::uint16_t kTcpPorts[] = {443, 443, 443, 80, 80, 22, 25, 993, 445, 3306, 8080, 6881};
constexpr std::uint16_t kUdpPorts[] = {53, 53, 443, 443, 123, 161, 5060, 51820};

/// The heaviest flows, which are the first ones, are neither ICMP nor ARP.
constexpr std::uint64_t kHeaviest = 64;

/// What stays the same for all packets of a flow: derived from its number, so that it takes no memory.
struct Flow {
  FrameKind kind = FrameKind::kTcp;
  bool is_ipv6 = false;
  std::uint16_t vlan_id = 0;
  std::uint16_t client_port = 0;
  std::uint16_t server_port = 0;
  std::uint32_t client = 0;
  std::uint32_t server = 0;
};

FrameKind kind_of(std::uint64_t number, std::uint64_t of_hundred) noexcept {
  if (of_hundred < 70) return FrameKind::kTcp;
  if (of_hundred < 96 || number < kHeaviest) return FrameKind::kUdp;
  return of_hundred < 99 ? FrameKind::kIcmpEcho : FrameKind::kArp;
}

Flow flow_of(std::uint64_t number, std::uint64_t seed) noexcept {
  constexpr std::uint64_t kFirstClientPort = 1024;
  const std::uint64_t bits = mix_bits(seed + number);
  Flow flow;
  flow.kind = kind_of(number, bits % 100);
  flow.is_ipv6 = flow.kind != FrameKind::kArp && ((bits >> 16) & 7) == 0;
  flow.client = static_cast<std::uint32_t>(number % kClients);
  flow.vlan_id = flow.client % 20 == 0 ? 100 : 0;
  flow.client_port = static_cast<std::uint16_t>(kFirstClientPort + number / kClients);
  flow.server = static_cast<std::uint32_t>(bits >> 20);
  const std::uint64_t port = bits >> 40;
  flow.server_port =
      flow.kind == FrameKind::kTcp ? kTcpPorts[port % std::size(kTcpPorts)] : kUdpPorts[port % std::size(kUdpPorts)];
  return flow;
}

void fill_ends(FrameSpec& spec, const Flow& flow, bool is_from_client) noexcept {
  spec.source = client_address(flow.client, flow.is_ipv6);
  spec.destination = server_address(flow.server, flow.is_ipv6);
  spec.source_mac = client_mac(flow.client);
  spec.destination_mac = kGatewayMac;
  spec.source_port = flow.client_port;
  spec.destination_port = flow.kind == FrameKind::kIcmpEcho ? flow.client_port : flow.server_port;
  if (is_from_client) return;
  std::swap(spec.source, spec.destination);
  std::swap(spec.source_mac, spec.destination_mac);
  std::swap(spec.source_port, spec.destination_port);
}

class FlowTraffic final : public Traffic {
 public:
  FlowTraffic(const TrafficSettings& settings, bool is_small_only)
      : settings_(settings), random_(settings.seed), sizes_(is_small_only), connections_(settings.flows) {}

  FrameSpec next() override {
    const std::uint64_t number = choose_flow();
    const Flow flow = flow_of(number, settings_.seed);
    FrameSpec spec;
    spec.kind = flow.kind;
    spec.is_ipv6 = flow.is_ipv6;
    spec.vlan_id = flow.vlan_id;
    spec.identification = static_cast<std::uint32_t>(written_);
    const bool is_from_client =
        flow.kind == FrameKind::kTcp ? connections_[number].next(spec, sizes_, random_) : next_message(spec);
    fill_ends(spec, flow, is_from_client);
    if (flow.kind == FrameKind::kArp) ask_for_gateway(spec, flow);
    return spec;
  }

 private:
  /// New flows begin evenly over the first half; in between, one of those that have begun goes on.
  std::uint64_t choose_flow() noexcept {
    const bool is_new_due = begun_ < settings_.flows && begun_ * settings_.packets <= written_ * 2 * settings_.flows;
    ++written_;
    return is_new_due ? begun_++ : random_.skewed_below(begun_);
  }

  /// UDP, ICMP and ARP: requests and answers in no strict order. True when from the client.
  bool next_message(FrameSpec& spec) noexcept {
    const bool is_from_client = random_.below(2) == 0;
    spec.is_reply = !is_from_client;
    if (spec.kind == FrameKind::kArp) {
      sizes_.must_be_small(random_);
      return is_from_client;
    }
    const std::uint32_t headers = kEthernetHeaderBytes + header_bytes(spec);
    spec.payload_bytes = std::max(sizes_.any(random_), headers) - headers;
    return is_from_client;
  }

  static void ask_for_gateway(FrameSpec& spec, const Flow& flow) noexcept {
    const IpAddress gateway = ipv4_address(0x0a01fffe);
    spec.source = spec.is_reply ? gateway : client_address(flow.client, false);
    spec.destination = spec.is_reply ? client_address(flow.client, false) : gateway;
    if (!spec.is_reply) spec.destination_mac = kBroadcastMac;
  }

  TrafficSettings settings_;
  DeterministicRandom random_;
  SizeMix sizes_;
  std::vector<TcpConnection> connections_;
  std::uint64_t begun_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace

std::unique_ptr<Traffic> make_imix(const TrafficSettings& settings) {
  return std::make_unique<FlowTraffic>(settings, false);
}

std::unique_ptr<Traffic> make_small(const TrafficSettings& settings) {
  return std::make_unique<FlowTraffic>(settings, true);
}

}  // namespace iptraf::bench
