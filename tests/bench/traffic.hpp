// SPDX-License-Identifier: GPL-2.0-or-later
// Traffic: endless, reproducible sequences of frames, one class for each kind of load.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "frame_writer.hpp"

namespace iptraf::bench {

struct TrafficSettings {
  std::uint64_t packets = 0;  ///< how many will be asked for; new flows are spread over the first half of them
  std::uint64_t flows = 0;    ///< see kMixes
  std::uint64_t seed = 0;
};

/// What the next frame says. Threading: none.
class Traffic {
 public:
  virtual ~Traffic() = default;
  virtual FrameSpec next() = 0;
};

/// As many flows as one address plan can tell apart.
inline constexpr std::uint64_t kMaxFlows = 30'000'000;

std::unique_ptr<Traffic> make_imix(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_small(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_syn_flood(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_mac_flood(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_port_scan(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_udp_scan(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_fragments(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_fragment_flood(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_vlan_stack(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_ipv6_chain(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_icmp_storm(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_colliding(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_mixed(const TrafficSettings& settings);

/// A word of --mix.
struct Mix {
  std::string_view word;
  std::unique_ptr<Traffic> (*make)(const TrafficSettings&);
};

/// imix       64, 594 and 1518 byte frames (with frame check sequence) 7:4:1 in `flows` flows of TCP, UDP, ICMP and
///            ARP, both ways, some over IPv6, some in VLANs; some flows carry far more than others
/// small      the same flows, all frames as small as they can be
/// syn_flood  TCP SYN to one port from `flows` sources in random order
/// mac_flood  UDP between `flows` MAC addresses in random order
/// port_scan  TCP SYN to `flows` pairs of address and port, in turn, each with its answer
/// udp_scan   UDP to `flows` pairs of address and port, in turn, each with the ICMP error that answers it
/// fragments  UDP datagrams in three fragments, of `flows` pairs of hosts, some over IPv6, some out of order
/// fragment_flood  single fragments of datagrams that are never whole, of `flows` sources, some over IPv6: first ones,
///            last ones without a first, and first ones of 8 bytes
/// vlan_stack UDP of `flows` sources behind 30 VLAN tags, one frame in four behind 40
/// ipv6_chain TCP SYN from `flows` sources behind 20 to 40 extension headers
/// icmp_storm TCP data of `flows` connections, one packet in eight, and ICMP errors with forged sequence numbers that
///            quote them, some over IPv6
/// colliding  TCP SYN of `flows` tuples with the same sum, the same exclusive or, or the same low bits
/// mixed      all floods at once, in random order
inline constexpr Mix kMixes[] = {{"imix", make_imix},
                                 {"small", make_small},
                                 {"syn_flood", make_syn_flood},
                                 {"mac_flood", make_mac_flood},
                                 {"port_scan", make_port_scan},
                                 {"udp_scan", make_udp_scan},
                                 {"fragments", make_fragments},
                                 {"fragment_flood", make_fragment_flood},
                                 {"vlan_stack", make_vlan_stack},
                                 {"ipv6_chain", make_ipv6_chain},
                                 {"icmp_storm", make_icmp_storm},
                                 {"colliding", make_colliding},
                                 {"mixed", make_mixed}};

}  // namespace iptraf::bench
