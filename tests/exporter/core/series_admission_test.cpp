// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of SeriesAdmission where keys end: idle on every shard, whole in every snapshot, and free for others then.
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "core/series_budget.hpp"
#include "core/snapshot_gate.hpp"
#include "support/catch.hpp"

using namespace iptraf;

namespace {

constexpr std::uint8_t kDevice = 0;
constexpr Timestamp kIdle = 10;

/// An admission with idle time 10 and its shards, which know device 0.
struct Admitting {
  explicit Admitting(std::uint32_t shards, std::uint32_t max_keys = 100, std::uint32_t max_series = 1000)
      : budget(max_series), admission(budget, max_keys, 7) {
    admission.set_idle(kIdle);
    for (std::uint32_t shard = 0; shard < shards; ++shard) CHECK(admission.add_shard() == shard);
    for (std::uint32_t shard = 0; shard < shards; ++shard) admission.clear(kDevice, 1, shard);
  }

  Admission begin(std::uint64_t key, std::uint32_t shard, Timestamp now) {
    return admission.begin_presence(kDevice, key, shard, now);
  }
  std::optional<EndedPresence> end(std::uint64_t key, std::uint32_t shard, Timestamp last) {
    return admission.end_presence(kDevice, key, shard, last);
  }
  void sample(std::uint32_t shard, std::uint64_t question) {
    const SeriesAdmission::Sampling sampling(admission, shard, question);
  }

  SeriesBudget budget;
  SeriesAdmission admission;
};

}  // namespace

TEST_CASE("With one shard an ended key gives its series back as soon as the shard goes on") {
  Admitting one(1, 1);
  CHECK(one.begin(5, 0, 100) == Admission::kAdmitted);
  CHECK(one.begin(6, 0, 100) == Admission::kFull);
  const auto ended = one.end(5, 0, 104);
  REQUIRE(ended);
  CHECK(ended->begin == 100);
  CHECK(one.admission.is_alive(*ended));
  CHECK(one.admission.advance(0, 114) == 0);
  CHECK(one.admission.advance(0, 115) == 1);
  CHECK_FALSE(one.admission.is_alive(*ended));
  CHECK(one.budget.used() == 0);
  CHECK(one.begin(6, 0, 115) == Admission::kAdmitted);
}

TEST_CASE("A key ends when every shard that saw it has ended it and all shards have passed its end") {
  Admitting two(2);
  two.begin(5, 0, 0);
  two.begin(5, 1, 0);
  CHECK(two.budget.used() == 7);
  const auto first = two.end(5, 0, 3);
  two.admission.advance(0, 100);
  two.admission.advance(1, 20);
  CHECK(two.admission.is_alive(*first));
  const auto second = two.end(5, 1, 14);
  CHECK(two.admission.advance(1, 24) == 0);
  CHECK(two.admission.is_alive(*first));
  CHECK(two.admission.advance(1, 25) == 1);
  CHECK_FALSE(two.admission.is_alive(*first));
  CHECK_FALSE(two.admission.is_alive(*second));
  CHECK(two.budget.used() == 0);
}

TEST_CASE("A key that only one shard saw waits for the others' clocks") {
  Admitting two(2);
  two.begin(5, 0, 0);
  const auto ended = two.end(5, 0, 0);
  CHECK(two.admission.advance(0, 50) == 0);
  CHECK(two.admission.advance(1, 10) == 0);
  CHECK(two.admission.is_alive(*ended));
  CHECK(two.admission.advance(1, 11) == 1);
}

TEST_CASE("A packet in between keeps the key, and a return after its end begins a new life") {
  Admitting two(2);
  two.begin(5, 0, 0);
  const auto ended = two.end(5, 0, 0);
  two.begin(5, 1, 8);
  for (const std::uint32_t shard : {0U, 1U}) two.admission.advance(shard, 15);
  CHECK(two.admission.is_alive(*ended));
  const auto later = two.end(5, 1, 8);
  two.begin(5, 0, 30);
  two.admission.advance(0, 30);
  CHECK(two.admission.advance(1, 30) == 1);
  CHECK_FALSE(two.admission.is_alive(*ended));
  CHECK_FALSE(two.admission.is_alive(*later));
  CHECK(two.budget.used() == 7);
}

TEST_CASE("No life ends from the first shard's sample for a snapshot to the end of the last one's") {
  Admitting two(2);
  for (const std::uint32_t shard : {0U, 1U}) two.admission.advance(shard, 0);
  two.begin(5, 0, 0);
  const auto ended = two.end(5, 0, 0);
  two.sample(1, 1);
  two.admission.advance(0, 50);
  CHECK(two.admission.advance(1, 50) == 0);
  CHECK(two.admission.is_alive(*ended));
  {
    const SeriesAdmission::Sampling sampling(two.admission, 0, 1);
    CHECK(two.admission.advance(1, 50) == 0);
  }
  CHECK(two.admission.advance(1, 50) == 1);
}

TEST_CASE("However far the clocks go while a shard owes its sample, no life ends before it") {
  Admitting two(2);
  two.begin(5, 0, 0);
  two.end(5, 0, 0);
  two.sample(1, 1);
  for (const std::uint32_t shard : {0U, 1U}) CHECK(two.admission.advance(shard, 3600 * kNanosecondsPerSecond) == 0);
  two.sample(0, 1);
  CHECK(two.admission.advance(1, 3600 * kNanosecondsPerSecond) == 1);
}

