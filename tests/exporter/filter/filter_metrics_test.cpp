// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the metric of filters: labels, order, sums.
#include "filter/filter_metrics.hpp"

#include "exporter/filter/filter_rules.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::test;
using filter::FilterTotals;
using filter::kFilterPackets;

namespace {

Snapshot snapshot_with(Catalog catalog) {
  auto view = std::make_shared<View>();
  view->catalog = std::move(catalog);
  return Snapshot(std::move(view), {}, DeviceArray{});
}

/// `filter rule action value`, one series a line.
std::string series(const std::vector<FilterTotals>& totals) {
  Snapshot snapshot = snapshot_with({{&kFilterPackets, {}}});
  filter::add_filter_metrics(snapshot, totals);
  std::string text;
  for (const TextSample& sample : snapshot.family(kFilterPackets).texts) {
    for (const std::string& label : sample.labels) text += label + " ";
    text += std::to_string(static_cast<std::uint64_t>(sample.value)) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("Each rule has a series with its number and action, the implied exclude the last") {
  const auto web = filter_of({"{protocol: [tcp], action: include}", "{action: exclude}"});
  CHECK(series({{web, {7, 0, 3}}}) == "web 1 include 7\nweb 2 exclude 0\nweb implied exclude 3\n");
}

TEST_CASE("Rules are in the order of their numbers, filters of their names") {
  const std::vector<config::FilterRule> rules(11);
  const auto b = filter::Filter::compile("b", rules, refuse_host_names);
  const auto a = filter::Filter::compile("a", {}, refuse_host_names);
  const std::string text = series({{b, std::vector<std::uint64_t>(12, 1)}, {a, {5}}});
  CHECK(text.starts_with("a implied exclude 5\nb 1 include 1\nb 2 include 1\n"));
  CHECK(text.ends_with("b 9 include 1\nb 10 include 1\nb 11 include 1\nb implied exclude 1\n"));
}

TEST_CASE("Several users of one filter are summed") {
  const auto web = filter_of({"{action: include}"});
  CHECK(series({{web, {7, 1}}, {web, {20, 2}}, {web, {300, 0}}}) == "web 1 include 327\nweb implied exclude 3\n");
}

TEST_CASE("No filter gives no series") { CHECK(series({}).empty()); }

TEST_CASE("A page without the family stays without it") {
  Snapshot snapshot = snapshot_with({});
  const FilterTotals totals{filter_of({"{action: include}"}), {1, 2}};
  filter::add_filter_metrics(snapshot, {&totals, 1});
  CHECK(snapshot.series_count() == 0);
}
