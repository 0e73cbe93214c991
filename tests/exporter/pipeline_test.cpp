// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of Pipeline over capture files: the device that the packets belong to, and the ceiling of the series.
#include "pipeline.hpp"

#include <poll.h>

#include <string>
#include <vector>

#include "output/prometheus.hpp"
#include "support/capture_writer.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

Bytes one_packet() {
  return pcap_bytes({{1'700'000'000 * kNanosecondsPerSecond, PacketBuilder().eth().ipv4().udp().build()}});
}

std::string page_of(const std::string& label, const config::Config& config) {
  const TemporaryFile file(one_packet());
  Options options;
  options.capture_file = file.path();
  options.capture_device_label = label;
  options.once = true;
  Pipeline pipeline(options, config);
  pipeline.start();
  pollfd ended{pipeline.end_fd(), POLLIN, 0};
  REQUIRE(::poll(&ended, 1, -1) == 1);
  return output::to_prometheus_text(*pipeline.snapshot(), [](std::string_view) { return true; });
}

bool has(const std::string& page, const std::string& series) { return page.find(series) != std::string::npos; }

}  // namespace

TEST_CASE("A capture file counts for its device, whatever the device is called") {
  for (const std::string label : {"eth0", "other", "", "a\"b"}) {
    INFO(label);
    const std::string shown = label == "a\"b" ? "a\\\"b" : label;
    const std::string page = page_of(label, {});
    CHECK(has(page, "iptraf_interface_receive_packets_total{device=\"" + shown +
                        "\",network=\"ipv4\",transport=\"udp\"} 1\n"));
  }
}

TEST_CASE("A capture file counts for its device with several threads, too") {
  config::Config config;
  config.capture.threads = 3;
  const std::string page = page_of("eth0", config);
  CHECK(has(page, "iptraf_interface_receive_packets_total{device=\"eth0\",network=\"ipv4\",transport=\"udp\"} 1\n"));
  CHECK(has(page, "iptraf_capture_packets_total{thread=\"2\"}"));
}

TEST_CASE("A page over the ceiling of the series names no port") {
  config::Config config;
  config.limits.max_series = 100;  // fewer than one device has in any case
  const std::string page = page_of("eth0", config);
  CHECK(has(page, "iptraf_service_in_packets_total{device=\"eth0\",protocol=\"udp\",port=\"other\"} 1\n"));
  CHECK_FALSE(has(page, "port=\"53\""));
}
