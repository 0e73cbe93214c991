// SPDX-License-Identifier: GPL-2.0-or-later
// The rows of collector `ip_traffic`: the traffic monitor's lower window, a line for each packet.
#pragma once

#include <array>

#include "collectors/traffic_class.hpp"
#include "core/rows.hpp"

namespace iptraf {

class Snapshot;

namespace collectors {

inline constexpr std::array<RowParameter, 1> kPacketRowParameters{{{"protocol", kTrafficClassWords}}};

/// The newest packets of all shards together by their time, the newest last: as many as one shard remembers. The query
/// chooses among these; of those chosen its limit keeps the newest.
RowCursor open_packet_rows(const Snapshot& snapshot, const RowQuery& query);

}  // namespace collectors
}  // namespace iptraf
