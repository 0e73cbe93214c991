// SPDX-License-Identifier: GPL-2.0-or-later
// Accepting, evicting and timing out, in one poll loop.
#include "web/accept_loop.hpp"

#include <pthread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <limits>
#include <utility>

#include "web/signal_block.hpp"

namespace iptraf::web {
namespace {

constexpr std::chrono::milliseconds kFullPause{10};         // every connection is being answered
constexpr std::chrono::milliseconds kExhaustedPause{100};   // no file descriptors or no memory, and none comes free
constexpr std::chrono::milliseconds kEvictionPause{1};      // a file descriptor is about to come free
constexpr std::chrono::milliseconds kLingeringPeriod{100};  // how late a lingering socket may be closed

bool is_exhaustion(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

}  // namespace

AcceptLoop::AcceptLoop(const std::deque<Listener>& listeners, ConnectionTable& table, LingeringClose& lingering,
                       int wake_fd, std::size_t max_waiting, HandOver hand_over)
    : listeners_(listeners),
      table_(table),
      lingering_(lingering),
      wake_fd_(wake_fd),
      hand_over_(std::move(hand_over)),
      paused_until_(Clock::now()),
      waiting_(max_waiting) {
  const SignalBlock block;
  thread_ = std::thread([this] { run(); });
}

AcceptLoop::~AcceptLoop() {
  is_stopping_ = true;
  eventfd_write(wake_fd_, 1);
  thread_.join();
}

void AcceptLoop::run() {
  pthread_setname_np(pthread_self(), "http-accept");
  while (!is_stopping_) {
    try {
      run_once();
    } catch (const std::exception&) {
      paused_until_ = Clock::now() + kExhaustedPause;  // only memory can be short here
    }
  }
}

void AcceptLoop::run_once() {
  const Clock::time_point start = Clock::now();
  const Clock::time_point next_deadline = table_.close_overdue(start);
  polled_.clear();
  polled_.push_back({wake_fd_, POLLIN, 0});
  const bool is_accepting = start >= paused_until_;
  for (const Listener& listener : listeners_) {
    polled_.push_back({listener.fd(), static_cast<short>(is_accepting ? POLLIN : 0), 0});
  }
  const std::size_t lingering_begin = polled_.size();
  lingering_.append_to(polled_);

  if (poll(polled_.data(), polled_.size(), poll_timeout_ms(start, next_deadline)) < 0) return;
  if (polled_[0].revents != 0) {
    eventfd_t ignored = 0;
    eventfd_read(wake_fd_, &ignored);
  }
  const Clock::time_point now = Clock::now();
  admit_waiting(now);
  for (std::size_t i = 1; i < lingering_begin; ++i) {
    if (polled_[i].revents != 0) accept_one(polled_[i].fd, now);
  }
  lingering_.read_away({polled_.begin() + static_cast<std::ptrdiff_t>(lingering_begin), polled_.end()}, now);
}

int AcceptLoop::poll_timeout_ms(Clock::time_point now, Clock::time_point next_deadline) const {
  if (paused_until_ > now) next_deadline = std::min(next_deadline, paused_until_);
  if (!waiting_.is_empty()) next_deadline = std::min(next_deadline, now + kFullPause);
  if (!lingering_.is_empty()) next_deadline = std::min(next_deadline, now + kLingeringPeriod);
  if (next_deadline == Clock::time_point::max()) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next_deadline - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, std::numeric_limits<int>::max()));
}

void AcceptLoop::admit_waiting(Clock::time_point now) {
  while (!waiting_.is_empty() && table_.make_room(now, waiting_.first().network()))
    admit(waiting_.take_first(now), now);
}

/// It is known only then whose connection it is, and so whether there is room for it.
void AcceptLoop::accept_one(int listener_fd, Clock::time_point now) {
  if (now < paused_until_) return;
  if (!waiting_.has_room() && !waiting_.is_stuck(now)) {
    paused_until_ = now + kFullPause;
    return;
  }
  Client client = accept_from(listener_fd, now);
  if (!client.socket.is_open()) return;
  if (table_.make_room(now, client.network())) {
    admit(std::move(client), now);
  } else {
    if (!waiting_.has_room()) waiting_.drop_first();
    waiting_.add(std::move(client));
  }
}

/// A closed socket when there is nobody, or too little to accept somebody with.
Client AcceptLoop::accept_from(int listener_fd, Clock::time_point now) {
  Client client;
  client.since = now;
  client.socket = FileDescriptor(accept4(listener_fd, reinterpret_cast<sockaddr*>(&client.peer), &client.peer_length,
                                         SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!client.socket.is_open() && is_exhaustion(errno)) {
    const bool comes_free = waiting_.drop_first() || table_.evict_one(now);
    paused_until_ = now + (comes_free ? kEvictionPause : kExhaustedPause);
  }
  return client;
}

void AcceptLoop::admit(Client client, Clock::time_point now) {
  table_.add(client.socket.get(), client.network(), now);
  const int fd = client.socket.release();
  if (!hand_over_(fd, &client.address(), client.peer_length)) table_.forget(fd);
}

}  // namespace iptraf::web
