// SPDX-License-Identifier: GPL-2.0-or-later
// TrafficClassifier: the class of a packet as far as the settings let it be seen.
#pragma once

#include <algorithm>
#include <array>

#include "collectors/traffic_class.hpp"
#include "config/config.hpp"
#include "core/packet.hpp"

namespace iptraf::collectors {

/// What no family and no row tells of: an IP header that cannot be trusted, and what the settings leave out.
inline constexpr TrafficClass kInvisible{kTrafficClasses};

/// One look-up by the three facts that decide. Threading: one shard.
class TrafficClassifier {
 public:
  void configure(const config::IpTraffic& settings) noexcept {
    is_visible_.fill(false);
    for (std::size_t i = 0; i < kIpClasses; ++i) {
      is_visible_[i] = settings.protocols.empty() || std::find(settings.protocols.begin(), settings.protocols.end(),
                                                               kTrafficClassWords[i]) != settings.protocols.end();
    }
    is_visible_[index_of(TrafficClass::kArp)] = settings.arp;
    is_visible_[index_of(TrafficClass::kRarp)] = settings.rarp;
    is_visible_[index_of(TrafficClass::kNonIp)] = settings.non_ip;
    fill_table();
  }

  bool is_visible(TrafficClass traffic) const noexcept { return is_visible_[index_of(traffic)]; }

  TrafficClass class_of(const Packet& packet) const noexcept {
    return table_[has_trusted_ip(packet) ? 1 : 0][static_cast<std::size_t>(packet.network)][packet.protocol];
  }

 private:
  using ByProtocol = std::array<TrafficClass, 256>;

  ByProtocol& table_of(bool has_trusted_ip, Network network) noexcept {
    return table_[has_trusted_ip ? 1 : 0][static_cast<std::size_t>(network)];
  }

  TrafficClass if_visible(TrafficClass traffic) const noexcept { return is_visible(traffic) ? traffic : kInvisible; }

  void fill_table() noexcept {
    for (auto& networks : table_) {
      for (ByProtocol& by_protocol : networks) by_protocol.fill(kInvisible);
    }
    for (const Network network : {Network::kArp, Network::kRarp, Network::kOther}) {
      table_of(false, network).fill(if_visible(class_of_network(network)));
    }
    for (const Network network : {Network::kIpv4, Network::kIpv6}) {
      for (std::size_t i = 0; i < 256; ++i) {
        const auto protocol = static_cast<std::uint8_t>(i);
        table_of(true, network)[i] = if_visible(class_of_protocol(network, protocol));
      }
    }
  }

  std::array<bool, kTrafficClasses> is_visible_{};
  std::array<std::array<ByProtocol, kNetworks>, 2> table_{};
};

}  // namespace iptraf::collectors
