// SPDX-License-Identifier: GPL-2.0-or-later
// What records say as data sources.
#include "import/record_sources.hpp"

#include <map>
#include <string>

#include "collectors/registry.hpp"
#include "support/catch.hpp"
#include "support/run_offline.hpp"

namespace iptraf::importer {
namespace {

LogRecord record_of(LogTotals totals, LogVersion version = LogVersion::kUnknown) {
  LogRecord record;
  record.device = "eth0";
  record.totals = std::move(totals);
  record.version = version;
  return record;
}

/// "source=value " of a file, "U" for what is unknown.
std::string shown(const RoundRobinFile& file) {
  std::string text;
  for (const RoundRobinValue& value : file.values) {
    text += value.source + "=" + (value.value ? std::to_string(*value.value) : "U") + " ";
  }
  return text;
}

std::string sources_of(const RoundRobinFile& file) {
  std::string text;
  for (const RoundRobinValue& value : file.values) text += value.source + (value.is_gauge ? " gauge " : " ");
  return text;
}

}  // namespace

TEST_CASE("A service file has the configured ports, then those that the log names", "[import]") {
  const config::Rrd settings;
  const LogRecord record =
      record_of(std::vector<ServiceTotals>{{false, 80, {1, 40}, {2, 3000}}, {true, 80, {5, 500}, {0, 7}}});
  const auto files = source_values(record, settings, {{false, 80}, {false, 119}, {false, 8080}, {true, 80}});
  REQUIRE(files.size() == 2);
  CHECK(files[0].file.name == "tcp_services");
  CHECK(files[0].file.device == "eth0");
  CHECK(files[0].created_sources == 8);
  CHECK(shown(files[0].file) ==
        "22_in=0 22_out=0 25_in=0 25_out=0 80_in=40 80_out=3000 443_in=0 443_out=0 119_in=0 119_out=0 8080_in=U "
        "8080_out=U ");
  CHECK(files[1].file.name == "udp_services");
  CHECK(files[1].created_sources == 0);
  CHECK(shown(files[1].file) == "80_in=500 80_out=7 ");
}

TEST_CASE("A port that a damaged record does not name is unknown", "[import]") {
  LogRecord record = record_of(std::vector<ServiceTotals>{{false, 80, {1, 40}, {2, 3000}}});
  record.is_whole = false;
  CHECK(shown(source_values(record, config::Rrd(), {})[0].file) ==
        "22_in=U 22_out=U 25_in=U 25_out=U 80_in=40 80_out=3000 443_in=U 443_out=U ");
}

TEST_CASE("An interface file has the frame bytes of IPTraf up to 3.0 and none of iptraf-ng", "[import]") {
  DetailedTotals totals;
  totals.total = {{6, 1798}, {5, 298}, {1, 1500}};
  totals.tcp = {{2, 1540}, {1, 40}, {1, 1500}};
  totals.udp = {{3, 200}, {3, 200}, {0, 0}};
  totals.broadcast = {1, 46};
  totals.checksum_errors = 1;
  totals.has_checksum_errors = true;
  const auto read = [&](LogVersion version) {
    const auto files = source_values(record_of(totals, version), config::Rrd(), {});
    REQUIRE(files.size() == 1);
    CHECK(files[0].file.name == "interface");
    CHECK(files[0].created_sources == files[0].file.values.size());
    return shown(files[0].file);
  };
  const std::string unknown_tx =
      "tx_ipv4_b=U tx_ipv6_b=U tx_tcp_b=U tx_udp_b=U tx_icmp_b=U tx_otherip_b=U tx_nonip_b=U tx_bcast_b=U "
      "tx_mcast_b=U ";
  const std::string unknown_rx =
      "rx_ipv4_b=U rx_ipv6_b=U rx_tcp_b=U rx_udp_b=U rx_icmp_b=U rx_otherip_b=U rx_nonip_b=U ";
  CHECK(read(LogVersion::kClassic) == "rx_packets=5 tx_packets=1 rx_bytes=298 tx_bytes=1500 " + unknown_rx +
                                          "rx_bcast_b=46 rx_mcast_b=U " + unknown_tx +
                                          "rx_cksum_err=1 tx_cksum_err=0 ");
  CHECK(read(LogVersion::kNg) == "rx_packets=5 tx_packets=1 rx_bytes=U tx_bytes=U " + unknown_rx +
                                     "rx_bcast_b=U rx_mcast_b=U " + unknown_tx + "rx_cksum_err=1 tx_cksum_err=0 ");
}

TEST_CASE("A packet size file has the brackets that the log has, and nothing above the MTU", "[import]") {
  const auto files = source_values(
      record_of(SizeTotals{1500, true, {{1, 75, 3, 4}, {151, 225, 1, 2}, {1426, 1500, 0, 9}}}), config::Rrd(), {});
  REQUIRE(files.size() == 1);
  const std::string text = shown(files[0].file);
  CHECK(text.starts_with("rx_01=3 rx_02=U rx_03=1 rx_04=U "));
  CHECK(text.find("rx_20=0 rx_over=U tx_01=4 tx_02=U tx_03=2 ") != std::string::npos);
  CHECK(text.ends_with("tx_20=9 tx_over=U "));
  CHECK(files[0].file.values.size() == 42);
}

TEST_CASE("A station's file has packets and no bytes", "[import]") {
  const StationTotals station{{2, 0, 0, 0, 0, 10}, false, "", {2, 200, 1}, {5, 352, 4}};
  const auto files = source_values(record_of(std::vector<StationTotals>{station}), config::Rrd(), {});
  REQUIRE(files.size() == 1);
  CHECK(files[0].file.name == "lan_stations/02-00-00-00-00-0a");
  CHECK(shown(files[0].file) == "rx_packets=2 tx_packets=5 rx_ip_packets=1 tx_ip_packets=4 rx_bytes=U tx_bytes=U ");
}

TEST_CASE("What has no direction has no file", "[import]") {
  CHECK(source_values(record_of(GeneralTotals{1, 1, 0, 0}), config::Rrd(), {}).empty());
  CHECK(source_values(record_of(SizeTotals{1500, false, {{1, 75, 3, 0}}}), config::Rrd(), {}).empty());
}

TEST_CASE("A file that the import creates has the data sources of the exporter's own", "[import]") {
  const auto live = test::run_file(std::string(IPTRAF_SOURCE_DIR) + "/tests/data/captures/tcpreplay__test_test.pcap");
  RoundRobinFiles own;
  for (const CollectorSpec* spec : collectors::all()) {
    if (spec->add_round_robin != nullptr) spec->add_round_robin(*live.snapshot, config::Rrd(), own);
  }
  std::map<std::string, std::string> expected;  // station files are alike
  for (const RoundRobinFile& file : own) expected[file.name.substr(0, file.name.find('/'))] = sources_of(file);
  const StationTotals station{{2, 0, 0, 0, 0, 10}, false, "", {}, {}};
  for (const LogTotals& totals :
       {LogTotals(std::vector<ServiceTotals>()), LogTotals(DetailedTotals()),
        LogTotals(SizeTotals{1500, true, {{1, 75, 0, 0}}}), LogTotals(std::vector{station})}) {
    const auto files = source_values(record_of(totals), config::Rrd(), {});
    REQUIRE_FALSE(files.empty());
    const RoundRobinFile& file = files[0].file;
    CAPTURE(file.name);
    CHECK(sources_of(file) == expected.at(file.name.substr(0, file.name.find('/'))));
  }
}

}  // namespace iptraf::importer
