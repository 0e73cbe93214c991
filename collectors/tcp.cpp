// SPDX-License-Identifier: GPL-2.0-or-later
// Collector `tcp`: the upper window of IPTraf's traffic monitor (-i), TCP connections.
#include <algorithm>
#include <array>

#include "collectors/connection_rules.hpp"
#include "collectors/connection_table.hpp"
#include "collectors/tcp_counts.hpp"
#include "collectors/tcp_rows.hpp"
#include "config/config.hpp"
#include "core/collector.hpp"
#include "core/per_device.hpp"
#include "core/table_metrics.hpp"

namespace iptraf::collectors {
namespace {

using Entry = ConnectionTable::Entry;

/// A collector is handed at most so many packets at a time.
constexpr std::size_t kMaxBatch = 256;

/// How many packets ahead a step of the look-up is begun: enough for memory to answer meanwhile.
constexpr std::size_t kLookahead = 8;

/// A shard's part of the connections, so that the limit holds over all capture threads.
std::uint32_t capacity_of_shard(const config::Config& config) {
  return std::max(config.collectors.tcp.max_connections / config.capture.threads, 1U);
}

class TcpCollector final : public Collector {
 public:
  explicit TcpCollector(const CollectorContext& context) : table_(capacity_of_shard(context.config)) {
    set_times(context.config.collectors.tcp);
  }

  void configure(const CollectorContext& context) override {
    set_times(context.config.collectors.tcp);
    const std::uint32_t capacity = capacity_of_shard(context.config);
    if (capacity == table_.capacity()) return;
    ConnectionTable next(capacity);
    while (table_.size() > capacity) evict_one();
    next.take_over(table_);
    table_ = std::move(next);
  }

  void on_batch(std::span<const Packet> packets) noexcept override {
    for (std::size_t begin = 0; begin < packets.size(); begin += kMaxBatch) {
      on_part(packets.subspan(begin, std::min(kMaxBatch, packets.size() - begin)));
    }
  }

  void on_clock(Timestamp now) noexcept override {
    for (const ConnectionList list : {ConnectionList::kHalfOpen, ConnectionList::kOpen}) {
      for (Entry* entry = table_.oldest(list); entry != nullptr && is_idle(entry->connection, now);
           entry = table_.oldest(list)) {
        end_idle(*entry);
      }
    }
    for (Entry* entry = table_.oldest(ConnectionList::kEnded); entry != nullptr && is_over(entry->connection, now);
         entry = table_.oldest(ConnectionList::kEnded)) {
      forget(*entry, Eviction::kExpired);
    }
  }

  void on_device(DeviceSlot slot, const Device& /*device*/) override {
    for (std::size_t place = 0; place < table_.touched(); ++place) {
      Entry* const entry = table_.at(place);
      if (entry != nullptr && entry->connection.key.device() == slot) table_.erase(*entry);
    }
    counts_.begin(slot);
  }

  void sample(SampleWriter& out, const DeviceArray& /*devices*/) const override {
    counts_.for_each([&](DeviceSlot slot, const TcpCounts& counts) { counts.sample(out, slot); });
    add_table(out, Table::kTcp, table_.size(), table_.capacity());
    for (const Eviction reason : {Eviction::kClosed, Eviction::kHalfOpen, Eviction::kIdle, Eviction::kExpired}) {
      add_evictions(out, Table::kTcp, reason, evictions_[static_cast<std::size_t>(reason)]);
    }
  }

  std::size_t copy_rows(RowSet& to, std::size_t position) const override {
    std::vector<Connection>& slice = static_cast<ConnectionRows&>(to).add_slice(kRowsPerSlice);
    const std::size_t end = std::min(position + kRowsPerSlice, table_.touched());
    for (std::size_t place = position; place < end; ++place) {
      if (const Entry* const entry = table_.at(place)) slice.push_back(entry->connection);
    }
    return end == table_.touched() ? kNoMoreRows : end;
  }

 private:
  /// A packet that may concern a connection.
  struct Lookup {
    Flow flow;
    std::uint32_t hash = 0;
    const Packet* packet = nullptr;
  };

