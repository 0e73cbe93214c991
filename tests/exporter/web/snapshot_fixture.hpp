// SPDX-License-Identifier: GPL-2.0-or-later
// Snapshots and facilities made by hand, for the tests of the pages.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/collector.hpp"
#include "core/labels.hpp"
#include "core/row_writer.hpp"
#include "core/snapshot.hpp"

namespace iptraf::test {

inline constexpr std::array<std::string_view, 2> kOrderWords{"up", "down"};
inline constexpr std::array<std::string_view, 3> kColourWords{"red", "green", "blue"};
inline constexpr RowParameter kParameters[] = {{"order", kOrderWords}, {"colour", kColourWords}};

inline constexpr MetricDesc kCount{"iptraf_test_total", MetricKind::kCounter, {kDeviceLabel}, "What the test counts."};

/// As many rows {"n": 0}, {"n": 1}, ... as kCount has for the device that is asked for, or all devices together.
inline RowCursor open_numbers(const Snapshot& snapshot, const RowQuery& query) {
  std::uint64_t count = 0;
  for (const Sample& sample : snapshot.family(kCount).samples) {
    if (query.wants(sample.labels[0])) count += sample.value;
  }
  const bool is_down = query.choice("order") == std::size_t{1};
  std::vector<std::uint64_t> rows;
  for (std::uint64_t n = 0; n < count; ++n) rows.push_back(is_down ? count - 1 - n : n);
  return cursor_over(std::move(rows), query, [](std::uint64_t n, RowWriter& row) {
    row.begin_object();
    row.number("n", n);
    row.end_object();
  });
}

inline constexpr const MetricDesc* kMetrics[] = {&kCount};

/// A facility whose rows are series.
inline const CollectorSpec kNumbers{.name = "number",
                                    .facility = "the numbers of a test",
                                    .metrics = kMetrics,
                                    .json_key = "numbers",
                                    .parameters = kParameters,
                                    .open_rows = open_numbers};

/// The same, but it wants snapshots with rows.
inline const CollectorSpec kCostlyNumbers{.name = "costly_number",
                                          .facility = "the numbers of a test",
                                          .metrics = kMetrics,
                                          .make_rows = []() -> std::unique_ptr<RowSet> { return nullptr; },
                                          .json_key = "costly_numbers",
                                          .parameters = kParameters,
                                          .open_rows = open_numbers};

/// A snapshot of two devices: the first, eth0, has counted `count`, and lo nothing.
inline std::shared_ptr<const Snapshot> snapshot_with(std::uint64_t count, const std::string& device = "eth0") {
  const auto view = std::make_shared<const View>(View{{{&kCount, "number"}}, {&kNumbers, &kCostlyNumbers}, nullptr});
  DeviceArray devices;
  devices[0].name = device;
  devices[1].name = "lo";
  devices[0].is_used = devices[1].is_used = true;
  SampleSet samples;
  SampleWriter out(samples);
  out.add(kCount, {0}, count);
  out.add(kCount, {1}, 0);
  const SampleSet* const shards[] = {&samples};
  return std::make_shared<const Snapshot>(view, shards, devices);
}

}  // namespace iptraf::test
