// SPDX-License-Identifier: GPL-2.0-or-later
// What records say as samples.
#include "import/record_samples.hpp"

#include <sstream>

#include "import/import_metrics.hpp"
#include "support/catch.hpp"

namespace iptraf::importer {
namespace {

/// The samples of a record, one in a line.
std::string samples(LogRecord record) {
  record.device = "eth0";
  record.seconds = 1000;
  OpenMetricsText text;
  add_samples(record, text);
  std::ostringstream out;
  text.write(out);
  std::istringstream in(out.str());
  std::string kept;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("#")) kept += line + "\n";
  }
  return kept;
}

/// Five packets came in, one of them with a wrong checksum and one not IP, and one went out.
DetailedTotals detailed() {
  DetailedTotals totals;
  totals.total = {{6, 1798}, {5, 298}, {1, 1500}};
  totals.ipv4 = {{3, 1640}, {2, 140}, {1, 1500}};
  totals.tcp = {{2, 1540}, {1, 40}, {1, 1500}};
  totals.udp = {{1, 100}, {1, 100}, {0, 0}};
  totals.icmp = {{1, 60}, {1, 60}, {0, 0}};
  totals.non_ip = {{1, 46}, {1, 46}, {0, 0}};
  totals.broadcast = {1, 46};
  totals.checksum_errors = 1;
  totals.has_checksum_errors = true;
  return totals;
}

LogRecord record_of(LogTotals totals, LogVersion version = LogVersion::kUnknown) {
  LogRecord record;
  record.totals = std::move(totals);
  record.version = version;
  return record;
}

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("Services are the collector's families, TCP and UDP apart", "[import]") {
  const std::vector<ServiceTotals> services{{false, 80, {1, 40}, {2, 3000}}, {true, 80, {5, 500}, {0, 0}}};
  CHECK(samples(record_of(services)) ==
        "iptraf_service_in_bytes_total{device=\"eth0\",protocol=\"tcp\",port=\"80\"} 40 1000\n"
        "iptraf_service_in_bytes_total{device=\"eth0\",protocol=\"udp\",port=\"80\"} 500 1000\n"
        "iptraf_service_in_packets_total{device=\"eth0\",protocol=\"tcp\",port=\"80\"} 1 1000\n"
        "iptraf_service_in_packets_total{device=\"eth0\",protocol=\"udp\",port=\"80\"} 5 1000\n"
        "iptraf_service_out_bytes_total{device=\"eth0\",protocol=\"tcp\",port=\"80\"} 3000 1000\n"
        "iptraf_service_out_bytes_total{device=\"eth0\",protocol=\"udp\",port=\"80\"} 0 1000\n"
        "iptraf_service_out_packets_total{device=\"eth0\",protocol=\"tcp\",port=\"80\"} 2 1000\n"
        "iptraf_service_out_packets_total{device=\"eth0\",protocol=\"udp\",port=\"80\"} 0 1000\n");
}

TEST_CASE("Packets by transport add up to IPTraf's Total", "[import]") {
  const std::string text = samples(record_of(detailed(), LogVersion::kNg));
  for (const auto& [transport, in, out] : {std::tuple{"tcp", 1, 1}, std::tuple{"udp", 1, 0}, std::tuple{"icmp", 1, 0},
                                           std::tuple{"other", 0, 0}, std::tuple{"none", 2, 0}}) {
    const std::string labels = std::string("{device=\"eth0\",transport=\"") + transport + "\"} ";
    CHECK(has(text, "iptraf_interface_receive_packets_total" + labels + std::to_string(in) + " 1000"));
    CHECK(has(text, "iptraf_interface_transmit_packets_total" + labels + std::to_string(out) + " 1000"));
  }
  CHECK(has(text, "iptraf_interface_receive_ip_bytes_total{device=\"eth0\",transport=\"udp\"} 100 1000"));
  CHECK(has(text, "iptraf_interface_transmit_ip_bytes_total{device=\"eth0\",transport=\"tcp\"} 1500 1000"));
  CHECK(has(text, "iptraf_interface_receive_broadcast_packets_total{device=\"eth0\"} 1 1000"));
}

TEST_CASE("Bytes of iptraf-ng lack the link header and have families of their own", "[import]") {
  for (const LogVersion version : {LogVersion::kNg, LogVersion::kUnknown}) {
    const std::string text = samples(record_of(detailed(), version));
    CHECK(has(text, "iptraf_import_interface_receive_network_bytes_total{device=\"eth0\"} 298 1000"));
    CHECK(has(text, "iptraf_import_interface_transmit_network_bytes_total{device=\"eth0\"} 1500 1000"));
    CHECK(has(text, "iptraf_import_interface_receive_broadcast_network_bytes_total{device=\"eth0\"} 46 1000"));
    CHECK(text.find("iptraf_interface_receive_bytes_total") == std::string::npos);
  }
  const std::string old = samples(record_of(detailed(), LogVersion::kClassic));
  CHECK(has(old, "iptraf_interface_receive_bytes_total{device=\"eth0\"} 298 1000"));
  CHECK(has(old, "iptraf_interface_transmit_bytes_total{device=\"eth0\"} 1500 1000"));
  CHECK(has(old, "iptraf_interface_receive_broadcast_bytes_total{device=\"eth0\"} 46 1000"));
  CHECK(old.find("network_bytes") == std::string::npos);
}

