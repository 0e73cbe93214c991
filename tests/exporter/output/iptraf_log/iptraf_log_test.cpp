// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of IptrafLog by packet time: what the logs of a running chain say, word for word.
#include "output/iptraf_log/iptraf_log.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "collectors/tcp_talk.hpp"
#include "exporter/output/iptraf_log/time_zone.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "support/temporary_directory.hpp"

using namespace iptraf;
using namespace iptraf::output;
using namespace iptraf::test;

namespace {

constexpr std::time_t kStart = 1'700'000'000;  // Tue Nov 14 22:13:20 2023

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// A chain whose logs are written, with packets a second apart from kStart + 1 on.
class LoggedTalk {
 public:
  explicit LoggedTalk(config::LogFormat format = config::LogFormat::kNg, bool packets = false)
      : talk_(settings(format, packets)) {
    Pipeline& pipeline = talk_.chain().chain().pipeline();
    log_.emplace([&pipeline](bool with_rows) { return pipeline.snapshot(with_rows); },
                 pipeline.settings()->config.iptraf_log, pipeline.devices(), pipeline.events(), status_, false);
  }

  TcpTalk& talk() { return talk_; }
  IptrafLog& log() { return *log_; }
  IptrafLogStatus& status() { return status_; }
  const TemporaryDirectory& directory() const { return directory_; }

  std::string text(const std::string& name) const { return content(directory_.file(name + ".log")); }

  /// Each line without time; those that every log has are left out.
  std::vector<std::string> events() const {
    std::istringstream lines(text("ip_traffic-vB"));
    std::vector<std::string> texts;
    for (std::string line; std::getline(lines, line);) {
      if (line.find("****") == std::string::npos) texts.push_back(line.substr(line.find("; ") + 2));
    }
    return texts;
  }

 private:
  ChainSettings settings(config::LogFormat format, bool packets) const {
    ChainSettings made;
    made.config.iptraf_log = {true, directory_.path(), {60}, format, packets};
    made.config.collectors.tcp.timeout = {60};
    return made;
  }

  const TimeZone utc_;
  const TemporaryDirectory directory_;
  IptrafLogStatus status_;
  TcpTalk talk_;
  std::optional<IptrafLog> log_;
};

const std::string kLine = "TCP; vB; 40 bytes; from ";
const std::string kClient = kLine + "10.0.0.1:40000 to 10.0.0.2:80; ";
const std::string kServer = kLine + "10.0.0.2:80 to 10.0.0.1:40000; ";

}  // namespace

TEST_CASE("Records are cumulative, from the line that says started to the one that says stopped") {
  LoggedTalk logged(config::LogFormat::k25);
  logged.log().begin(kStart + 1);
  logged.talk().client({kSyn, 1});
  logged.log().at_step(kStart + 60);
  logged.talk().server({kSyn | kAck, 101, 2});
  logged.talk().pass(58);
  logged.talk().client({kAck, 2, 102});
  logged.log().finish();
  logged.log().at_step(kStart + 120);  // nothing is written any more
  CHECK(logged.text("tcp_udp_services-vB") ==
        "Tue Nov 14 22:13:21 2023; ******** TCP/UDP service monitor started ********\n"
        "\n*** TCP/UDP traffic log, generated Tue Nov 14 22:14:20 2023\n\n"
        "TCP/80: 1 packets, 40 bytes total; 1 packets, 40 bytes incoming; 0 packets, 0 bytes outgoing\n\n"
        "\nRunning time: 59 seconds\n"
        "\n*** TCP/UDP traffic log, generated Tue Nov 14 22:14:21 2023\n\n"
        "TCP/80: 3 packets, 120 bytes total; 2 packets, 80 bytes incoming; 1 packets, 40 bytes outgoing\n\n"
        "\nRunning time: 60 seconds\n"
        "Tue Nov 14 22:14:21 2023; ******** TCP/UDP service monitor stopped ********\n");
  CHECK(logged.status().errors == 0);
}

TEST_CASE("The last record has a time of its own, so that no reader takes it for the one before") {
  LoggedTalk logged(config::LogFormat::k25);
  logged.log().begin(kStart);
  logged.talk().pass(59);
  logged.log().at_step(kStart + 60);
  logged.talk().client({kSyn, 1});
  logged.log().finish();
  const std::string log = logged.text("tcp_udp_services-vB");
  CHECK(log.find("generated Tue Nov 14 22:14:20 2023") != std::string::npos);
  CHECK(log.find("generated Tue Nov 14 22:14:21 2023\n\nTCP/80: 1 packets") != std::string::npos);
  CHECK(
      log.ends_with("Running time: 61 seconds\n"
                    "Tue Nov 14 22:14:21 2023; ******** TCP/UDP service monitor stopped ********\n"));
}

