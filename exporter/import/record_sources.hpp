// SPDX-License-Identifier: GPL-2.0-or-later
// What a record says as the data sources of round-robin databases: the names and order of the exporter's own files.
#pragma once

#include <set>
#include <span>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "core/round_robin.hpp"
#include "import/log_record.hpp"

namespace iptraf::importer {

using ServiceKey = std::pair<bool, std::uint16_t>;  ///< is UDP, port

/// The ports that a whole log names, so that all its records tell of the same ones.
std::set<ServiceKey> service_keys(std::span<const LogRecord> records);

/// One file's values. A file that is created gets the first `created_sources` of them; one that exists takes what it
/// has a data source for.
struct SourceValues {
  RoundRobinFile file;
  std::size_t created_sources = 0;
};

/// What the log does not tell is unknown. A port below 1024 that a whole record does not name has counted nothing.
/// Empty: the record tells nothing that a file of the exporter holds.
std::vector<SourceValues> source_values(const LogRecord& record, const config::Rrd& settings,
                                        const std::set<ServiceKey>& ports);

}  // namespace iptraf::importer
