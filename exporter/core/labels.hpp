// SPDX-License-Identifier: GPL-2.0-or-later
// The labels that several metrics share, and the words of their values.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/device.hpp"
#include "core/metric.hpp"
#include "core/packet.hpp"

namespace iptraf {

inline constexpr std::array<std::string_view, kNetworks> kNetworkWords{"ipv4", "ipv6", "arp", "rarp", "other"};
inline constexpr std::array<std::string_view, kTransports> kTransportWords{"tcp", "udp", "icmp", "other", "none"};
inline constexpr std::array<std::string_view, kMalformedReasons> kMalformedWords{
    "", "version", "header_length", "total_length", "truncated_on_wire", "extension", "transport_header"};

/// Formats an enumerator, or an index, as its word in `kWords`.
template <const auto& kWords>
void format_word(std::uint64_t value, const LabelContext& /*context*/, std::string& out) {
  out += kWords.at(value);
}

inline void format_number(std::uint64_t value, const LabelContext& /*context*/, std::string& out) {
  out += std::to_string(value);
}

inline void format_device(std::uint64_t slot, const LabelContext& context, std::string& out) {
  out += context.devices[slot].name;
}

inline constexpr LabelDesc kDeviceLabel{"device", format_device};
inline constexpr LabelDesc kNetworkLabel{"network", format_word<kNetworkWords>};
inline constexpr LabelDesc kTransportLabel{"transport", format_word<kTransportWords>};

}  // namespace iptraf
