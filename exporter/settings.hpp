// SPDX-License-Identifier: GPL-2.0-or-later
// Settings: what a configuration becomes before it is used, and what of it a reload cannot change.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "filter/filter.hpp"
#include "names/name_tables.hpp"

namespace iptraf {

/// A configuration with its filters compiled and its names loaded. Complete or not there at all.
struct Settings {
  config::Config config;
  std::map<std::string, std::shared_ptr<const filter::Filter>> filters;  ///< every filter, used or not
  std::shared_ptr<const names::NameTables> names;
};

/// Compiles and loads. `running` are the names in use, whose cache of host names goes on; null at the start.
/// Lines of description files that cannot be read are logged and passed over; so is the end of a description that is
/// too long. Throws config::ConfigError.
Settings prepare(config::Config config, const names::NameTables* running = nullptr);

/// One line for each key that differs and cannot be changed without a restart.
std::vector<std::string> restart_problems(const config::Config& running, const config::Config& wanted);

}  // namespace iptraf
