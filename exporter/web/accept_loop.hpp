// SPDX-License-Identifier: GPL-2.0-or-later
// AcceptLoop: the thread that accepts connections, keeps their limit and closes those that are out of time.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "core/file_descriptor.hpp"
#include "web/connection_table.hpp"
#include "web/lingering_close.hpp"
#include "web/listener.hpp"
#include "web/waiting_clients.hpp"

namespace iptraf::web {

/// Runs from construction to destruction, on a thread of its own that takes no signals.
class AcceptLoop {
 public:
  /// Takes over an accepted, non-blocking socket. False: refused, and closed already.
  using HandOver = std::function<bool(int fd, const sockaddr* peer, socklen_t peer_length)>;

  /// `listeners`, `table` and `lingering` outlive the loop. `wake_fd` is the eventfd of `lingering`.
  AcceptLoop(const std::deque<Listener>& listeners, ConnectionTable& table, LingeringClose& lingering, int wake_fd,
             std::size_t max_waiting, HandOver hand_over);
  ~AcceptLoop();
  AcceptLoop(const AcceptLoop&) = delete;
  AcceptLoop& operator=(const AcceptLoop&) = delete;

 private:
  void run();
  void run_once();
  int poll_timeout_ms(Clock::time_point now, Clock::time_point next_deadline) const;
  void admit_waiting(Clock::time_point now);
  void accept_one(int listener_fd, Clock::time_point now);
  Client accept_from(int listener_fd, Clock::time_point now);
  void admit(Client client, Clock::time_point now);

  const std::deque<Listener>& listeners_;
  ConnectionTable& table_;
  LingeringClose& lingering_;
  const int wake_fd_;
  const HandOver hand_over_;
  Clock::time_point paused_until_;  // no connection is accepted before
  WaitingClients waiting_;          // while all connections are being answered
  std::vector<pollfd> polled_;
  std::atomic<bool> is_stopping_ = false;
  std::thread thread_;
};

}  // namespace iptraf::web
