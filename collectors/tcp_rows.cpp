// SPDX-License-Identifier: GPL-2.0-or-later
// The rows of the TCP connections: IPTraf's upper window, line by line.
#include "collectors/tcp_rows.hpp"

#include <algorithm>
#include <tuple>

#include "collectors/tcp_counts.hpp"
#include "core/address_text.hpp"
#include "core/row_writer.hpp"
#include "names/name_tables.hpp"

namespace iptraf::collectors {
namespace {

enum class Sort : std::size_t { kBytes, kPackets, kRecent };
constexpr std::array<std::string_view, 3> kSortWords{"bytes", "packets", "recent"};
constexpr RowParameter kParameters[] = {{"state", kStateWords}, {"sort", kSortWords}};

std::uint64_t packets(const Connection& connection) {
  return connection.halves[0].packets + connection.halves[1].packets;
}

/// Larger means earlier in the answer.
std::uint64_t weight(const Connection& connection, Sort sort) {
  switch (sort) {
    case Sort::kBytes:
      return connection.ip_bytes();
    case Sort::kPackets:
      return packets(connection);
    case Sort::kRecent:
      return static_cast<std::uint64_t>(connection.last_seen);
  }
  return 0;
}

/// The same order on every run, whatever the tables' secret: by first packet, then by tuple.
auto arrival(const Connection& connection) {
  const ConnectionKey& key = connection.key;
  return std::make_tuple(connection.first_seen, key.device(), key.address(0), key.address(1), key.port(0), key.port(1),
                         connection.last_seen);
}

using Rows = std::vector<const Connection*>;

void sort_rows(Rows& rows, std::optional<std::size_t> sort) {
  std::sort(rows.begin(), rows.end(),
            [](const Connection* a, const Connection* b) { return arrival(*a) < arrival(*b); });
  if (!sort) return;
  std::stable_sort(rows.begin(), rows.end(), [by = static_cast<Sort>(*sort)](const Connection* a, const Connection* b) {
    return weight(*a, by) > weight(*b, by);
  });
}

void write_half(const Snapshot& snapshot, const Connection& connection, Side side, std::string_view key,
                RowWriter& row) {
  const Half& half = connection.halves[side];
  const IpAddress address = connection.key.address(side);
  row.begin_object(key);
  row.text("address", to_text(address));
  row.number("port", connection.key.port(side));
  row.number("packets", half.packets);
  row.number("bytes", half.ip_bytes);
  row.number("last_size", half.last_bytes);
  row.number("window", half.window);
  row.text("flags", flags_text(connection, side));
  row.text("mac", half.has_mac ? to_text(half.mac) : std::string());
  row.text("name", snapshot.names().hosts ? snapshot.names().hosts->name_of(address) : std::string());
  row.end_object();
}

void write_row(const Snapshot& snapshot, const Connection& connection, RowWriter& row) {
  row.begin_object();
  row.text("device", snapshot.devices()[connection.key.device()].name);
  row.text("state", kStateWords.at(static_cast<std::size_t>(connection.state)));
  row.boolean("partial", connection.is_partial);
  row.time("first_seen", connection.first_seen);
  row.time("last_seen", connection.last_seen);
  write_half(snapshot, connection, connection.first_side, "a", row);
  write_half(snapshot, connection, static_cast<Side>(1 - connection.first_side), "b", row);
  row.end_object();
}

Rows open_connections(const Snapshot& snapshot) {
  Rows rows;
  for (const std::unique_ptr<RowSet>& shard : snapshot.rows("tcp")) {
    static_cast<const ConnectionRows&>(*shard).for_each([&](const Connection& connection) {
      if (!connection.has_ended()) rows.push_back(&connection);
    });
  }
  sort_rows(rows, std::nullopt);
  return rows;
}

}  // namespace

std::string flags_text(const Connection& connection, Side side) {
  const Half& half = connection.halves[side];
  if (connection.state == ConnectionState::kIdle) return "TIMEOUT";
  if (half.has_fin) return half.is_fin_acknowledged ? "CLOSED" : "DONE";
  if (half.is_reset) return "RESET";
  std::string text = "----";
  if ((half.flags & tcp_flag::kSyn) != 0) text[0] = 'S';
  if ((half.flags & tcp_flag::kPsh) != 0) text[1] = 'P';
  if ((half.flags & tcp_flag::kAck) != 0) text[2] = 'A';
  if ((half.flags & tcp_flag::kUrg) != 0) text[3] = 'U';
  return text;
}

void add_active_halves(const Snapshot& snapshot, LogFigures& figures) {
  for (const Connection* connection : open_connections(snapshot)) {
    std::vector<ActiveHalf>& active = figures_of(figures, snapshot.devices()[connection->key.device()]).active;
    for (const Side side : {connection->first_side, static_cast<Side>(1 - connection->first_side)}) {
      const Side other = static_cast<Side>(1 - side);
      const Half& half = connection->halves[side];
      active.push_back({connection->key.address(side),
                        connection->key.address(other),
                        connection->key.port(side),
                        connection->key.port(other),
                        {half.packets, half.ip_bytes}});
    }
  }
}

std::span<const RowParameter> connection_parameters() { return kParameters; }

RowCursor open_connection_rows(const Snapshot& snapshot, const RowQuery& query) {
  const std::optional<std::size_t> state = query.choice("state");
  Rows rows;
  for (const std::unique_ptr<RowSet>& shard : snapshot.rows("tcp")) {
    static_cast<const ConnectionRows&>(*shard).for_each([&](const Connection& connection) {
      if (!query.wants(connection.key.device())) return;
      if (state && static_cast<std::size_t>(connection.state) != *state) return;
      rows.push_back(&connection);
    });
  }
  sort_rows(rows, query.choice("sort"));
  return cursor_over(std::move(rows), query, [&snapshot](const Connection* connection, RowWriter& row) {
    write_row(snapshot, *connection, row);
  });
}

}  // namespace iptraf::collectors