  void set_times(const config::Tcp& settings) noexcept {
    timeout_ = config::to_nanoseconds(settings.timeout);
    persistence_ = config::to_nanoseconds(settings.closed_persistence);
  }

  /// First what is to be looked up, then the look-ups, each begun some packets ahead.
  void on_part(std::span<const Packet> packets) noexcept {
    std::size_t count = 0;
    for (const Packet& packet : packets) {
      if (packet.has_tcp_header) counts_[packet.device].count_packet(packet);
      if (prepare(packet, lookups_[count])) ++count;
    }
    for (std::size_t i = 0; i < count + 2 * kLookahead; ++i) {
      if (i < count) table_.prefetch_entry(lookups_[i].hash);
      if (i >= kLookahead && i - kLookahead < count) table_.prefetch_neighbours(lookups_[i - kLookahead].hash);
      if (i >= 2 * kLookahead) on_lookup(lookups_[i - 2 * kLookahead]);
    }
  }

  /// False when the packet concerns no connection.
  bool prepare(const Packet& packet, Lookup& lookup) const noexcept {
    if (packet.has_ports && port_totals(packet).transport == Transport::kTcp) {
      if (!packet.has_tcp_header && packet.fragment != Fragment::kLater) return false;
      lookup.flow =
          Flow::of(packet.source, packet.source_port, packet.destination, packet.destination_port, packet.device);
    } else if (is_fatal_unreachable(packet)) {
      const QuotedSegment& quoted = packet.detail.quoted;
      lookup.flow =
          Flow::of(quoted.source, quoted.source_port, quoted.destination, quoted.destination_port, packet.device);
    } else {
      return false;
    }
    lookup.packet = &packet;
    lookup.hash = lookup.flow.key.hash();
    table_.prefetch_index(lookup.hash);
    return true;
  }

  void on_lookup(const Lookup& lookup) noexcept {
    const Packet& packet = *lookup.packet;
    Entry* const entry = find_current(lookup, packet.time);
    if (!packet.has_ports) {
      if (entry != nullptr) on_unreachable(*entry, lookup.flow.sender, packet);
    } else if (packet.fragment == Fragment::kLater) {
      if (entry != nullptr) count_fragment(entry->connection, lookup.flow.sender, packet);
    } else if (entry == nullptr) {
      if (begins_connection(packet)) begin(lookup);
    } else if (!entry->connection.has_ended()) {
      on_segment(*entry, lookup.flow.sender, packet);
    } else if (supersedes(packet, entry->connection)) {
      table_.release_tuple(*entry);
      begin(lookup);
    } else {
      count_segment(entry->connection, lookup.flow.sender, packet);
    }
  }

  /// The connection of a tuple as it is at `now`: what should have ended or gone by then has.
  Entry* find_current(const Lookup& lookup, Timestamp now) noexcept {
    Entry* const entry = table_.find(lookup.flow.key, lookup.hash);
    if (entry == nullptr) return nullptr;
    if (!entry->connection.has_ended() && is_idle(entry->connection, now)) end_idle(*entry);
    if (!entry->connection.has_ended() || !is_over(entry->connection, now)) return entry;
    forget(*entry, Eviction::kExpired);
    return nullptr;
  }

  void begin(const Lookup& lookup) noexcept {
    const Packet& packet = *lookup.packet;
    if (table_.is_full()) evict_one();
    const bool is_midstream = (packet.tcp_flags & tcp_flag::kSyn) == 0;
    const ConnectionList list = is_midstream ? ConnectionList::kOpen : ConnectionList::kHalfOpen;
    Entry& entry = table_.insert(lookup.flow.key, lookup.hash, list);
    Connection& connection = entry.connection;
    connection.first_seen = packet.time;
    connection.first_side = lookup.flow.sender;
    connection.is_partial = is_midstream;
    connection.is_established = is_midstream;
    connection.state = is_midstream ? ConnectionState::kEstablished : ConnectionState::kOpening;
    counts_[packet.device].on_begin(connection);
    on_segment(entry, lookup.flow.sender, packet);
  }

