// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the metric descriptor and of the words and numbers that labels become.
#include "core/metric.hpp"

#include "core/labels.hpp"
#include "core/table_metrics.hpp"
#include "support/catch.hpp"

using namespace iptraf;

namespace {

std::string text_of(const LabelDesc& label, std::uint64_t value) {
  DeviceArray devices;
  devices[3].name = "eth3";
  std::string out = "x";
  label.format(value, {devices.data()}, out);
  return out;
}

}  // namespace

TEST_CASE("A descriptor keeps what it was made from") {
  constexpr MetricDesc metric{
      "iptraf_a_total", MetricKind::kCounter, {kDeviceLabel, kNetworkLabel}, "Help.", Merge::kMax};
  CHECK(metric.name == "iptraf_a_total");
  CHECK(metric.help == "Help.");
  CHECK(metric.label_count == 2);
  CHECK(metric.labels[1].name == "network");
  CHECK(metric.merge == Merge::kMax);
  constexpr MetricDesc process{"process_threads", MetricKind::kGauge, {}, "Help."};
  CHECK(process.label_count == 0);
  CHECK(process.merge == Merge::kSum);
}

TEST_CASE("A metric whose labels are text may have one more than shards count with") {
  constexpr MetricDesc info{"iptraf_a_info",
                            MetricKind::kGauge,
                            {{"a", nullptr}, {"b", nullptr}, {"c", nullptr}, {"d", nullptr}, {"e", nullptr}},
                            "Help."};
  CHECK(info.label_count == 5);
  CHECK(info.labels[4].name == "e");
}

TEST_CASE("Labels append the words of the contract") {
  CHECK(text_of(kDeviceLabel, 3) == "xeth3");
  CHECK(text_of(kNetworkLabel, 0) == "xipv4");
  CHECK(text_of(kNetworkLabel, 3) == "xrarp");
  CHECK(text_of(kNetworkLabel, 4) == "xother");
  CHECK(text_of(kTransportLabel, 2) == "xicmp");
  CHECK(text_of(kTransportLabel, 4) == "xnone");
  CHECK(text_of(kTableLabel, static_cast<std::uint64_t>(Table::kFragment)) == "xfragment");
  CHECK(text_of(kTableLabel, static_cast<std::uint64_t>(Table::kEthertype)) == "xethertype");
  CHECK(kEvictionWords.at(static_cast<std::size_t>(Eviction::kBudget)) == "budget");
  CHECK(kMalformedWords.at(static_cast<std::size_t>(Malformed::kTruncatedOnWire)) == "truncated_on_wire");
  CHECK(kMalformedWords.at(static_cast<std::size_t>(Malformed::kTransportHeader)) == "transport_header");
}

TEST_CASE("Numbers are plain decimals") {
  std::string out;
  format_number(0, {}, out);
  format_number(18446744073709551615U, {}, out);
  CHECK(out == "018446744073709551615");
}
