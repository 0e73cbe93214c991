// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the text format: exact pages, numbers, escaping, and which families are shown.
#include "output/prometheus.hpp"

#include "core/labels.hpp"
#include "support/catch.hpp"

using namespace iptraf;

namespace {

constexpr MetricDesc kPackets{
    "iptraf_x_packets_total", MetricKind::kCounter, {kDeviceLabel, {"n", format_number}}, "Packets \\ of x."};
constexpr MetricDesc kUp{"iptraf_x_up", MetricKind::kGauge, {kDeviceLabel}, "Up."};
constexpr MetricDesc kSizes{"iptraf_x_bytes", MetricKind::kHistogram, {kDeviceLabel}, "Sizes."};
constexpr MetricDesc kInfo{"iptraf_y_info", MetricKind::kGauge, {{"name", nullptr}, {"text", nullptr}}, "Info."};
constexpr MetricDesc kAlone{"iptraf_alone", MetricKind::kGauge, {}, "Alone."};

const auto kView = std::make_shared<const View>(
    View{{{&kPackets, "x"}, {&kUp, "x"}, {&kSizes, "x"}, {&kInfo, "y"}, {&kAlone, {}}}, {}, nullptr});

Snapshot snapshot_of(const SampleSet& set, const std::string& device = "eth0") {
  DeviceArray devices;
  devices[0].name = device;
  devices[0].is_used = true;
  const SampleSet* const sets[] = {&set};
  return Snapshot(kView, sets, devices);
}

std::string page(const Snapshot& snapshot, const std::string& without = "none") {
  return output::to_prometheus_text(snapshot, [&](std::string_view collector) { return collector != without; });
}

}  // namespace

TEST_CASE("A page is exactly this text") {
  SampleSet set;
  SampleWriter out(set);
  out.add(kPackets, {0, 80}, 3);
  out.add(kPackets, {0, 7}, 9'007'199'254'740'991);
  out.add(kUp, {0}, 1);
  const double bounds[] = {75, 150};
  const std::uint64_t counts[] = {2, 0, 1};
  out.add_histogram(kSizes, {0}, bounds, counts, 1600);
  Snapshot snapshot = snapshot_of(set);
  snapshot.add_text(kInfo, {"a", "b"}, 1);
  snapshot.add_text(kAlone, {}, 0.25);
  CHECK(page(snapshot) ==
        "# HELP iptraf_x_packets_total Packets \\ of x.\n"
        "# TYPE iptraf_x_packets_total counter\n"
        "iptraf_x_packets_total{device=\"eth0\",n=\"7\"} 9007199254740991\n"
        "iptraf_x_packets_total{device=\"eth0\",n=\"80\"} 3\n"
        "# HELP iptraf_x_up Up.\n"
        "# TYPE iptraf_x_up gauge\n"
        "iptraf_x_up{device=\"eth0\"} 1\n"
        "# HELP iptraf_x_bytes Sizes.\n"
        "# TYPE iptraf_x_bytes histogram\n"
        "iptraf_x_bytes_count{device=\"eth0\"} 3\n"
        "iptraf_x_bytes_sum{device=\"eth0\"} 1600\n"
        "iptraf_x_bytes_bucket{device=\"eth0\",le=\"75\"} 2\n"
        "iptraf_x_bytes_bucket{device=\"eth0\",le=\"150\"} 2\n"
        "iptraf_x_bytes_bucket{device=\"eth0\",le=\"+Inf\"} 3\n"
        "# HELP iptraf_y_info Info.\n"
        "# TYPE iptraf_y_info gauge\n"
        "iptraf_y_info{name=\"a\",text=\"b\"} 1\n"
        "# HELP iptraf_alone Alone.\n"
        "# TYPE iptraf_alone gauge\n"
        "iptraf_alone 0.25\n");
}

TEST_CASE("Large counters are written so that no packet is lost") {
  for (const std::uint64_t value : {999'999ULL, 1'000'001ULL, 123'456'789'012ULL, 9'007'199'254'740'991ULL}) {
    SampleSet set;
    SampleWriter(set).add(kUp, {0}, value);
    const std::string text = page(snapshot_of(set));
    const std::size_t at = text.rfind(' ');
    CHECK(std::stod(text.substr(at)) == static_cast<double>(value));
  }
}

TEST_CASE("Quotes, backslashes and other text in labels are escaped") {
  SampleSet set;
  SampleWriter(set).add(kUp, {0}, 1);
  Snapshot snapshot = snapshot_of(set, "a\"b\\c\xc3\xa9");
  snapshot.add_text(kInfo, {"line\nfeed", ""}, 1);
  const std::string text = page(snapshot);
  CHECK(text.find("iptraf_x_up{device=\"a\\\"b\\\\c\xc3\xa9\"} 1\n") != std::string::npos);
  CHECK(text.find("iptraf_y_info{name=\"line\\nfeed\",text=\"\"} 1\n") != std::string::npos);
}

TEST_CASE("Only chosen collectors are shown, and what belongs to no collector always") {
  SampleSet set;
  SampleWriter(set).add(kUp, {0}, 1);
  Snapshot snapshot = snapshot_of(set);
  snapshot.add_text(kInfo, {"a", "b"}, 1);
  snapshot.add_text(kAlone, {}, 1);
  const std::string text = page(snapshot, "x");
  CHECK(text.find("iptraf_x_up") == std::string::npos);
  CHECK(text.find("iptraf_y_info{") != std::string::npos);
  CHECK(text.find("iptraf_alone 1\n") != std::string::npos);
}

TEST_CASE("A family without a value is left out, an empty page is empty") {
  CHECK(page(snapshot_of({})).empty());
  CHECK(output::to_metric_families(snapshot_of({}), [](std::string_view) { return true; }).empty());
}
