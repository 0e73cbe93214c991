// SPDX-License-Identifier: GPL-2.0-or-later
// The IP protocols that have a name: for label `protocol`, for the configuration and for filters.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/packet.hpp"

namespace iptraf {

struct NamedProtocol {
  std::string_view name;
  std::uint8_t number;
  bool is_in_ipv4 = true;  ///< the number means the protocol in this version of IP
  bool is_in_ipv6 = true;
};

/// IANA "Protocol Numbers", in the order of label `protocol` and of messages. ICMP's number inside IPv6 is not ICMP,
/// nor is ICMPv6's inside IPv4.
inline constexpr std::array<NamedProtocol, 19> kNamedProtocols{{
    {"tcp", ip_protocol::kTcp},
    {"udp", ip_protocol::kUdp},
    {.name = "icmp", .number = ip_protocol::kIcmp, .is_in_ipv6 = false},
    {.name = "icmpv6", .number = ip_protocol::kIcmpv6, .is_in_ipv4 = false},
    {"igmp", 2},
    {"ospf", ip_protocol::kOspf},
    {"igp", 9},
    {"igrp", 88},
    {"gre", 47},
    {"esp", 50},
    {"ah", 51},
    {"sctp", 132},
    {"pim", 103},
    {"vrrp", 112},
    {"l2tp", 115},
    {"ipip", 4},
    {"ipv6", 41},
    {"rsvp", 46},
    {"egp", 8},
}};

}  // namespace iptraf
