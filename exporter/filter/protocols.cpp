// SPDX-License-Identifier: GPL-2.0-or-later
// The numbers of the protocols that have a name.
#include "filter/protocols.hpp"

#include "config/values.hpp"
#include "core/packet.hpp"

namespace iptraf::filter {
namespace {

struct NamedProtocol {
  std::string_view name;
  std::uint8_t number;
};

/// IANA "Protocol Numbers".
constexpr NamedProtocol kNamedProtocols[] = {
    {"tcp", 6},    {"udp", 17}, {"icmp", 1},  {"icmpv6", 58}, {"igmp", 2},   {"ospf", 89}, {"igp", 9},
    {"igrp", 88},  {"gre", 47}, {"esp", 50},  {"ah", 51},     {"sctp", 132}, {"pim", 103}, {"vrrp", 112},
    {"l2tp", 115}, {"ipip", 4}, {"ipv6", 41}, {"rsvp", 46},   {"egp", 8},
};

}  // namespace

std::optional<ProtocolRange> parse_protocols(std::string_view word) {
  for (const NamedProtocol& protocol : kNamedProtocols) {
    if (word != protocol.name) continue;
    // ICMP's number inside IPv6 is not ICMP, nor is ICMPv6's inside IPv4.
    return ProtocolRange{protocol.number, protocol.number, protocol.number != ip_protocol::kIcmpv6,
                         protocol.number != ip_protocol::kIcmp};
  }
  const std::size_t dash = word.find('-');
  const auto first = config::parse_whole_number(word.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : config::parse_whole_number(word.substr(dash + 1));
  if (!first || !last || *first > *last || *last > 255) return std::nullopt;
  return ProtocolRange{static_cast<std::uint8_t>(*first), static_cast<std::uint8_t>(*last), true, true};
}

}  // namespace iptraf::filter
