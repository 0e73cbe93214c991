// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of BoundedTable against a model made of std::map and std::list.
#include "core/bounded_table.hpp"

#include <list>
#include <map>
#include <random>
#include <vector>

#include "support/catch.hpp"

using namespace iptraf;

namespace {

using Table = BoundedTable<std::uint64_t, std::uint64_t>;

/// The same operations, done plainly: values by key, and keys from the oldest to the newest touch.
struct Model {
  std::map<std::uint64_t, std::uint64_t> values;
  std::list<std::uint64_t> order;
};

std::vector<std::uint64_t> drain(Table& table) {
  std::vector<std::uint64_t> keys;
  for (Table::Entry* entry = table.oldest(); entry != nullptr; entry = table.oldest()) {
    keys.push_back(entry->key);
    table.erase(*entry);
  }
  return keys;
}

void insert_or_touch(Table& table, Model& model, std::uint64_t key) {
  if (Table::Entry* const found = table.find(key)) {
    REQUIRE(found->value == model.values.at(key));
    table.touch(*found);
    model.order.remove(key);
    model.order.push_back(key);
    return;
  }
  REQUIRE(model.values.count(key) == 0);
  if (table.is_full()) {
    REQUIRE(table.oldest()->key == model.order.front());
    table.erase(*table.oldest());
    model.values.erase(model.order.front());
    model.order.pop_front();
  }
  table.insert(key).value = key * 3;
  model.values[key] = key * 3;
  model.order.push_back(key);
}

void erase(Table& table, Model& model, std::uint64_t key) {
  Table::Entry* const found = table.find(key);
  REQUIRE((found != nullptr) == (model.values.count(key) == 1));
  if (found == nullptr) return;
  table.erase(*found);
  model.values.erase(key);
  model.order.remove(key);
}

}  // namespace

TEST_CASE("A table behaves as its model under random operations, whatever its capacity") {
  for (const std::uint32_t capacity : {1U, 2U, 3U, 7U, 64U, 255U}) {
    INFO(capacity);
    std::mt19937 random(capacity);
    Table table(capacity);
    Model model;
    for (int round = 0; round < 5000; ++round) {
      const std::uint64_t key = random() % (capacity * 2 + 1);
      if (random() % 4 == 0) {
        erase(table, model, key);
      } else {
        insert_or_touch(table, model, key);
      }
      REQUIRE(table.size() == model.values.size());
      REQUIRE(table.size() <= capacity);
      REQUIRE(table.is_full() == (table.size() == capacity));
    }
    for (const auto& [key, value] : model.values) REQUIRE(table.find(key)->value == value);
    CHECK(drain(table) == std::vector<std::uint64_t>(model.order.begin(), model.order.end()));
    CHECK(table.size() == 0);
    CHECK(table.oldest() == nullptr);
  }
}

TEST_CASE("erase_if removes what matches and keeps the order of the rest") {
  for (const std::uint64_t divisor : {1U, 2U, 3U, 1000U}) {
    Table table(100);
    std::vector<std::uint64_t> kept;
    for (std::uint64_t key = 1; key <= 100; ++key) {
      table.insert(key);
      if (key % divisor != 0) kept.push_back(key);
    }
    table.erase_if([divisor](std::uint64_t key) { return key % divisor == 0; });
    CHECK(table.size() == kept.size());
    for (const std::uint64_t key : kept) CHECK(table.find(key) != nullptr);
    CHECK(drain(table) == kept);
  }
}

TEST_CASE("A pointer to an entry holds while others come and go") {
  Table table(8);
  Table::Entry& kept = table.insert(1);
  kept.value = 42;
  for (std::uint64_t key = 100; key < 1000; ++key) {
    if (table.is_full()) {
      table.touch(kept);
      table.erase(*table.oldest());
    }
    table.insert(key);
  }
  CHECK(table.find(1) == &kept);
  CHECK(kept.value == 42);
}

TEST_CASE("A slot that is used again holds a fresh value") {
  Table table(1);
  table.insert(1).value = 9;
  table.erase(*table.oldest());
  CHECK(table.insert(1).value == 0);
}

TEST_CASE("Touching the only, the oldest and the newest entry keeps the order whole") {
  Table table(3);
  table.touch(table.insert(1));
  table.insert(2);
  table.insert(3);
  table.touch(*table.find(1));
  table.touch(*table.find(1));
  table.touch(*table.find(3));
  CHECK(drain(table) == std::vector<std::uint64_t>{2, 1, 3});
}

TEST_CASE("A table without room is full and empty at once") {
  Table table(0);
  CHECK(table.is_full());
  CHECK(table.size() == 0);
  CHECK(table.capacity() == 0);
  CHECK(table.oldest() == nullptr);
  CHECK(table.find(1) == nullptr);
}
