// SPDX-License-Identifier: GPL-2.0-or-later
// The rows of the TCP connections: IPTraf's upper window, line by line.
#pragma once

#include <span>
#include <string>

#include "collectors/connection.hpp"
#include "core/rows.hpp"
#include "core/snapshot.hpp"

namespace iptraf::collectors {

/// What CollectorSpec::make_rows gives the tcp collector.
using ConnectionRows = RowsOf<Connection>;

/// IPTraf's text for one half: DONE, CLOSED, RESET, TIMEOUT, or the latest flags in the positions S P A U.
std::string flags_text(const Connection& connection, Side side);

std::span<const RowParameter> connection_parameters();

/// In the order of their first packet unless a sort is asked for.
RowCursor open_connection_rows(const Snapshot& snapshot, const RowQuery& query);

}  // namespace iptraf::collectors
