// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of SeriesBudget and SeriesAdmission: who gets a series of its own, and that the ceiling holds.
#include "core/series_budget.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace iptraf;

TEST_CASE("A budget gives exactly what it has and takes it back") {
  SeriesBudget budget(10);
  CHECK(budget.take(4));
  CHECK(budget.take(6));
  CHECK_FALSE(budget.take(1));
  CHECK(budget.take(0));
  budget.give_back(6);
  CHECK_FALSE(budget.take(7));
  CHECK(budget.take(6));
  CHECK(budget.used() == 10);
}

TEST_CASE("The version of a budget changes when there may be more room, and only then") {
  SeriesBudget budget(10);
  const std::uint64_t first = budget.version();
  budget.take(7);
  budget.take(7);
  CHECK(budget.version() == first);
  budget.give_back(7);
  const std::uint64_t second = budget.version();
  CHECK(second != first);
  budget.set_max_series(20);
  CHECK(budget.version() != second);
}

TEST_CASE("Series of a device are never refused, and leave less for keys") {
  SeriesBudget budget(100);
  const int owners[2] = {};
  budget.charge(&owners[0], 3, 98);
  CHECK_FALSE(budget.take(5));
  CHECK(budget.take(2));
  budget.charge(&owners[0], 3, 98);  // another shard tells of the same slot
  CHECK(budget.used() == 100);
  budget.charge(&owners[0], 4, 98);
  budget.charge(&owners[1], 3, 2);
  CHECK(budget.used() == 200);
  CHECK_FALSE(budget.take(1));
}

TEST_CASE("A key is admitted once and counted once") {
  SeriesBudget budget(100);
  SeriesAdmission admission(budget, 3, 5);
  CHECK(admission.admit(0, 80) == Admission::kAdmitted);
  CHECK(admission.admit(0, 80) == Admission::kAdmitted);
  CHECK(budget.used() == 5);
  CHECK(admission.admit(1, 80) == Admission::kAdmitted);
  CHECK(budget.used() == 10);
}

TEST_CASE("The limit holds per device and a known key is admitted beyond it") {
  SeriesBudget budget(100);
  SeriesAdmission admission(budget, 2, 1);
  CHECK(admission.admit(0, 1) == Admission::kAdmitted);
  CHECK(admission.admit(0, 2) == Admission::kAdmitted);
  CHECK(admission.admit(0, 3) == Admission::kFull);
  CHECK(admission.admit(0, 2) == Admission::kAdmitted);
  CHECK(admission.admit(64, 3) == Admission::kAdmitted);
}

TEST_CASE("Over the ceiling a key is refused and costs nothing") {
  SeriesBudget budget(12);
  SeriesAdmission admission(budget, 100, 5);
  CHECK(admission.admit(0, 1) == Admission::kAdmitted);
  CHECK(admission.admit(0, 2) == Admission::kAdmitted);
  CHECK(admission.admit(0, 3) == Admission::kOverBudget);
  CHECK(budget.used() == 10);
}

TEST_CASE("The first shard that sees a new life of a slot clears it, the others do not") {
  SeriesBudget budget(100);
  SeriesAdmission admission(budget, 2, 5);
  admission.clear(0, 1);
  admission.admit(0, 1);
  admission.admit(0, 2);
  admission.admit(1, 1);
  admission.clear(0, 2);
  CHECK(budget.used() == 5);
  admission.admit(0, 3);
  admission.clear(0, 2);
  CHECK(budget.used() == 10);
  CHECK(admission.admit(0, 3) == Admission::kAdmitted);
  CHECK(budget.used() == 10);
}

TEST_CASE("Threads that race for the same keys never exceed either limit") {
  SeriesBudget budget(500);
  SeriesAdmission admission(budget, 80, 5);
  std::atomic<int> admitted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (std::uint64_t key = 0; key < 200; ++key) {
        for (std::uint8_t device = 0; device < 2; ++device) {
          if (admission.admit(device, key) == Admission::kAdmitted) ++admitted;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(budget.used() == 500);
  int known = 0;
  for (std::uint64_t key = 0; key < 200; ++key) {
    for (std::uint8_t device = 0; device < 2; ++device) {
      if (admission.admit(device, key) == Admission::kAdmitted) ++known;
    }
  }
  CHECK(known == 100);
  CHECK(admitted >= known);
}
