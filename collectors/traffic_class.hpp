// SPDX-License-Identifier: GPL-2.0-or-later
// TrafficClass: what the traffic monitor's lower window calls a packet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "core/packet.hpp"
#include "core/protocol_names.hpp"

namespace iptraf::collectors {

/// The place of a protocol in kNamedProtocols. Throws when it has none.
constexpr std::uint8_t place_of(std::string_view name) {
  for (std::uint8_t place = 0; place < kNamedProtocols.size(); ++place) {
    if (kNamedProtocols[place].name == name) return place;
  }
  throw std::invalid_argument("not in kNamedProtocols");
}

/// Those up to kOther are the values of label `protocol`: kNamedProtocols by their place, and what has no name. Only
/// protocols that a collector asks for have an enumerator.
enum class TrafficClass : std::uint8_t {
  kTcp = place_of("tcp"),
  kUdp = place_of("udp"),
  kIcmp = place_of("icmp"),
  kIcmpv6 = place_of("icmpv6"),
  kOspf = place_of("ospf"),
  kOther = kNamedProtocols.size(),
  kArp,
  kRarp,
  kNonIp,
};

constexpr std::size_t index_of(TrafficClass traffic) noexcept { return static_cast<std::size_t>(traffic); }

inline constexpr std::size_t kIpClasses = index_of(TrafficClass::kOther) + 1;
inline constexpr std::size_t kTrafficClasses = index_of(TrafficClass::kNonIp) + 1;
inline constexpr std::array<std::string_view, kTrafficClasses> kTrafficClassWords = [] {
  std::array<std::string_view, kTrafficClasses> words{};
  for (std::size_t i = 0; i < kNamedProtocols.size(); ++i) words[i] = kNamedProtocols[i].name;
  words[index_of(TrafficClass::kOther)] = "other";
  words[index_of(TrafficClass::kArp)] = "arp";
  words[index_of(TrafficClass::kRarp)] = "rarp";
  words[index_of(TrafficClass::kNonIp)] = "non_ip";
  return words;
}();

/// The class of an IP protocol number in that version of IP.
constexpr TrafficClass class_of_protocol(Network network, std::uint8_t number) noexcept {
  for (std::size_t i = 0; i < kNamedProtocols.size(); ++i) {
    const NamedProtocol& protocol = kNamedProtocols[i];
    if (protocol.number != number) continue;
    const bool is_meant = network == Network::kIpv6 ? protocol.is_in_ipv6 : protocol.is_in_ipv4;
    return is_meant ? static_cast<TrafficClass>(i) : TrafficClass::kOther;
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
