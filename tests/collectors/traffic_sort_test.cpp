// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of sort_by_traffic(): the order of rows by bytes and by packets.
#include "collectors/traffic_sort.hpp"

#include <string>

#include "support/catch.hpp"

using namespace iptraf;
using collectors::sort_by_traffic;

namespace {

struct Row {
  char name;
  std::uint64_t byte_count;
  std::uint64_t packet_count;

  std::uint64_t bytes() const { return byte_count; }
  std::uint64_t packets() const { return packet_count; }
};

std::string order(const RowQuery& query) {
  std::vector<Row> rows{{'a', 10, 5}, {'b', 30, 1}, {'c', 10, 9}, {'d', 20, 5}};
  sort_by_traffic(rows, query);
  std::string names;
  for (const Row& row : rows) names += row.name;
  return names;
}

/// The query with `sort=word`.
RowQuery sorted_by(std::string_view word) {
  RowQuery query;
  const auto& words = collectors::kTrafficSortParameter.words;
  const auto found = std::find(words.begin(), words.end(), word);
  query.choices = {{"sort", static_cast<std::size_t>(found - words.begin())}};
  return query;
}

}  // namespace

TEST_CASE("Rows stay in their order when no sort is asked for") { CHECK(order({}) == "abcd"); }

TEST_CASE("The largest rows come first, and equal ones stay in their order") {
  CHECK(order(sorted_by("bytes")) == "bdac");
  CHECK(order(sorted_by("packets")) == "cadb");
}
