// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of Pipeline over capture files: the device that the packets belong to, and the ceiling of the series.
#include "pipeline.hpp"

#include <poll.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "open_sources.hpp"
#include "output/prometheus.hpp"
#include "support/capture_writer.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"
#include "support/run_offline.hpp"

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
  Pipeline pipeline(prepare(config), {true, true},
                    [&](DeviceTable& devices) { return open_sources(options, config.capture, devices); });
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

namespace {

config::Config with_ports(std::vector<config::PortRange> ports) {
  config::Config config;
  config.collectors.service.additional_ports = std::move(ports);
  return config;
}

Packet udp_to(std::uint16_t port) {
  return decoded(PacketBuilder().eth().ipv4().udp({.source = 50000, .destination = port}).build());
}

}  // namespace

TEST_CASE("A change of ports counts from then on, and what was counted stays") {
  LiveChain chain;
  Pipeline& pipeline = chain.chain().pipeline();
  const std::string in_8080 = "iptraf_service_in_packets_total{device=\"vB\",protocol=\"udp\",port=\"8080\"}";
  chain.feed({udp_to(8080), udp_to(53)});
  CHECK_FALSE(chain.page().has(in_8080));
  pipeline.change(prepare(with_ports({{8080, 8080}})));
  chain.feed({udp_to(8080), udp_to(53)});
  CHECK(chain.page().value(in_8080) == 1);
  pipeline.change(prepare({}));
  chain.feed({udp_to(8080), udp_to(53)});
  CHECK(chain.page().value(in_8080) == 1);
  CHECK(chain.page().value("iptraf_service_in_packets_total{device=\"vB\",protocol=\"udp\",port=\"53\"}") == 3);
}

TEST_CASE("Room for more ports lets a port that was refused have its series") {
  ChainSettings settings;
  settings.config.collectors.service.max_ports = 1;
  LiveChain chain(settings);
  chain.feed({udp_to(1), udp_to(2)});
  settings.config.collectors.service.max_ports = 9;
  chain.chain().pipeline().change(prepare(settings.config));
  chain.feed({udp_to(2)});
  const Page page = chain.page();
  CHECK(page.value("iptraf_service_in_packets_total{device=\"vB\",protocol=\"udp\",port=\"2\"}") == 1);
  CHECK(page.value("iptraf_service_in_packets_total{device=\"vB\",protocol=\"udp\",port=\"other\"}") == 1);
}

TEST_CASE("A collector that is switched off is not shown, and goes on with its counts when it is switched on") {
  LiveChain chain;
  const std::string udp = "iptraf_interface_receive_packets_total{device=\"vB\",network=\"ipv4\",transport=\"udp\"}";
  chain.feed({udp_to(53)});
  config::Config off;
  off.collectors.interface.enabled = false;
  chain.chain().pipeline().change(prepare(off));
  CHECK_FALSE(chain.page().has(udp));
  CHECK_FALSE(chain.page().has("iptraf_scrape_collector_success{collector=\"interface\"}"));
  chain.feed({udp_to(53)});
  chain.chain().pipeline().change(prepare({}));
  CHECK(chain.page().value(udp) == 1);
  chain.feed({udp_to(53)});
  CHECK(chain.page().value(udp) == 2);
}

TEST_CASE("A filter takes effect on a change and its counts go on when it is taken away and comes back") {
  config::Config filtered;
  config::FilterRule to_dns;
  to_dns.b.ports = {{53, 53}};
  filtered.filters["dns"] = {to_dns};
  filtered.collectors.service.filter = "dns";
  LiveChain chain;
  Pipeline& pipeline = chain.chain().pipeline();
  const auto decided = [&](const std::string& rule, const std::string& action) {
    return chain.page().value("iptraf_filter_packets_total{filter=\"dns\",rule=\"" + rule + "\",action=\"" + action +
                              "\"}");
  };
  chain.feed({udp_to(53), udp_to(80)});
  pipeline.change(prepare(filtered));
  chain.feed({udp_to(53), udp_to(80), udp_to(80)});
  CHECK(decided("1", "include") == 1);
  CHECK(decided("implied", "exclude") == 2);
  pipeline.change(prepare({}));
  chain.feed({udp_to(80)});
  CHECK(decided("1", "include") == 1);
  pipeline.change(prepare(filtered));
  chain.feed({udp_to(53)});
  CHECK(decided("1", "include") == 2);
  const Page page = chain.page();
  CHECK(page.value("iptraf_service_in_packets_total{device=\"vB\",protocol=\"udp\",port=\"80\"}") == 2);
  CHECK(page.value("iptraf_service_in_packets_total{device=\"vB\",protocol=\"udp\",port=\"53\"}") == 3);
  CHECK(page.sum("iptraf_interface_receive_packets_total{") == 7);
}

TEST_CASE("A rule that a reload turns round counts its new decisions apart from the old ones") {
  config::Config config;
  config.collectors.service.filter = "all";
  config.filters["all"] = {config::FilterRule{}};
  ChainSettings settings;
  settings.config = config;
  LiveChain chain(settings);
  chain.feed({udp_to(53), udp_to(53)});
  config.filters["all"][0].include = false;
  chain.chain().pipeline().change(prepare(config));
  chain.feed({udp_to(53)});
  const std::string rule = "iptraf_filter_packets_total{filter=\"all\",rule=\"1\",action=";
  CHECK(chain.page().value(rule + "\"include\"}") == 2);
  CHECK(chain.page().value(rule + "\"exclude\"}") == 1);
}

TEST_CASE("Changes while packets stream in and pages are asked for lose no packet and no count goes back") {
  LiveChain chain;
  std::atomic<bool> is_over{false};
  std::atomic<int> wrong{0};
  std::thread reader([&] {
    double last = 0;
    while (!is_over) {
      const double sum = chain.page().sum("iptraf_packet_size_receive_bytes_count");
      if (sum < last) ++wrong;
      last = sum;
    }
  });
  for (std::uint16_t round = 0; round < 60; ++round) {
    chain.feed(std::vector<Packet>(300, udp_to(53)));
    const auto port = static_cast<std::uint16_t>(2000 + round);
    chain.chain().pipeline().change(prepare(with_ports({{port, port}})));
  }
  is_over = true;
  reader.join();
  CHECK(wrong == 0);
  CHECK(chain.page().sum("iptraf_packet_size_receive_bytes_count") == 18'000);
}
