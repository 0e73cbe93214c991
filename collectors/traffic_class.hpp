// SPDX-License-Identifier: GPL-2.0-or-later
// TrafficClass: what the traffic monitor's lower window calls a packet.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/packet.hpp"

namespace iptraf::collectors {

/// Those up to kOther are IP protocols and the values of label `protocol`.
enum class TrafficClass : std::uint8_t {
  kTcp,
  kUdp,
  kIcmp,
  kIcmpv6,
  kIgmp,
  kOspf,
  kIgp,
  kIgrp,
  kGre,
  kEsp,
  kAh,
  kSctp,
  kPim,
  kVrrp,
  kL2tp,
  kIpip,
  kIpv6,
  kRsvp,
  kEgp,
  kOther,
  kArp,
  kRarp,
  kNonIp,
};
inline constexpr std::size_t kIpClasses = 20;
inline constexpr std::size_t kTrafficClasses = 23;
inline constexpr std::array<std::string_view, kTrafficClasses> kTrafficClassWords{
    "tcp", "udp",  "icmp", "icmpv6", "igmp", "ospf", "igp", "igrp",  "gre", "esp",  "ah",    "sctp",
    "pim", "vrrp", "l2tp", "ipip",   "ipv6", "rsvp", "egp", "other", "arp", "rarp", "non_ip"};

constexpr std::size_t index_of(TrafficClass traffic) noexcept { return static_cast<std::size_t>(traffic); }

/// The class of an IP protocol number (IANA "Protocol Numbers"). ICMP belongs to IPv4, ICMPv6 to IPv6.
constexpr TrafficClass class_of_protocol(Network network, std::uint8_t protocol) noexcept {
  constexpr std::array<std::uint8_t, kIpClasses - 1> kNumbers{6,  17,  1,   58,  2,   89, 9,  88, 47, 50,
                                                              51, 132, 103, 112, 115, 4,  41, 46, 8};
  if (protocol == ip_protocol::kIcmp && network != Network::kIpv4) return TrafficClass::kOther;
  if (protocol == ip_protocol::kIcmpv6 && network != Network::kIpv6) return TrafficClass::kOther;
  for (std::size_t i = 0; i < kNumbers.size(); ++i) {
    if (kNumbers[i] == protocol) return static_cast<TrafficClass>(i);
  }
  return TrafficClass::kOther;
}

/// The class of what is not IP.
constexpr TrafficClass class_of_network(Network network) noexcept {
  if (network == Network::kArp) return TrafficClass::kArp;
  return network == Network::kRarp ? TrafficClass::kRarp : TrafficClass::kNonIp;
}

/// Of a packet that is not IP, or whose IP header can be trusted.
constexpr TrafficClass class_of(const Packet& packet) noexcept {
  return has_trusted_ip(packet) ? class_of_protocol(packet.network, packet.protocol) : class_of_network(packet.network);
}

}  // namespace iptraf::collectors
