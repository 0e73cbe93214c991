// SPDX-License-Identifier: GPL-2.0-or-later
// NameTables: everything that gives a number a name.
#pragma once

#include <memory>

#include "names/host_names.hpp"
#include "names/mac_vendors.hpp"
#include "names/service_names.hpp"
#include "names/station_descriptions.hpp"

namespace iptraf::names {

/// Made for one configuration, then only read; made by default it names nothing. A copy shares the vendors and the
/// host names. Threading: any asking thread, never the packet path.
struct NameTables {
  ServiceNames services;
  MacVendors vendors;                ///< left as it is by `names.vendors: false`
  StationDescriptions descriptions;  ///< of LAN stations
  std::shared_ptr<HostNames> hosts;  ///< null: reverse lookup is off. For rows only, never for a label
};

}  // namespace iptraf::names
