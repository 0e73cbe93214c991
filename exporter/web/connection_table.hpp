// SPDX-License-Identifier: GPL-2.0-or-later
// ConnectionTable: the books of all client connections: who may stay, who must go, and when.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "web/connection_limits.hpp"

namespace iptraf::web {

class TlsContext;

using Clock = std::chrono::steady_clock;

/// One client connection. The table owns it; all but `fd` and `tls` is guarded by the table's mutex.
struct Connection {
  enum class State {
    kHandedOver,  ///< accepted; the HTTP library has not taken it up yet
    kReading,     ///< no complete request yet
    kHandling,    ///< a route works on the answer
    kSending,     ///< the answer goes out
    kClosing,     ///< shut down; the HTTP library is about to close it
  };

  int fd = -1;
  std::uint64_t network = 0;  ///< of the peer, see peer_network()
  State state = State::kHandedOver;
  Clock::time_point since;                      ///< accepted, last answer ended, or this answer began
  Clock::time_point last_progress;              ///< kSending: when the peer last took something
  std::uint64_t sent_bytes = 0;                 ///< kSending: body bytes handed to the kernel
  std::uint64_t peer_progress = 0;              ///< kSending: what the kernel says of the peer's reading
  bool is_long = false;                         ///< the answer goes on at its reader's pace
  std::optional<std::uint64_t> received_bytes;  ///< what had come in when it was looked at last
  Clock::time_point received_by;                ///< when that was seen first
  std::shared_ptr<const TlsContext> tls;        ///< the HTTP thread's; its session goes before the connection does
};

/// Limits the connections and their times. A connection has `timeout` from its acceptance, or from the end of its
/// last answer, to a complete request, however many bytes drip in; an answer has `timeout` between two signs of
/// progress. Who is out of time is shut down, whereupon the HTTP library closes the socket.
/// Threading: make_room, add, forget and close_overdue on the accept thread, the rest on any thread.
class ConnectionTable {
 public:
  ConnectionTable(const ConnectionLimits& limits, Clock::duration timeout);

  /// Whether a connection of this network may be added; when not, ask again soon. When the table is full a victim has
  /// to go: the connection that has been longest without a complete request, its bytes read or too many for one, among
  /// those of the network that has most of them; else the longest answer among those that stalled or have taken more
  /// than kMaxAnswerTimeouts time-outs in all. Who has come just now is no victim for a network that has more
  /// connections. Where all are being answered some places beyond the limit are left for networks that have few, so
  /// that one that reads many answers slowly does not keep out the others.
  bool make_room(Clock::time_point now, std::uint64_t network);

  /// Shuts down a victim, so that its file descriptor comes free. False: there is none.
  bool evict_one(Clock::time_point now);

  /// Whether a new connection had to wait or to push out another one within the last second. Then an answer ends its
  /// connection, or a client that sends many requests at once would keep the others waiting.
  bool is_crowded(Clock::time_point now);

  void add(int fd, std::uint64_t network, Clock::time_point now);
  void forget(int fd);

  /// Shuts down every connection that is out of time. Returns when to call again, at the latest.
  Clock::time_point close_overdue(Clock::time_point now);

  /// The HTTP library has taken the connection up. The reference stays valid until closed().
  Connection& started(int fd, Clock::time_point now);
  /// Returns a moment at which the request had come in: that of the acceptance or of an earlier request when
  /// nothing came since, as with requests that wait in a queue.
  Clock::time_point request_complete(Connection& connection, Clock::time_point now);
  /// Whether an answer may begin that goes on at its reader's pace: at most half of the connections have such answers,
  /// so that the others stay for those that the kernel takes in whole; and some more for networks that have few.
  bool may_answer_at_length(Connection& connection);
  void answer_ready(Connection& connection, Clock::time_point now);
  void progressed(Connection& connection, std::uint64_t sent_bytes, Clock::time_point now);
  void answer_ended(Connection& connection, Clock::time_point now);

  /// The HTTP library is about to close the socket. Returns whether this table had asked for that.
  bool closed(Connection& connection);

  /// Shuts down whoever is not being answered, and waits, at most `patience`, for the answers.
  void drain(Clock::duration patience);

  /// The most connections that are ever open at once, those on their way out included.
  std::uint32_t max_open() const { return limits_.connections + limits_.reserve + limits_.closing; }

  static constexpr int kMaxAnswerTimeouts = 6;

 private:
  using CountByNetwork = std::unordered_map<std::uint64_t, std::uint32_t>;
  using IsProtected = std::function<bool(const Connection&)>;

  CountByNetwork live_by_network() const;
  Connection* victim(Clock::time_point now, const IsProtected& is_protected);
  Connection* victim_among_readers(const IsProtected& is_protected);
  Connection* victim_among_answers(Clock::time_point now);
  void shut_down(Connection& connection);
  bool has_stalled(Connection& connection, Clock::time_point now);
  bool is_answering() const;
  std::uint32_t live_count() const { return static_cast<std::uint32_t>(connections_.size()) - closing_; }

  const ConnectionLimits limits_;
  const Clock::duration timeout_;
  std::mutex mutex_;
  std::condition_variable answered_;
  std::map<int, Connection> connections_;  // by file descriptor; its nodes do not move
  std::uint32_t closing_ = 0;
  Clock::time_point crowded_until_;
};

}  // namespace iptraf::web