  void on_segment(Entry& entry, Side sender, const Packet& packet) noexcept {
    Connection& connection = entry.connection;
    const ConnectionState before = connection.state;
    count_segment(connection, sender, packet);
    const Outcome outcome = advance(connection, sender, packet);
    TcpCounts& counts = counts_[packet.device];
    if (connection.state != before) counts.on_state(before, connection.state);
    if (outcome.is_handshake_complete) counts.on_handshake(packet.time - connection.syn_time);
    if (outcome.has_ended) {
      end(entry, outcome.reason, packet.time);
    } else {
      table_.move_to(entry, connection.is_established ? ConnectionList::kOpen : ConnectionList::kHalfOpen);
    }
  }

  void on_unreachable(Entry& entry, Side sender, const Packet& packet) noexcept {
    Connection& connection = entry.connection;
    if (connection.has_ended() || !is_in_flight(connection, sender, packet.detail.quoted.sequence)) return;
    for (Half& half : connection.halves) half.is_reset = true;
    end(entry, EndReason::kUnreachable, packet.time);
  }

  bool is_idle(const Connection& connection, Timestamp now) const noexcept {
    return now - connection.last_seen >= timeout_;
  }

  bool is_over(const Connection& connection, Timestamp now) const noexcept {
    return now - connection.ended_at >= persistence_;
  }

  void end_idle(Entry& entry) noexcept { end(entry, EndReason::kIdle, entry.connection.last_seen + timeout_); }

  void end(Entry& entry, EndReason reason, Timestamp now) noexcept {
    constexpr std::array<ConnectionState, kEndReasons> kStateAfter{ConnectionState::kClosed, ConnectionState::kReset,
                                                                   ConnectionState::kIdle, ConnectionState::kReset,
                                                                   ConnectionState::kIdle};
    Connection& connection = entry.connection;
    const ConnectionState state = kStateAfter[static_cast<std::size_t>(reason)];
    counts_of(connection).on_end(connection, state, reason);
    connection.state = state;
    connection.end_reason = reason;
    connection.ended_at = now;
    table_.move_to_ended(entry);
  }

  /// Closed, then half-open, then the longest idle.
  void evict_one() noexcept {
    constexpr std::array<Eviction, kConnectionLists> kReasons{Eviction::kClosed, Eviction::kHalfOpen, Eviction::kIdle};
    for (const ConnectionList list : {ConnectionList::kEnded, ConnectionList::kHalfOpen, ConnectionList::kOpen}) {
      Entry* const victim = table_.oldest(list);
      if (victim == nullptr) continue;
      Connection& connection = victim->connection;
      if (!connection.has_ended()) {
        counts_of(connection).on_end(connection, ConnectionState::kIdle, EndReason::kEvicted);
        connection.state = ConnectionState::kIdle;
      }
      forget(*victim, kReasons[static_cast<std::size_t>(list)]);
      table_.prefetch_oldest(list);
      return;
    }
  }

  void forget(Entry& entry, Eviction reason) noexcept {
    counts_of(entry.connection).on_forget(entry.connection);
    ++evictions_[static_cast<std::size_t>(reason)];
    table_.erase(entry);
  }

  TcpCounts& counts_of(const Connection& connection) noexcept { return counts_[connection.key.device()]; }

  ConnectionTable table_;
  PerDevice<TcpCounts> counts_;
  std::array<Lookup, kMaxBatch> lookups_;
  std::array<std::uint64_t, kEvictionWords.size()> evictions_{};
  Timestamp timeout_ = 0;
  Timestamp persistence_ = 0;
};

}  // namespace

extern const CollectorSpec tcp_collector;
const CollectorSpec tcp_collector{
    .name = "tcp",
    .facility = "IP traffic monitor, upper window (-i)",
    .metrics = tcp_metrics(),
    .series_per_device = kTcpSeriesPerDevice,
    .filters_tcp_both_ways = true,
    .settings = [](const config::Collectors& settings) -> const config::CollectorBase& { return settings.tcp; },
    .create = [](const CollectorContext& context) -> std::unique_ptr<Collector> {
      return std::make_unique<TcpCollector>(context);
    },
    .make_rows = []() -> std::unique_ptr<RowSet> { return std::make_unique<ConnectionRows>(); },
    .json_key = "connections",
    .parameters = connection_parameters(),
    .open_rows = open_connection_rows,
};

}  // namespace iptraf::collectors
