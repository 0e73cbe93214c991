// SPDX-License-Identifier: GPL-2.0-or-later
// Admission, eviction and time-outs of client connections.
#include "web/connection_table.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "web/socket_state.hpp"

namespace iptraf::web {
namespace {

using State = Connection::State;

/// For so long a new connection is taken to be about to complete its request.
constexpr std::chrono::seconds kNewcomerTime{1};

/// So many connections of a network may stand beyond the limit, if another network has more than twice as many.
constexpr std::uint32_t kFewConnections = 2;

/// How long after a shortage of connections the shortage is taken to go on.
constexpr std::chrono::seconds kCrowdedTime{1};

/// More than any request that is answered, TLS and all: who has sent this does not complete one with what still waits.
constexpr std::uint64_t kMaxRequestBytes = std::uint64_t{64} << 10;

bool has_sent_too_much(const Connection& connection) {
  const std::optional<std::uint64_t> received_bytes = read_received_bytes(connection.fd);
  return received_bytes && *received_bytes - connection.received_bytes.value_or(0) > kMaxRequestBytes;
}

/// Looks how much has come in, so that a later request is known to have been here already.
void note_received_bytes(Connection& connection) {
  const std::optional<std::uint64_t> received_bytes = read_received_bytes(connection.fd);
  if (!received_bytes || received_bytes != connection.received_bytes) connection.received_by = Clock::now();
  connection.received_bytes = received_bytes;
}

std::uint32_t count_of(const std::unordered_map<std::uint64_t, std::uint32_t>& counts, std::uint64_t network) {
  const auto found = counts.find(network);
  return found == counts.end() ? 0 : found->second;
}

/// Whether `own` connections are few beside those of the network that has most.
bool has_few(const std::unordered_map<std::uint64_t, std::uint32_t>& counts, std::uint32_t own) {
  return own < kFewConnections &&
         std::any_of(counts.begin(), counts.end(), [own](const auto& entry) { return entry.second > 2 * own; });
}

}  // namespace

ConnectionTable::ConnectionTable(const ConnectionLimits& limits, Clock::duration timeout)
    : limits_(limits), timeout_(timeout) {}

bool ConnectionTable::make_room(Clock::time_point now, std::uint64_t network) {
  const std::lock_guard lock(mutex_);
  if (connections_.size() >= max_open()) return false;
  if (live_count() < limits_.connections) return true;
  crowded_until_ = now + kCrowdedTime;
  const CountByNetwork live = live_by_network();
  const std::uint32_t own = count_of(live, network);
  Connection* const chosen = victim(now, [&](const Connection& connection) {
    return now - connection.since < kNewcomerTime && count_of(live, connection.network) < own;
  });
  if (chosen == nullptr) return live_count() < limits_.connections + limits_.reserve && has_few(live, own);
  shut_down(*chosen);
  return true;
}

bool ConnectionTable::evict_one(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  Connection* const chosen = victim(now, [](const Connection&) { return false; });
  if (chosen == nullptr) return false;
  shut_down(*chosen);
  return true;
}

ConnectionTable::CountByNetwork ConnectionTable::live_by_network() const {
  CountByNetwork live;
  for (const auto& [fd, connection] : connections_) {
    if (connection.state != State::kClosing) ++live[connection.network];
  }
  return live;
}

Connection* ConnectionTable::victim(Clock::time_point now, const IsProtected& is_protected) {
  Connection* const reader = victim_among_readers(is_protected);
  return reader != nullptr ? reader : victim_among_answers(now);
}

Connection* ConnectionTable::victim_among_readers(const IsProtected& is_protected) {
  CountByNetwork readers_of_network;
  std::uint32_t most_readers = 0;
  for (const auto& [fd, connection] : connections_) {
    if (connection.state == State::kReading || connection.state == State::kHandedOver) {
      most_readers = std::max(most_readers, ++readers_of_network[connection.network]);
    }
  }
  Connection* chosen = nullptr;
  for (auto& [fd, connection] : connections_) {
    if (connection.state != State::kReading || readers_of_network[connection.network] < most_readers) continue;
    // Unread bytes may complete the request: whoever has them has not had its turn yet. Those who send without end
    // always have some, though.
    const bool is_older = chosen == nullptr || connection.since < chosen->since;
    if (!is_older || is_protected(connection)) continue;
    if (!has_unread_bytes(fd) || has_sent_too_much(connection)) chosen = &connection;
  }
  return chosen;
}

Connection* ConnectionTable::victim_among_answers(Clock::time_point now) {
  Connection* chosen = nullptr;
  for (auto& [fd, connection] : connections_) {
    if (connection.state != State::kSending) continue;
    const bool is_slow = has_stalled(connection, now) || now - connection.since >= kMaxAnswerTimeouts * timeout_;
    if (is_slow && (chosen == nullptr || connection.since < chosen->since)) chosen = &connection;
  }
  return chosen;
}

void ConnectionTable::shut_down(Connection& connection) {
  if (connection.state == State::kSending) {
    // Without this the kernel would hold the unsent bytes for minutes after the close.
    const linger reset_at_close{1, 0};
    setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, &reset_at_close, sizeof reset_at_close);
  }
  shutdown(connection.fd, SHUT_RDWR);
  connection.state = State::kClosing;
  ++closing_;
}

