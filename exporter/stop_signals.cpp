// SPDX-License-Identifier: GPL-2.0-or-later
// StopSignals: the signals of the daemon, taken by the main thread alone.
#include "stop_signals.hpp"

#include <poll.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>

namespace iptraf {

StopSignals::StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR2, SIGHUP, SIGUSR1}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGALRM, SIG_IGN);
  fd_ = FileDescriptor(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd_.is_open()) throw std::system_error(errno, std::generic_category(), "signalfd");
}

bool StopSignals::wait(config::Duration limit, int end_fd, const std::function<void()>& reload,
                       const std::function<void()>& reopen) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::duration<double>(limit.seconds);
  for (;;) {
    const Pending pending = take_pending();
    if (pending.is_stop) return false;
    if (pending.is_reload && reload) reload();
    if (pending.is_reopen && reopen) reopen();
    int timeout_ms = -1;
    if (limit.seconds > 0) {
      const double left_ms = std::chrono::duration<double, std::milli>(end - Clock::now()).count();
      if (left_ms <= 0) return false;
      constexpr double kLongestPollMs = 3'600'000;
      timeout_ms = static_cast<int>(std::min(left_ms + 1, kLongestPollMs));
    }
    std::array<pollfd, 2> events{pollfd{fd_.get(), POLLIN, 0}, pollfd{end_fd, POLLIN, 0}};
    ::poll(events.data(), events.size(), timeout_ms);
    if ((events[1].revents & POLLIN) != 0) return true;
  }
}

StopSignals::Pending StopSignals::take_pending() {
  Pending pending;
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    const auto signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGHUP) {
      pending.is_reload = true;
    } else if (signal == SIGUSR1) {
      pending.is_reopen = true;
    } else {
      spdlog::info("stopped by signal {}", signal);
      pending.is_stop = true;
    }
  }
  return pending;
}

}  // namespace iptraf
