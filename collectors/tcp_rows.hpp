// SPDX-License-Identifier: GPL-2.0-or-later
// The rows of the TCP connections: IPTraf's upper window, line by line.
#pragma once

#include <span>
#include <string>

#include "collectors/connection.hpp"
#include "core/log_figures.hpp"
#include "core/rows.hpp"
#include "core/snapshot.hpp"

namespace iptraf::collectors {

/// What CollectorSpec::make_rows gives the tcp collector.
using ConnectionRows = RowsOf<Connection>;

/// IPTraf's text for one half: DONE, CLOSED, RESET, TIMEOUT, or the latest flags in the positions S P A U.
std::string flags_text(const Connection& connection, Side side);

std::span<const RowParameter> connection_parameters();

/// Adds the halves of the connections that are open to the figures of their devices, in the order of their first
/// packet.
void add_active_halves(const Snapshot& snapshot, LogFigures& figures);

/// In the order of their first packet unless a sort is asked for.
RowCursor open_connection_rows(const Snapshot& snapshot, const RowQuery& query);

}  // namespace iptraf::collectors
