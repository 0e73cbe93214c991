// SPDX-License-Identifier: GPL-2.0-or-later
// JSON: a Snapshot as one document with an array of rows per facility.
#pragma once

#include <span>
#include <string>

#include "core/collector.hpp"
#include "core/snapshot.hpp"
#include "names/name_tables.hpp"

namespace iptraf::output {

/// One object with the facility of every spec that has rows, in their order; ends with a line feed. Any thread.
std::string to_json_document(const Snapshot& snapshot, std::span<const CollectorSpec* const> specs,
                             const names::NameTables& names);

}  // namespace iptraf::output
