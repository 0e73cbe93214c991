// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of SnapshotGate: questions, answers, and that the report belongs to one side at a time.
#include "core/snapshot_gate.hpp"

#include <poll.h>

#include <thread>

#include "support/catch.hpp"

using namespace iptraf;
using std::chrono::steady_clock;

namespace {

bool is_readable(int fd, int timeout_ms) {
  pollfd event{fd, POLLIN, 0};
  return ::poll(&event, 1, timeout_ms) == 1;
}

}  // namespace

TEST_CASE("A question is seen once and closed by its answer") {
  SnapshotGate gate;
  CHECK_FALSE(gate.is_asked());
  CHECK(gate.wait(steady_clock::now()));
  gate.ask();
  CHECK(gate.is_asked());
  CHECK(is_readable(gate.wake_fd(), 0));
  gate.clear_wake();
  CHECK_FALSE(is_readable(gate.wake_fd(), 0));
  CHECK(gate.is_asked());
  gate.answer();
  CHECK_FALSE(gate.is_asked());
  CHECK(gate.wait(steady_clock::now()));
}

TEST_CASE("Questions are numbered, and one that is still open keeps its number") {
  SnapshotGate gate;
  gate.ask();
  CHECK(gate.question() == 1);
  gate.ask();
  CHECK(gate.question() == 1);
  gate.answer();
  gate.ask();
  CHECK(gate.question() == 2);
}

TEST_CASE("A question that nobody answered in time stays open and is answered later") {
  SnapshotGate gate;
  gate.ask();
  CHECK_FALSE(gate.wait(steady_clock::now()));
  gate.ask();
  CHECK_FALSE(gate.wait(steady_clock::now() + std::chrono::milliseconds(1)));
  gate.answer();
  CHECK(gate.wait(steady_clock::now()));
  CHECK_FALSE(gate.is_asked());
}

TEST_CASE("An answer without a question changes nothing") {
  SnapshotGate gate;
  gate.answer();
  CHECK_FALSE(gate.is_asked());
  gate.ask();
  CHECK(gate.is_asked());
  CHECK_FALSE(gate.wait(steady_clock::now()));
}

TEST_CASE("wake() alone asks nothing") {
  SnapshotGate gate;
  gate.wake();
  gate.wake();
  CHECK(is_readable(gate.wake_fd(), 0));
  CHECK_FALSE(gate.is_asked());
  gate.clear_wake();
  CHECK_FALSE(is_readable(gate.wake_fd(), 0));
}

TEST_CASE("Reader and shard never touch the report at the same time") {
  SnapshotGate gate;
  constexpr std::uint64_t kRounds = 3000;
  std::uint64_t report = 0;  // plain on purpose: a race on it is what ThreadSanitizer would see
  std::thread shard([&] {
    for (std::uint64_t answered = 0; answered < kRounds;) {
      if (!gate.is_asked()) {
        is_readable(gate.wake_fd(), 1000);
        gate.clear_wake();
        continue;
      }
      report = ++answered;
      gate.answer();
    }
  });
  std::uint64_t wrong = 0;
  for (std::uint64_t round = 1; round <= kRounds; ++round) {
    gate.ask();
    if (!gate.wait(steady_clock::now() + std::chrono::seconds(60)) || report != round) ++wrong;
  }
  shard.join();
  CHECK(wrong == 0);
}
