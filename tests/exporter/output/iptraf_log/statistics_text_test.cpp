// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the records of IPTraf's statistics facilities, word for word.
#include "output/iptraf_log/statistics_text.hpp"

#include "exporter/output/iptraf_log/time_zone.hpp"
#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::output;
using config::LogFormat;
using iptraf::test::TimeZone;

namespace {

constexpr std::time_t kTime = 1'012'092'022;  // Sun Jan 27 00:40:22 2002

const std::vector<ServiceFigures> kServices{
    {true, 22, {{3027, 4'198'328}, {1618, 103'828}}},
    {false, 53, {{1, 100}, {1, 100}}},
};

InterfaceFigures interface_figures() {
  InterfaceFigures figures;
  figures.total = {{5, 382}, {1, 1514}};
  figures.ipv4 = {{2, 140}, {1, 1500}};
  figures.tcp = {{1, 40}, {1, 1500}};
  figures.udp = {{1, 100}, {0, 0}};
  figures.icmp = {{1, 60}, {0, 0}};
  figures.non_ip = {{1, 60}, {0, 0}};
  figures.broadcast = {1, 60};
  figures.checksum_errors = 1;
  figures.ipv4_packets = 4;
  return figures;
}

SizeFigures size_figures(std::uint32_t mtu_bytes) {
  SizeFigures sizes;
  sizes.mtu_bytes = mtu_bytes;
  for (std::size_t i = 0; i < kSizeBrackets; ++i) sizes.bounds.at(i) = mtu_bytes / 20 * (i + 1);
  sizes.in.front() = 3;
  sizes.out.front() = 4;
  sizes.out.at(kSizeBrackets - 1) = 1;
  sizes.in.at(kSizeBrackets) = 2;
  return sizes;
}

/// The lines from the first that begins with `begin`.
std::string from(const std::string& text, const std::string& begin) { return text.substr(text.find("\n" + begin) + 1); }

}  // namespace

TEST_CASE("A service record of iptraf-ng has rates in columns and a blank line behind each port") {
  const TimeZone utc;
  CHECK(service_record({LogFormat::kNg, kTime, 300}, kServices) ==
        "\n*** TCP/UDP traffic log, generated Sun Jan 27 00:40:22 2002\n\n"
        "TCP/22: 4645 packets, 4302156 bytes total,    114.72 kbps; 3027 packets, 4198328 bytes incoming,    111.96 "
        "kbps; 1618 packets, 103828 bytes outgoing,      2.77 kbps\n\n"
        "UDP/53: 2 packets, 200 bytes total,      0.01 kbps; 1 packets, 100 bytes incoming,      0.00 kbps; 1 packets, "
        "100 bytes outgoing,      0.00 kbps\n\n"
        "\nRunning time: 300 seconds\n");
}

TEST_CASE("A service record of IPTraf 2.5 has no rates") {
  const TimeZone utc;
  CHECK(service_record({LogFormat::k25, kTime, 300}, kServices) ==
        "\n*** TCP/UDP traffic log, generated Sun Jan 27 00:40:22 2002\n\n"
        "TCP/22: 4645 packets, 4302156 bytes total; 3027 packets, 4198328 bytes incoming; 1618 packets, 103828 bytes "
        "outgoing\n\n"
        "UDP/53: 2 packets, 200 bytes total; 1 packets, 100 bytes incoming; 1 packets, 100 bytes outgoing\n\n"
        "\nRunning time: 300 seconds\n");
}

TEST_CASE("A service record of IPTraf 2.7 has rates in kbits/s, though not in the first seconds") {
  const TimeZone utc;
  CHECK(service_record({LogFormat::k27, kTime, 300}, kServices) ==
        "\n*** TCP/UDP traffic log, generated Sun Jan 27 00:40:22 2002\n\n"
        "TCP/22: 4645 packets, 4302156 bytes total, 114.72 kbits/s; 3027 packets, 4198328 bytes incoming, 111.96 "
        "kbits/s; 1618 packets, 103828 bytes outgoing, 2.77 kbits/s\n\n"
        "UDP/53: 2 packets, 200 bytes total, 0.01 kbits/s; 1 packets, 100 bytes incoming, 0.00 kbits/s; 1 packets, 100 "
        "bytes outgoing, 0.00 kbits/s\n\n"
        "\nRunning time: 300 seconds\n");
  CHECK(from(service_record({LogFormat::k27, kTime, 4}, kServices), "UDP") ==
        "UDP/53: 2 packets, 200 bytes total; 1 packets, 100 bytes incoming; 1 packets, 100 bytes outgoing\n\n"
        "\nRunning time: 4 seconds\n");
}

TEST_CASE("The general record has a line for each interface, with its activity after five seconds") {
  const TimeZone utc;
  GeneralLine line{"vB", interface_figures(), {}};
  line.activity.update({1, 100}, 5);
  line.activity.update({6, 1896}, 10);
  CHECK(general_record({LogFormat::kNg, kTime, 10}, {{line}}) ==
        "\n*** General interface statistics log generated Sun Jan 27 00:40:22 2002\n\n"
        "vB: 6 total, 4 IP, 1 non-IP, 1 IP checksum errors, average activity      1.52 kbps, peak activity      2.87 "
        "kbps, last 5-second average activity      2.87 kbps\n"
        "\n10 seconds running time\n");
  CHECK(from(general_record({LogFormat::k27, kTime, 10}, {{line}}), "vB") ==
        "vB: 6 total, 4 IP, 1 non-IP, 1 IP checksum errors, average activity 1.52 kbits/s, peak activity 2.87 kbits/s, "
        "last 5-second activity 2.87 kbits/s\n"
        "\n10 seconds running time\n");
  CHECK(from(general_record({LogFormat::kNg, kTime, 4}, {{line}}), "vB") ==
        "vB: 6 total, 4 IP, 1 non-IP, 1 IP checksum errors\n"
        "\n4 seconds running time\n");
}

TEST_CASE("The detailed record of reference vector V") {
  const TimeZone utc;
  TwoWayMeter meter;
  meter.update(interface_figures().total, 61);
  const std::string rows =
      "Total: \t6 packets, 1896 bytes\n\t(incoming: 5 packets, 382 bytes; outgoing: 1 packets, 1514 bytes)\n"
      "IP: \t3 packets, 1640 bytes\n\t(incoming: 2 packets, 140 bytes; outgoing: 1 packets, 1500 bytes)\n"
      "TCP: 2 packets, 1540 bytes\n\t(incoming: 1 packets, 40 bytes; outgoing: 1 packets, 1500 bytes)\n"
      "UDP: 1 packets, 100 bytes\n\t(incoming: 1 packets, 100 bytes; outgoing: 0 packets, 0 bytes)\n"
      "ICMP: 1 packets, 60 bytes\n\t(incoming: 1 packets, 60 bytes; outgoing: 0 packets, 0 bytes)\n"
      "Other IP: 0 packets, 0 bytes\n\t(incoming: 0 packets, 0 bytes; outgoing: 0 packets, 0 bytes)\n"
      "Non-IP: 1 packets, 60 bytes\n\t(incoming: 1 packets, 60 bytes; outgoing: 0 packets, 0 bytes)\n"
      "Broadcast: 1 packets, 60 bytes\n\n";
  const std::string head = "\n*** Detailed statistics for interface vB, generated Sun Jan 27 00:40:22 2002\n\n";
  CHECK(detailed_record({LogFormat::kNg, kTime, 61}, "vB", interface_figures(), meter) ==
        head + rows +
            "Average rates:\n"
            "  Total:\t     0.25 kbps,         0 pps\n"
            "  Incoming:\t     0.05 kbps,         0 pps\n"
            "  Outgoing:\t     0.20 kbps,         0 pps\n\n"
            "Peak total activity:      0.25 kbps,         0 pps\n"
            "Peak incoming rate:      0.05 kbps,         0 pps\n"
            "Peak outgoing rate:      0.20 kbps,         0 pps\n\n"
            "IP checksum errors: 1\n\nRunning time: 61 seconds\n");
  CHECK(from(detailed_record({LogFormat::k27, kTime, 61}, "vB", interface_figures(), meter), "Peak") ==
        "Peak total activity: 0.25 kbits/s, 0.10 packets/s\n"
        "Peak incoming rate: 0.05 kbits/s, 0.08 packets/s\n"
        "Peak outgoing rate: 0.20 kbits/s, 0.02 packets/s\n\n"
        "IP checksum errors: 1\n\nRunning time: 61 seconds\n");
  CHECK(detailed_record({LogFormat::kNg, kTime, 4}, "vB", interface_figures(), meter) ==
        head + rows + "IP checksum errors: 1\n\nRunning time: 4 seconds\n");
}

TEST_CASE("Packet sizes have a column for each direction in iptraf-ng, without what is larger") {
  const TimeZone utc;
  const std::string record = size_record({LogFormat::kNg, kTime, 61}, "vB", size_figures(1500));
  CHECK(
      record.starts_with("*** Packet Size Distribution, generated Sun Jan 27 00:40:22 2002\n\n"
                         "Interface: vB   MTU: 1500\n\n"
                         "Packet Size (bytes)\tIn\t\tOut\n"
                         "1 to 75:\t\t       3\t       4\n"
                         "76 to 150:\t\t       0\t       0\n"));
  CHECK(from(record, "1426") == "1426 to 1500:\t\t       0\t       1\n\nRunning time: 61 seconds\n");
}

TEST_CASE("Packet sizes have one count before iptraf-ng, and the last row takes in what is larger") {
  const std::string record = size_record({LogFormat::k25, kTime, 61}, "ppp0", size_figures(1492));
  CHECK(from(record, "Interface")
            .starts_with("Interface: ppp0   MTU: 1492\n\n"
                         "Packet Size (bytes)\tCount\n"
                         "1 to 74:\t\t7\n"
                         "75 to 148:\t\t0\n"));
  CHECK(from(record, "1407") == "1407 to 1492:\t\t3\n\nRunning time: 61 seconds\n");
}

TEST_CASE("A station has its address, description, totals and rates") {
  const TimeZone utc;
  const std::vector<StationFigures> stations{
      {"02:00:00:00:00:0a", "my host A", false, {{2, 200}, {5, 352}}, 2, 4},
      {"02:00:00:00:00:0b", "", true, {{0, 0}, {1, 1000}}, 0, 1},
  };
  StationMeters meters;
  for (const StationFigures& station : stations) meters[station.mac].update(station.traffic, 8);
  CHECK(station_record({LogFormat::kNg, kTime, 8}, stations, meters) ==
        "\n*** LAN traffic log, generated Sun Jan 27 00:40:22 2002\n\n"
        "\nEthernet address: 02:00:00:00:00:0a (my host A)\n"
        "\tIncoming total 2 packets, 200 bytes; 2 IP packets\n"
        "\tOutgoing total 5 packets, 352 bytes; 4 IP packets\n"
        "\tAverage rates:      0.20 kbps incoming,      0.35 kbps outgoing\n"
        "\tLast 5-second rates:      0.20 kbps incoming,      0.35 kbps outgoing\n"
        "\nFDDI address: 02:00:00:00:00:0b\n"
        "\tIncoming total 0 packets, 0 bytes; 0 IP packets\n"
        "\tOutgoing total 1 packets, 1000 bytes; 1 IP packets\n"
        "\tAverage rates:      0.00 kbps incoming,      1.00 kbps outgoing\n"
        "\tLast 5-second rates:      0.00 kbps incoming,      1.00 kbps outgoing\n"
        "\nRunning time: 8 seconds\n");
  CHECK(from(station_record({LogFormat::k25, kTime, 4}, stations, meters), "FDDI") ==
        "FDDI address: 02000000000b\n"
        "\tIncoming total 0 packets, 0 bytes; 0 IP packets\n"
        "\tOutgoing total 1 packets, 1000 bytes; 1 IP packets\n"
        "\tAverage rates: 0.00 kbits/s incoming, 1.00 kbits/s outgoing\n"
        "\nRunning time: 4 seconds\n");
}
