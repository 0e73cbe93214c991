// SPDX-License-Identifier: GPL-2.0-or-later
// NameTables: every table that gives a number a name, loaded once, read only afterwards.
#pragma once

#include "names/service_names.hpp"

namespace iptraf::names {

struct NameTables {
  ServiceNames services;
};

}  // namespace iptraf::names
