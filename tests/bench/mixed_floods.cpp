// SPDX-License-Identifier: GPL-2.0-or-later
// All floods at once.
#include <vector>

#include "deterministic_random.hpp"
#include "traffic.hpp"

namespace iptraf::bench {
namespace {

class MixedFloods final : public Traffic {
 public:
  explicit MixedFloods(const TrafficSettings& settings) : random_(~settings.seed) {
    for (const auto make : {make_syn_flood, make_mac_flood, make_port_scan, make_udp_scan, make_fragment_flood,
                            make_vlan_stack, make_ipv6_chain, make_icmp_storm, make_colliding}) {
      floods_.push_back(make(settings));
    }
  }

  FrameSpec next() override { return floods_[random_.below(floods_.size())]->next(); }

 private:
  DeterministicRandom random_;
  std::vector<std::unique_ptr<Traffic>> floods_;
};

}  // namespace

std::unique_ptr<Traffic> make_mixed(const TrafficSettings& settings) { return std::make_unique<MixedFloods>(settings); }

}  // namespace iptraf::bench