TEST_CASE("Every facility has its log") {
  LoggedTalk logged;
  logged.log().begin(kStart);
  logged.talk().client({kSyn, 1});
  logged.log().finish();
  CHECK(logged.text("iface_stats_general") ==
        "Tue Nov 14 22:13:20 2023; ******** General interface statistics started ********\n"
        "\n*** General interface statistics log generated Tue Nov 14 22:13:21 2023\n\n"
        "vB: 1 total, 1 IP, 0 non-IP, 0 IP checksum errors\n"
        "\n1 seconds running time\n"
        "Tue Nov 14 22:13:21 2023; ******** General interface statistics stopped ********\n");
  CHECK(logged.text("iface_stats_detailed-vB").find("Total: \t1 packets, 60 bytes\n") != std::string::npos);
  CHECK(logged.text("packet_size-vB").find("1 to 75:\t\t       1\t       0\n") != std::string::npos);
  CHECK(logged.text("lan_statistics-vB")
            .find("Ethernet address: 02:00:00:00:00:0a\n\tIncoming total 0 packets, 0 bytes; 0 IP packets\n"
                  "\tOutgoing total 1 packets, 60 bytes; 1 IP packets\n") != std::string::npos);
  CHECK(logged.events() == std::vector<std::string>{kClient + "first packet (SYN)"});
}

TEST_CASE("A connection's first packets, FINs and their acknowledgements are lines") {
  LoggedTalk logged;
  TcpTalk& talk = logged.talk();
  logged.log().begin(kStart);
  talk.handshake();
  talk.client({kFin | kAck, 2, 102});
  talk.server({kFin | kAck, 102, 3});
  talk.client({kAck, 3, 103});
  logged.log().tick(kStart + 60);
  CHECK(logged.events() == std::vector<std::string>{
                               kClient + "first packet (SYN)",
                               kServer + "first packet (SYN)",
                               kClient + "FIN sent; 3 packets, 120 bytes, avg flow rate      0.32 kbps",
                               kServer + "FIN acknowleged",
                               kServer + "FIN sent; 2 packets, 80 bytes, avg flow rate      0.16 kbps",
                               kClient + "FIN acknowleged",
                           });
}

TEST_CASE("A reset and a time-out are lines with the counts of both directions") {
  LoggedTalk logged;
  TcpTalk& talk = logged.talk();
  logged.log().begin(kStart);
  talk.client({kAck | kPsh, 1, 1, 60});
  talk.server({kRst, 1});
  talk.client_port = 40001;
  talk.client({kSyn, 1});
  talk.idle(61);
  logged.log().tick(kStart + 70);
  CHECK(logged.events() ==
        std::vector<std::string>{
            "TCP; vB; 100 bytes; from 10.0.0.1:40000 to 10.0.0.2:80; first packet",
            kServer + "Connection reset; 1 packets, 40 bytes, avg flow rate      0.32 kbps; opposite direction 1 "
                      "packets, 100 bytes; avg flow rate      0.80 kbps",
            kLine + "10.0.0.1:40001 to 10.0.0.2:80; first packet (SYN)",
            "TCP; Connection 10.0.0.1:40001 to 10.0.0.2:80 timed out, 1 packets, 40 bytes, avg flow rate      0.01 "
            "kbps; opposite direction 0 packets, 0 bytes, avg flow rate      0.00 kbps",
        });
}

TEST_CASE("A source that changes its MAC address is told of") {
  LoggedTalk logged;
  TcpTalk& talk = logged.talk();
  logged.log().begin(kStart);
  talk.client({kSyn, 1});
  Packet moved = decoded(talk.frame(true, {kSyn, 1}));
  moved.source_mac = mac("02:00:00:00:00:0c");
  talk.feed(moved);
  logged.log().tick(kStart + 60);
  CHECK(logged.events().back() ==
        "TCP; vB; from 10.0.0.1:40000 to 10.0.0.2:80: new source MAC address 02:00:00:00:00:0c (previously "
        "02:00:00:00:00:0a)");
}

TEST_CASE("Packets that are not TCP are lines only when they are asked for") {
  const bool packets = GENERATE(false, true);
  LoggedTalk logged(config::LogFormat::kNg, packets);
  logged.log().begin(kStart);
  logged.talk().feed(PacketBuilder().eth().ipv4().udp().payload(72).build());
  logged.log().finish();
  const std::vector<std::string> udp{"UDP; vB; 100 bytes; from 10.0.0.1:40000 to 10.0.0.2:53"};
  CHECK(logged.events() == (packets ? udp : std::vector<std::string>{}));
}

