// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: display filters, from their YAML to verdicts on packets.
#include <string>

#include "../target.hpp"
#include "config/loader.hpp"
#include "filter/filter.hpp"

namespace iptraf::fuzz {
namespace {

/// Names are not looked up: each has the address that its length makes.
std::vector<IpAddress> resolve(const std::string& name) {
  IpAddress address{};
  address[15] = static_cast<std::uint8_t>(name.size());
  return {address};
}

void judge(const filter::Filter& filter) {
  Packet packet;
  for (const Transport transport : {Transport::kNone, Transport::kTcp, Transport::kUdp, Transport::kOther}) {
    packet.transport = transport;
    packet.has_ports = transport == Transport::kTcp || transport == Transport::kUdp;
    packet.source_port = 80;
    for (const bool is_tcp_both_ways : {false, true}) {
      require(filter.judge(packet, is_tcp_both_ways).rule <= filter.rule_count(), "a verdict names a rule");
    }
  }
}

}  // namespace

void try_filter(Bytes input) {
  const std::string text = "filters:\n  tried: " + std::string(as_text(input));
  try {
    for (const auto& [name, rules] : config::parse(text, "input.yml").filters) {
      judge(*filter::Filter::compile(name, rules, resolve));
    }
  } catch (const config::ConfigError&) {
    return;
  } catch (const filter::FilterError&) {
    return;
  }
}

}  // namespace iptraf::fuzz