TEST_CASE("The next snapshot does not wait for a sample that a shard left out of the one before") {
  Admitting two(2);
  two.sample(1, 1);  // shard 0 answered it with its collector switched off
  for (const std::uint64_t question : {2U, 3U}) {
    two.begin(5, 0, 0);
    two.end(5, 0, 0);
    for (const std::uint32_t shard : {0U, 1U}) two.admission.advance(shard, 0);
    two.sample(0, question);
    for (const std::uint32_t shard : {0U, 1U}) CHECK(two.admission.advance(shard, 50) == 0);
    two.sample(1, question);
    CHECK(two.admission.advance(1, 50) == 1);
  }
}

TEST_CASE("A shorter idle time ends what has been idle for that long") {
  Admitting one(1);
  one.begin(5, 0, 0);
  one.end(5, 0, 0);
  CHECK(one.admission.advance(0, 6) == 0);
  one.admission.set_idle(5);
  CHECK(one.admission.advance(0, 6) == 1);
}

TEST_CASE("The version changes when a key ends, a limit changes or a device begins, not when a key is admitted") {
  Admitting one(1);
  std::uint64_t version = one.admission.room_version();
  const auto has_changed = [&] {
    const bool changed = version != one.admission.room_version();
    version = one.admission.room_version();
    return changed;
  };
  one.begin(5, 0, 0);
  CHECK_FALSE(has_changed());
  one.end(5, 0, 0);
  one.admission.advance(0, 11);
  CHECK(has_changed());
  one.admission.set_max_keys(9);
  CHECK(has_changed());
  one.admission.clear(kDevice, 2, 0);
  CHECK(has_changed());
  one.budget.set_max_series(5);
  CHECK(has_changed());
}

TEST_CASE("What another shard has admitted may be asked for, what nobody has need not") {
  Admitting two(2);
  CHECK_FALSE(two.admission.may_be_admitted(kDevice, 5));
  two.begin(5, 0, 0);
  CHECK(two.admission.may_be_admitted(kDevice, 5));
  two.end(5, 0, 0);
  for (const std::uint32_t shard : {0U, 1U}) two.admission.advance(shard, 11);
  CHECK_FALSE(two.admission.may_be_admitted(kDevice, 5));
  Admitting one(1);
  one.begin(5, 0, 0);
  CHECK_FALSE(one.admission.may_be_admitted(kDevice, 5));  // a lone shard knows its keys
}

TEST_CASE("A shard that sees a slot's new life late takes back what it told of the old one") {
  Admitting two(2);
  two.begin(5, 0, 0);
  two.begin(5, 1, 0);
  two.admission.clear(kDevice, 2, 0);
  CHECK(two.budget.used() == 0);
  CHECK(two.end(5, 1, 0) == std::nullopt);
  two.begin(6, 1, 1);  // still of the old life
  two.begin(7, 0, 1);
  two.begin(7, 1, 1);
  two.admission.clear(kDevice, 2, 1);
  CHECK(two.budget.used() == 7);
  two.end(7, 0, 1);
  two.admission.advance(0, 50);
  CHECK(two.admission.advance(1, 50) == 1);
  CHECK(two.budget.used() == 0);
}

namespace {

/// A shard that counts keys at random until it is told to stop, and answers between two of them.
class RacingShard {
 public:
  RacingShard(Admitting& shared, std::uint32_t number) : shared_(shared), number_(number), random_(number) {}

  SnapshotGate& gate() noexcept { return gate_; }
  std::uint64_t lives() const noexcept { return lives_; }

  void run(const std::atomic<bool>& is_over) {
    for (; now_ < 20'000 || !is_over; ++now_) {
      meet(random_() % has_.size());
      lives_ += shared_.admission.advance(number_, now_);
      if (!gate_.is_asked()) continue;
      shared_.sample(number_, gate_.question());
      gate_.answer();
    }
    for (std::uint64_t key = 0; key < has_.size(); ++key) {
      if (has_[key]) shared_.end(key, number_, now_);
    }
  }

 private:
  void meet(std::uint64_t key) {
    if (has_[key]) {
      shared_.end(key, number_, now_);
      has_[key] = false;
    } else if (shared_.admission.may_be_admitted(kDevice, key) || now_ % 2 == 0) {
      has_[key] = shared_.begin(key, number_, now_) == Admission::kAdmitted;
    }
  }

  Admitting& shared_;
  const std::uint32_t number_;
  std::mt19937 random_;
  std::vector<bool> has_ = std::vector<bool>(60, false);
  SnapshotGate gate_;
  Timestamp now_ = 0;
  std::uint64_t lives_ = 0;
};

}  // namespace

TEST_CASE("Threads that begin, end and sample keys leave nothing behind and never exceed a limit") {
  constexpr Timestamp kLater = 3600 * kNanosecondsPerSecond;
  Admitting racing(2, 40, 7 * 30);
  RacingShard shards[] = {{racing, 0}, {racing, 1}};
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  for (RacingShard& shard : shards) threads.emplace_back([&shard, &is_over] { shard.run(is_over); });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  bool is_answered = true;
  for (int question = 1; question <= 400; ++question) {
    for (RacingShard& shard : shards) shard.gate().ask();
    for (RacingShard& shard : shards) is_answered = shard.gate().wait(deadline) && is_answered;
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(is_answered);
  CHECK(racing.budget.used() <= 7 * 30);
  std::uint64_t lives = shards[0].lives() + shards[1].lives();
  for (std::uint32_t shard = 0; shard < 2; ++shard) lives += racing.admission.advance(shard, kLater);
  CHECK(racing.budget.used() == 0);
  CHECK(lives > 100);
}
