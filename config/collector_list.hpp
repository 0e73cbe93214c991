// SPDX-License-Identifier: GPL-2.0-or-later
// The collectors by name: the word of the YAML key, the flag and the metric prefix.
#pragma once

#include <array>
#include <string_view>

#include "config/config.hpp"

namespace iptraf::config {

/// A collector's name and what is configured for it whatever its kind.
struct CollectorEntry {
  std::string_view name;
  CollectorBase& (*settings)(Collectors&);
};

/// In the order of the schema.
inline constexpr std::array kCollectors{
    CollectorEntry{"interface", [](Collectors& all) -> CollectorBase& { return all.interface; }},
    CollectorEntry{"packet_size", [](Collectors& all) -> CollectorBase& { return all.packet_size; }},
    CollectorEntry{"service", [](Collectors& all) -> CollectorBase& { return all.service; }},
    CollectorEntry{"lan_station", [](Collectors& all) -> CollectorBase& { return all.lan_station; }},
    CollectorEntry{"tcp", [](Collectors& all) -> CollectorBase& { return all.tcp; }},
    CollectorEntry{"ip_traffic", [](Collectors& all) -> CollectorBase& { return all.ip_traffic; }},
};

}  // namespace iptraf::config
