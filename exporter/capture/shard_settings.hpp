// SPDX-License-Identifier: GPL-2.0-or-later
// ShardSettings: everything about counting that a reload can change, as one immutable piece.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "filter/filter.hpp"

namespace iptraf::capture {

/// One collector's part.
struct CollectorSettings {
  bool is_enabled = true;
  std::vector<std::string> device_globs;         ///< empty: all devices
  std::shared_ptr<const filter::Filter> filter;  ///< null: every packet
};

/// Shared by all shards; each takes it up between two batches.
struct ShardSettings {
  config::Config config;
  std::vector<CollectorSettings> collectors;  ///< in the order of the shard's specs
};

}  // namespace iptraf::capture