TEST_CASE("The direction of checksum errors is told when total and parts agree with their number", "[import]") {
  const std::string text = samples(record_of(detailed()));
  CHECK(has(text, "iptraf_interface_receive_checksum_errors_total{device=\"eth0\"} 1 1000"));
  CHECK(has(text, "iptraf_interface_transmit_checksum_errors_total{device=\"eth0\"} 0 1000"));
  DetailedTotals other = detailed();
  other.checksum_errors = 3;
  const std::string unclear = samples(record_of(other));
  CHECK(has(unclear, "iptraf_import_interface_checksum_errors_total{device=\"eth0\"} 3 1000"));
  CHECK(unclear.find("iptraf_interface_receive_checksum_errors") == std::string::npos);
}

TEST_CASE("Totals that contradict each other do not wrap", "[import]") {
  DetailedTotals totals;
  totals.tcp.in.packets = 5;
  CHECK(has(samples(record_of(totals)),
            "iptraf_interface_receive_packets_total{device=\"eth0\",transport=\"none\"} 0 1000"));
  CHECK(has(samples(record_of(GeneralTotals{1, 5, 5, 0})),
            "iptraf_import_general_packets_total{device=\"eth0\",network=\"ipv6\"} 0 1000"));
}

TEST_CASE("General statistics have no direction, and their networks add up to the total", "[import]") {
  CHECK(samples(record_of(GeneralTotals{6, 4, 1, 1})) ==
        "iptraf_import_general_checksum_errors_total{device=\"eth0\"} 1 1000\n"
        "iptraf_import_general_packets_total{device=\"eth0\",network=\"ipv4\"} 4 1000\n"
        "iptraf_import_general_packets_total{device=\"eth0\",network=\"ipv6\"} 1 1000\n"
        "iptraf_import_general_packets_total{device=\"eth0\",network=\"non_ip\"} 1 1000\n");
}

TEST_CASE("Packet sizes are brackets of the import, by direction where the log tells it", "[import]") {
  SizeTotals sizes{1500, true, {{1, 75, 3, 0}, {76, 150, 1, 2}}};
  CHECK(samples(record_of(sizes)) ==
        "iptraf_import_packet_size_receive_packets_total{device=\"eth0\",up_to_bytes=\"150\"} 1 1000\n"
        "iptraf_import_packet_size_receive_packets_total{device=\"eth0\",up_to_bytes=\"75\"} 3 1000\n"
        "iptraf_import_packet_size_transmit_packets_total{device=\"eth0\",up_to_bytes=\"150\"} 2 1000\n"
        "iptraf_import_packet_size_transmit_packets_total{device=\"eth0\",up_to_bytes=\"75\"} 0 1000\n"
        "iptraf_interface_mtu_bytes{device=\"eth0\"} 1500 1000\n");
  sizes.has_directions = false;
  sizes.mtu_bytes = 0;
  CHECK(samples(record_of(sizes)) ==
        "iptraf_import_packet_size_packets_total{device=\"eth0\",up_to_bytes=\"150\"} 1 1000\n"
        "iptraf_import_packet_size_packets_total{device=\"eth0\",up_to_bytes=\"75\"} 3 1000\n");
}

TEST_CASE("Stations are the collector's, their bytes are not", "[import]") {
  StationTotals station{{2, 0, 0, 0, 0, 10}, true, "printer", {2, 200, 1}, {5, 352, 4}};
  CHECK(
      samples(record_of(std::vector<StationTotals>{station})) ==
      "iptraf_import_lan_station_receive_network_bytes_total{device=\"eth0\",mac=\"02:00:00:00:00:0a\"} 200 1000\n"
      "iptraf_import_lan_station_transmit_network_bytes_total{device=\"eth0\",mac=\"02:00:00:00:00:0a\"} 352 1000\n"
      "iptraf_lan_station_info{device=\"eth0\",mac=\"02:00:00:00:00:0a\",link_type=\"fddi\",description=\"printer\"} 1 "
      "1000\n"
      "iptraf_lan_station_receive_ip_packets_total{device=\"eth0\",mac=\"02:00:00:00:00:0a\"} 1 1000\n"
      "iptraf_lan_station_receive_packets_total{device=\"eth0\",mac=\"02:00:00:00:00:0a\"} 2 1000\n"
      "iptraf_lan_station_transmit_ip_packets_total{device=\"eth0\",mac=\"02:00:00:00:00:0a\"} 4 1000\n"
      "iptraf_lan_station_transmit_packets_total{device=\"eth0\",mac=\"02:00:00:00:00:0a\"} 5 1000\n");
}

TEST_CASE("No family of the import is one of the collectors'", "[import]") {
  CHECK(live_metric("iptraf_service_in_bytes_total").label_count == 3);
  CHECK_THROWS_AS(live_metric("iptraf_import_general_packets_total"), std::out_of_range);
}

}  // namespace iptraf::importer