TEST_CASE("A reload turns the lines of packets on and off") {
  LoggedTalk logged;
  Pipeline& pipeline = logged.talk().chain().chain().pipeline();
  const auto datagram = PacketBuilder().eth().ipv4().udp().build();
  logged.log().begin(kStart);
  logged.talk().feed(datagram);
  for (const bool packets : {true, false}) {
    Settings settings = *pipeline.settings();
    settings.config.iptraf_log.packets = packets;
    pipeline.change(settings);
    logged.talk().feed(datagram);
  }
  logged.log().finish();
  CHECK(logged.events().size() == 1);
}

TEST_CASE("Reopening lists the open connections in the old file and goes on in a new one") {
  LoggedTalk logged;
  logged.log().begin(kStart);
  logged.talk().client({kSyn, 1});
  logged.log().tick(kStart + 2);
  const std::string path = logged.directory().file("ip_traffic-vB.log");
  std::filesystem::rename(path, path + ".1");
  logged.log().reopen();
  CHECK(content(path + ".1") ==
        "Tue Nov 14 22:13:20 2023; ******** IP traffic monitor started ********\n"
        "Tue Nov 14 22:13:21 2023; TCP; vB; 40 bytes; from 10.0.0.1:40000 to 10.0.0.2:80; first packet (SYN)\n"
        "Tue Nov 14 22:13:21 2023; ***** USR1 signal received, preparing to reopen log file *****\n"
        "Tue Nov 14 22:13:21 2023; TCP; vB; active; from 10.0.0.1:40000 to 10.0.0.2:80; 1 packets, 40 bytes\n"
        "Tue Nov 14 22:13:21 2023; TCP; vB; active; from 10.0.0.2:80 to 10.0.0.1:40000; 0 packets, 0 bytes\n");
  CHECK(content(path) == "Tue Nov 14 22:13:21 2023; ***** Logfile reopened *****\n");
}

TEST_CASE("A device that comes later has logs from then on, under a name that is safe for a file") {
  LoggedTalk logged;
  logged.log().begin(kStart);
  logged.talk().chain().devices().admit("../x", LinkKind::kOther, 1400, true);
  logged.log().tick(kStart + 7);
  logged.log().at_step(kStart + 60);
  CHECK(content(logged.directory().file("tcp_udp_services-..%2Fx.log")) ==
        "Tue Nov 14 22:13:27 2023; ******** TCP/UDP service monitor started ********\n"
        "\n*** TCP/UDP traffic log, generated Tue Nov 14 22:14:20 2023\n\n"
        "\nRunning time: 53 seconds\n");
  CHECK_FALSE(std::filesystem::exists(logged.directory().file("lan_statistics-..%2Fx.log")));  // it is no LAN
}

TEST_CASE("A collector that a reload disables has its log stopped") {
  LoggedTalk logged;
  Pipeline& pipeline = logged.talk().chain().chain().pipeline();
  logged.log().begin(kStart);
  Settings settings = *pipeline.settings();
  settings.config.collectors.packet_size.enabled = false;
  pipeline.change(settings);
  logged.log().at_step(kStart + 60);
  CHECK(logged.text("packet_size-vB") ==
        "Tue Nov 14 22:13:20 2023; ******** Packet size distribution facility started ********\n"
        "Tue Nov 14 22:14:20 2023; ******** Packet size distribution facility stopped ********\n");
}

TEST_CASE("Events that the queue has no room for are counted, and a line says how many") {
  LoggedTalk logged(config::LogFormat::kNg, true);
  const LogCapture log;
  logged.log().begin(kStart);
  Packet datagram = decoded(PacketBuilder().eth().ipv4().udp().build());
  datagram.time = logged.talk().now();
  logged.talk().chain().feed(std::vector<Packet>(20'000, datagram));
  logged.log().tick(kStart + 60);
  CHECK(logged.events().size() == 16'384);
  CHECK(logged.status().dropped_events == 3616);
  CHECK(log.count("3616 events are not logged") == 1);
  const std::string line =
      "Tue Nov 14 22:14:20 2023; ***** 3616 events are not logged: they came faster than can be written *****\n";
  CHECK(logged.text("ip_traffic-vB").ends_with(line));
}

TEST_CASE("Nothing is written before the beginning") {
  LoggedTalk logged;
  logged.log().at_step(kStart);
  logged.log().reopen();
  logged.log().finish();
  CHECK(std::filesystem::is_empty(logged.directory().path()));
}
