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
  std::uint64_t flows = 0;    ///< see make_traffic()
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

/// The words of --mix:
/// imix       64, 594 and 1518 byte frames (with frame check sequence) 7:4:1 in `flows` flows of TCP, UDP, ICMP and
///            ARP, both ways, some over IPv6, some in VLANs; some flows carry far more than others
/// small      the same flows, all frames as small as they can be
/// syn_flood  TCP SYN to one port from `flows` sources in random order
/// port_scan  TCP SYN to `flows` pairs of address and port, in turn, each with its answer
/// fragments  UDP datagrams in three fragments, of `flows` pairs of hosts, some over IPv6, some out of order
inline constexpr std::string_view kMixes[] = {"imix", "small", "syn_flood", "port_scan", "fragments"};

/// Null when `mix` is none of kMixes.
std::unique_ptr<Traffic> make_traffic(std::string_view mix, const TrafficSettings& settings);

std::unique_ptr<Traffic> make_imix(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_small(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_syn_flood(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_port_scan(const TrafficSettings& settings);
std::unique_ptr<Traffic> make_fragments(const TrafficSettings& settings);

}  // namespace iptraf::bench
