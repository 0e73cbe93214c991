// SPDX-License-Identifier: GPL-2.0-or-later
// StepBarrier: where the sources of a capture file wait for each other, so that outputs see every step of packet time.
#include "capture/step_barrier.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

namespace iptraf::capture {

StepBarrier::StepBarrier(std::size_t sources) : end_(std::numeric_limits<Timestamp>::min()), times_(sources) {
  for (std::size_t i = 0; i < sources; ++i) wake_fds_.emplace_back(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

void StepBarrier::arrive(std::size_t source, Timestamp time) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t cleared = ::read(wake_fds_[source].get(), &count, sizeof count);
  const std::lock_guard lock(mutex_);
  if (time < end_.load(std::memory_order_relaxed)) {  // opened meanwhile: it need not sleep
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_fds_[source].get(), &one, sizeof one);
    return;
  }
  times_[source] = time;
  arrived_.notify_all();
}

std::optional<Timestamp> StepBarrier::wait() {
  std::unique_lock lock(mutex_);
  const auto has_arrived = [](const std::optional<Timestamp>& time) { return time.has_value(); };
  arrived_.wait(lock, [&] { return is_stopped_ || std::all_of(times_.begin(), times_.end(), has_arrived); });
  if (is_stopped_) return std::nullopt;
  return **std::min_element(times_.begin(), times_.end());
}

void StepBarrier::open(Timestamp end) {
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return;
  for (std::optional<Timestamp>& time : times_) {
    if (time && *time < end) time.reset();
  }
  end_.store(end, std::memory_order_release);
  wake_sources();
}

void StepBarrier::stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  end_.store(kNever, std::memory_order_release);
  wake_sources();
  arrived_.notify_all();
}

void StepBarrier::wake_sources() noexcept {
  const std::uint64_t one = 1;
  for (const FileDescriptor& fd : wake_fds_) {
    [[maybe_unused]] const ssize_t written = ::write(fd.get(), &one, sizeof one);
  }
}

}  // namespace iptraf::capture