bool ConnectionTable::has_stalled(Connection& connection, Clock::time_point now) {
  const std::uint64_t peer_progress = read_peer_progress(connection.fd);
  if (peer_progress != connection.peer_progress) {
    connection.peer_progress = peer_progress;
    connection.last_progress = now;
  }
  return now - connection.last_progress >= timeout_;
}

bool ConnectionTable::is_crowded(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  return now < crowded_until_;
}

void ConnectionTable::add(int fd, std::uint64_t network, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  Connection connection;
  connection.fd = fd;
  connection.network = network;
  connection.since = now;
  note_received_bytes(connection);
  connections_.insert_or_assign(fd, connection);
}

void ConnectionTable::forget(int fd) {
  const std::lock_guard lock(mutex_);
  connections_.erase(fd);
}

Clock::time_point ConnectionTable::close_overdue(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (connections_.empty()) return Clock::time_point::max();
  // No deadline that is set after this call can fall before now + timeout.
  Clock::time_point next = now + timeout_;
  for (auto entry = connections_.begin(); entry != connections_.end();) {
    Connection& connection = (entry++)->second;
    const Clock::time_point deadline = connection.since + timeout_;
    if (connection.state == State::kSending) {
      if (has_stalled(connection, now)) shut_down(connection);
      next = std::min(next, now + timeout_ / 4);
    } else if (connection.state == State::kReading || connection.state == State::kHandedOver) {
      if (deadline > now) {
        next = std::min(next, deadline);
      } else if (connection.state == State::kReading) {
        shut_down(connection);
      } else {
        // The library refused it without a word, or is busy; started() brings it back in the second case.
        connections_.erase(connection.fd);
      }
    }
  }
  return next;
}

Connection& ConnectionTable::started(int fd, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto [entry, is_new] = connections_.try_emplace(fd);
  Connection& connection = entry->second;
  if (is_new) connection.since = now;
  connection.fd = fd;
  connection.state = State::kReading;
  return connection;
}

Clock::time_point ConnectionTable::request_complete(Connection& connection, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  note_received_bytes(connection);
  if (connection.state != State::kClosing) {
    connection.state = State::kHandling;
    connection.since = now;
  }
  return connection.received_by;
}

bool ConnectionTable::may_answer_at_length(Connection& connection) {
  const std::lock_guard lock(mutex_);
  CountByNetwork long_answers;
  std::uint32_t total = 0;
  for (const auto& [fd, other] : connections_) {
    if (!other.is_long) continue;
    ++long_answers[other.network];
    ++total;
  }
  const std::uint32_t most = std::max(limits_.connections / 2, 1U);
  const bool may_use_reserve =
      total < most + limits_.reserve && has_few(long_answers, count_of(long_answers, connection.network));
  connection.is_long = total < most || may_use_reserve;
  return connection.is_long;
}

void ConnectionTable::answer_ready(Connection& connection, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (connection.state == State::kClosing) return;
  connection.state = State::kSending;
  connection.since = now;
  connection.last_progress = now;
  connection.sent_bytes = 0;
  connection.peer_progress = read_peer_progress(connection.fd);
}

void ConnectionTable::progressed(Connection& connection, std::uint64_t sent_bytes, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (sent_bytes == connection.sent_bytes) return;
  connection.sent_bytes = sent_bytes;
  connection.last_progress = now;
}

void ConnectionTable::answer_ended(Connection& connection, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  connection.is_long = false;
  if (connection.state == State::kClosing) return;
  connection.state = State::kReading;
  connection.since = now;
  answered_.notify_all();
}

bool ConnectionTable::closed(Connection& connection) {
  const std::lock_guard lock(mutex_);
  const bool was_shut_down = connection.state == State::kClosing;
  if (was_shut_down) --closing_;
  connections_.erase(connection.fd);
  answered_.notify_all();
  return was_shut_down;
}

bool ConnectionTable::is_answering() const {
  return std::any_of(connections_.begin(), connections_.end(), [](const auto& entry) {
    return entry.second.state == State::kHandling || entry.second.state == State::kSending;
  });
}

void ConnectionTable::drain(Clock::duration patience) {
  const Clock::time_point deadline = Clock::now() + patience;
  std::unique_lock lock(mutex_);
  for (auto& [fd, connection] : connections_) {
    if (connection.state == State::kReading && !has_unread_bytes(fd)) shut_down(connection);
  }
  answered_.wait_until(lock, deadline, [this] { return !is_answering(); });
}

}  // namespace iptraf::web
