// SPDX-License-Identifier: GPL-2.0-or-later
// Collector `tcp`: the upper window of IPTraf's traffic monitor (-i), TCP connections.
#include <algorithm>
#include <array>

#include "collectors/connection_events.hpp"
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

/// How many look-ups lie between two steps of one: enough for memory to answer meanwhile.
constexpr std::size_t kLookahead = 8;
constexpr std::size_t kSteps = 4;

/// A shard's part of the connections, so that the limit holds over all capture threads.
std::uint32_t capacity_of_shard(const config::Config& config) {
  return std::max(config.collectors.tcp.max_connections / config.capture.threads, 1U);
}

class TcpCollector final : public Collector {
 public:
  explicit TcpCollector(const CollectorContext& context)
      : table_(capacity_of_shard(context.config)), events_(context.events) {
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

  /// Whether somebody is to be told is asked once for all packets, not for each.
  void on_batch(std::span<const Packet> packets) noexcept override {
    events_ == nullptr ? count_batch<false>(packets) : count_batch<true>(packets);
  }

  void on_clock(Timestamp now) noexcept override {
    for (const ConnectionList list : {ConnectionList::kHalfOpen, ConnectionList::kOpen}) {
      for (Connection* connection = table_.oldest(list); connection != nullptr && is_idle(*connection, now);
           connection = table_.oldest(list)) {
        end_idle(*connection);
      }
    }
    for (Connection* connection = table_.oldest(ConnectionList::kEnded);
         connection != nullptr && is_over(*connection, now); connection = table_.oldest(ConnectionList::kEnded)) {
      forget(*connection, Eviction::kExpired);
    }
  }

  void on_device(DeviceSlot slot, const Device& /*device*/) override {
    for (std::size_t place = 0; place < table_.touched(); ++place) {
      const Connection* const connection = table_.at(place);
      if (connection != nullptr && connection->key.device() == slot) table_.erase(*connection);
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
      if (const Connection* const connection = table_.at(place)) slice.push_back(*connection);
    }
    return end == table_.touched() ? kNoMoreRows : end;
  }

 private:
  template <bool kTells>
  void count_batch(std::span<const Packet> packets) noexcept {
    std::size_t made = 0;
    for (const Packet& packet : packets) {
      if (packet.has_tcp_header) counts_[packet.device].count_packet(packet);
      if (!prepare(packet, lookup(made))) continue;
      ++made;
      step<kTells>(made - 1, made);
    }
    for (std::size_t behind = 0; behind < (kSteps - 1) * kLookahead; ++behind) step<kTells>(made + behind, made);
  }

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

  Lookup& lookup(std::size_t number) noexcept { return lookups_[number % lookups_.size()]; }

  /// Look-up `newest` has been prepared; those before it each go one step further. `made` is how many there are.
  template <bool kTells>
  void step(std::size_t newest, std::size_t made) noexcept {
    const auto is_at = [=](std::size_t steps) {
      return newest >= steps * kLookahead && newest - steps * kLookahead < made;
    };
    if (is_at(1)) table_.prefetch_connection(lookup(newest - kLookahead).hash);
    if (is_at(2)) table_.prefetch_neighbours(lookup(newest - 2 * kLookahead).hash);
    if (is_at(3)) on_lookup<kTells>(lookup(newest - 3 * kLookahead));
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

  template <bool kTells>
  void on_lookup(const Lookup& lookup) noexcept {
    const Packet& packet = *lookup.packet;
    Connection* const connection = find_current(lookup, packet.time);
    if (!packet.has_ports) {
      if (connection != nullptr) on_unreachable(*connection, lookup.flow.sender, packet);
    } else if (packet.fragment == Fragment::kLater) {
      if (connection != nullptr) count_fragment(*connection, lookup.flow.sender, packet);
    } else if (connection == nullptr) {
      if (begins_connection(packet)) begin<kTells>(lookup);
    } else if (!connection->has_ended()) {
      on_segment<kTells>(*connection, lookup.flow.sender, packet);
    } else if (supersedes(packet, *connection)) {
      table_.release_tuple(*connection);
      begin<kTells>(lookup);
    } else {
      count_segment(*connection, lookup.flow.sender, packet);
    }
  }

  /// The connection of a tuple as it is at `now`: what should have ended or gone by then has.
  Connection* find_current(const Lookup& lookup, Timestamp now) noexcept {
    Connection* const connection = table_.find(lookup.flow.key, lookup.hash);
    if (connection == nullptr) return nullptr;
    if (!connection->has_ended() && is_idle(*connection, now)) end_idle(*connection);
    if (!connection->has_ended() || !is_over(*connection, now)) return connection;
    forget(*connection, Eviction::kExpired);
    return nullptr;
  }

  template <bool kTells>
  void begin(const Lookup& lookup) noexcept {
    const Packet& packet = *lookup.packet;
    if (table_.is_full()) evict_one();
    const bool is_midstream = (packet.tcp_flags & tcp_flag::kSyn) == 0;
    const ConnectionList list = is_midstream ? ConnectionList::kOpen : ConnectionList::kHalfOpen;
    Connection& connection = table_.insert(lookup.flow.key, lookup.hash, list);
    connection.first_seen = packet.time;
    connection.first_side = lookup.flow.sender;
    connection.is_partial = is_midstream;
    connection.is_established = is_midstream;
    connection.state = is_midstream ? ConnectionState::kEstablished : ConnectionState::kOpening;
    counts_[packet.device].on_begin(connection);
    on_segment<kTells>(connection, lookup.flow.sender, packet);
  }

  template <bool kTells>
  void on_segment(Connection& connection, Side sender, const Packet& packet) noexcept {
    if constexpr (kTells) {
      const Connection before = connection;
      count_and_advance(connection, sender, packet);
      tell_of_segment(*events_, before, connection, sender, packet);
    } else {
      count_and_advance(connection, sender, packet);
    }
  }

  void count_and_advance(Connection& connection, Side sender, const Packet& packet) noexcept {
    const ConnectionState before = connection.state;
    count_segment(connection, sender, packet);
    const Outcome outcome = advance(connection, sender, packet);
    TcpCounts& counts = counts_[packet.device];
    if (connection.state != before) counts.on_state(before, connection.state);
    if (outcome.is_handshake_complete) counts.on_handshake(packet.time - connection.syn_time);
    if (outcome.has_ended) {
      end(connection, outcome.reason, packet.time);
    } else {
      table_.move_to(connection, connection.is_established ? ConnectionList::kOpen : ConnectionList::kHalfOpen);
    }
  }

  void on_unreachable(Connection& connection, Side sender, const Packet& packet) noexcept {
    if (connection.has_ended() || !is_in_flight(connection, sender, packet.detail.quoted.sequence)) return;
    for (Half& half : connection.halves) half.is_reset = true;
    end(connection, EndReason::kUnreachable, packet.time);
  }

  bool is_idle(const Connection& connection, Timestamp now) const noexcept {
    return now - connection.last_seen >= timeout_;
  }

  bool is_over(const Connection& connection, Timestamp now) const noexcept {
    return now - connection.ended_at >= persistence_;
  }

  void end_idle(Connection& connection) noexcept {
    end(connection, EndReason::kIdle, connection.last_seen + timeout_);
    if (events_ != nullptr) tell_of_timeout(*events_, connection);
  }

  void end(Connection& connection, EndReason reason, Timestamp now) noexcept {
    constexpr std::array<ConnectionState, kEndReasons> kStateAfter{ConnectionState::kClosed, ConnectionState::kReset,
                                                                   ConnectionState::kIdle, ConnectionState::kReset,
                                                                   ConnectionState::kIdle};
    const ConnectionState state = kStateAfter[static_cast<std::size_t>(reason)];
    counts_of(connection).on_end(connection, state, reason);
    connection.state = state;
    connection.end_reason = reason;
    connection.ended_at = now;
    table_.move_to_ended(connection);
  }

  /// Closed, then half-open, then the longest idle.
  void evict_one() noexcept {
    constexpr std::array<Eviction, kConnectionLists> kReasons{Eviction::kClosed, Eviction::kHalfOpen, Eviction::kIdle};
    for (const ConnectionList list : {ConnectionList::kEnded, ConnectionList::kHalfOpen, ConnectionList::kOpen}) {
      Connection* const victim = table_.oldest(list);
      if (victim == nullptr) continue;
      if (!victim->has_ended()) {
        counts_of(*victim).on_end(*victim, ConnectionState::kIdle, EndReason::kEvicted);
        victim->state = ConnectionState::kIdle;
      }
      forget(*victim, kReasons[static_cast<std::size_t>(list)]);
      table_.prefetch_oldest(list);
      return;
    }
  }

  void forget(Connection& connection, Eviction reason) noexcept {
    counts_of(connection).on_forget(connection);
    ++evictions_[static_cast<std::size_t>(reason)];
    table_.erase(connection);
  }

  TcpCounts& counts_of(const Connection& connection) noexcept { return counts_[connection.key.device()]; }

  ConnectionTable table_;
  PerDevice<TcpCounts> counts_;
  std::array<Lookup, kSteps * kLookahead> lookups_;
  std::array<std::uint64_t, kEvictionWords.size()> evictions_{};
  TrafficEventRing* const events_;  ///< null: nobody is to be told
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
    .add_round_robin = add_tcp_round_robin,
    .add_log_figures = add_tcp_log_figures,
};

}  // namespace iptraf::collectors
