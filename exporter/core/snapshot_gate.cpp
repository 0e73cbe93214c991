// SPDX-License-Identifier: GPL-2.0-or-later
// SnapshotGate: how a reader asks a capture thread for its numbers without ever making it wait.
#include "core/snapshot_gate.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace iptraf {
namespace {

FileDescriptor make_event() {
  FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
  return event;
}

void raise(const FileDescriptor& event) noexcept {
  const std::uint64_t one = 1;
  // A full counter is readable already, which is all that is wanted.
  [[maybe_unused]] const ssize_t written = ::write(event.get(), &one, sizeof one);
}

void clear(const FileDescriptor& event) noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(event.get(), &count, sizeof count);
}

}  // namespace

SnapshotGate::SnapshotGate() : wake_(make_event()), done_(make_event()) {}

void SnapshotGate::ask(bool wants_rows) {
  if (asked_.load(std::memory_order_relaxed) != answered_.load(std::memory_order_acquire)) return;
  wants_rows_.store(wants_rows, std::memory_order_relaxed);
  asked_.fetch_add(1, std::memory_order_release);
  wake();
}

bool SnapshotGate::wait(std::chrono::steady_clock::time_point deadline) {
  while (answered_.load(std::memory_order_acquire) != asked_.load(std::memory_order_relaxed)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd event{done_.get(), POLLIN, 0};
    ::poll(&event, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    clear(done_);
  }
  return true;
}

void SnapshotGate::answer() noexcept {
  answered_by_shard_ = asked_.load(std::memory_order_acquire);
  answered_.store(answered_by_shard_, std::memory_order_release);
  raise(done_);
}

void SnapshotGate::clear_wake() const noexcept { clear(wake_); }

void SnapshotGate::wake() const noexcept { raise(wake_); }

}  // namespace iptraf
