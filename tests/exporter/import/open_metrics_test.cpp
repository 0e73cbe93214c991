// SPDX-License-Identifier: GPL-2.0-or-later
// OpenMetrics text: families and series in one piece, times in seconds.
#include "import/open_metrics.hpp"

#include <sstream>

#include "support/catch.hpp"

namespace iptraf::importer {

TEST_CASE("Families and series are grouped and sorted, and the end is marked", "[import]") {
  static constexpr MetricDesc kCounter{"iptraf_b_total", MetricKind::kCounter, {{"device"}, {"name"}}, "A \"b\"\\."};
  static constexpr MetricDesc kGauge{"iptraf_a", MetricKind::kGauge, {{"device"}}, "An a."};
  OpenMetricsText text;
  text.add(kCounter, {"eth1", "x\"\\\ny"}, 10, 1);
  text.add(kCounter, {"eth0", ""}, 10, 18446744073709551615U);
  text.add(kGauge, {"eth0"}, 10, 3);
  text.add(kCounter, {"eth1", "x\"\\\ny"}, 20, 0);
  std::ostringstream out;
  text.write(out);
  CHECK(out.str() ==
        "# HELP iptraf_a An a.\n# TYPE iptraf_a gauge\niptraf_a{device=\"eth0\"} 3 10\n"
        "# HELP iptraf_b A \\\"b\\\"\\\\.\n# TYPE iptraf_b counter\n"
        "iptraf_b_total{device=\"eth0\"} 18446744073709551615 10\n"
        "iptraf_b_total{device=\"eth1\",name=\"x\\\"\\\\\\ny\"} 1 10\n"
        "iptraf_b_total{device=\"eth1\",name=\"x\\\"\\\\\\ny\"} 0 20\n# EOF\n");
  CHECK(text.series_count() == 3);
}

}  // namespace iptraf::importer
