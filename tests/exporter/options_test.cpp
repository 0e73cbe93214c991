// SPDX-License-Identifier: GPL-2.0-or-later
// The command line: every flag, its errors, and flags on top of the configuration file.
#include "options.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/problems.hpp"
#include "support/catch.hpp"
#include "version.hpp"

namespace iptraf {
namespace {

using Arguments = std::vector<std::string>;

Options options_of(const Arguments& arguments) { return std::get<Options>(parse_options(arguments)); }
config::Config config_of(const Arguments& arguments) { return effective_config(options_of(arguments)); }
std::string text_of(const Arguments& arguments) { return std::get<Information>(parse_options(arguments)).text; }

std::string error_of(const Arguments& arguments) {
  try {
    parse_options(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

/// A configuration file that goes with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    std::string name = (std::filesystem::temp_directory_path() / "options_test.XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    REQUIRE(fd >= 0);
    ::close(fd);
    path_ = name;
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

TEST_CASE("Without flags everything has its default", "[options]") {
  const Options options = options_of({});
  CHECK_FALSE(options.config_file.has_value());
  CHECK_FALSE(options.config_check);
  CHECK_FALSE(options.once);
  CHECK(options.web_listen_addresses.empty());
  CHECK(options.web_telemetry_path == "/metrics");
  CHECK(options.run_for == config::Duration{0});
  CHECK(options.log_level == LogLevel::kInfo);
  CHECK(options.log_format == LogStyle::kLogfmt);
  CHECK_FALSE(options.user.has_value());
  CHECK(effective_config(options) == config::Config{});
}

TEST_CASE("Every flag of a capture file is read", "[options]") {
  const Options options =
      options_of({"--capture.file=/tmp/a.pcap", "--capture.device-label=eth7", "--capture.local=10.0.0.0/8",
                  "--capture.local", "02:00:00:00:00:01", "--capture.replay=realtime", "--capture.filter=not port 22",
                  "--once", "--format", "json", "--config.check"});
  CHECK(options.capture_file == "/tmp/a.pcap");
  CHECK(capture_device_label(options) == "eth7");
  REQUIRE(options.capture_local.size() == 2);
  CHECK(std::get<config::Prefix>(options.capture_local[0]).bits == 104);
  CHECK(std::get<MacAddress>(options.capture_local[1]) == MacAddress{2, 0, 0, 0, 0, 1});
  CHECK(options.capture_replay == config::Replay::kRealtime);
  CHECK(options.capture_filter == "not port 22");
  CHECK(options.once);
  CHECK(options.format == OutputFormat::kJson);
  CHECK(options.config_check);
  CHECK(options_of({"--capture.file=-", "--run-for=1s"}).capture_file == "-");
  CHECK(options_of({"--capture.file", "-"}).capture_file == "-");
  CHECK(options_of({"--capture.file=x", "--capture.loop"}).capture_loop);
}

TEST_CASE("The device label of a file is its base name", "[options]") {
  CHECK(capture_device_label(options_of({"--capture.file=/a/b.pcap"})) == "b.pcap");
  CHECK(capture_device_label(options_of({"--capture.file=b.pcap"})) == "b.pcap");
}

TEST_CASE("A path is bytes, whatever they mean", "[options]") {
  for (const char* path : {"/tmp/caf\xe9.pcap", "\xff\xfe", "/a b\n.pcap", "caf\xc3\xa9"}) {
    CHECK(options_of({std::string("--capture.file=") + path}).capture_file == path);
    CHECK(options_of({"--config.file", path}).config_file == path);
  }
  CHECK(error_of({"--capture.file=" + std::string(4096, 'x')}).starts_with("--capture.file: expected a path, got"));
  CHECK(error_of({"--capture.file="}) == "--capture.file: expected a path, got \"\"");
}

TEST_CASE("Flags of interfaces, web, process and log are read", "[options]") {
  const Options options =
      options_of({"--capture.interface=eth0", "--capture.interface", "wg0", "--capture.promiscuous", "--run-for=1h30m",
                  "--web.listen-address=127.0.0.1:0", "--web.listen-address=[::1]:9",
                  "--web.listen-address=unix:/run/x", "--web.telemetry-path=/m", "--user=nobody", "--log.level=debug",
                  "--log.format=json", "--rrd.directory=/srv/rrd"});
  CHECK(options.capture_interfaces == Arguments{"eth0", "wg0"});
  CHECK(options.capture_promiscuous == true);
  CHECK(options.run_for == config::Duration{5400});
  CHECK(options.web_listen_addresses == Arguments{"127.0.0.1:0", "[::1]:9", "unix:/run/x"});
  CHECK(options.web_telemetry_path == "/m");
  CHECK(options.user == "nobody");
  CHECK(options.log_level == LogLevel::kDebug);
  CHECK(options.log_format == LogStyle::kJson);
  CHECK(options.rrd_directory == "/srv/rrd");
}

TEST_CASE("A value may look like anything, brackets and braces included", "[options]") {
  CHECK(options_of({"--capture.file=[a,b]"}).capture_file == "[a,b]");
  CHECK(options_of({"--capture.file", "{}"}).capture_file == "{}");
  CHECK(options_of({"--capture.filter=a=b"}).capture_filter == "a=b");
  CHECK(options_of({"--capture.filter=-x"}).capture_filter == "-x");
  CHECK(options_of({"--capture.filter=", "--config.check"}).capture_filter == "");
}

TEST_CASE("A flag wins over the file, and the file over the default", "[options]") {
  const TemporaryFile file(
      "capture: {interfaces: lo, filter: tcp, promiscuous: true, threads: 2}\n"
      "rrd: {directory: /srv/file}\ncollectors: {tcp: {enabled: false}}\n");
  const std::string flag = "--config.file=" + file.path();
  const config::Config plain = config_of({flag});
  CHECK(plain.capture.interfaces == Arguments{"lo"});
  CHECK(plain.capture.filter == "tcp");
  CHECK(plain.capture.promiscuous);
  CHECK_FALSE(plain.rrd.enabled);
  CHECK_FALSE(plain.collectors.tcp.enabled);
  const config::Config changed =
      config_of({flag, "--capture.interface=eth0", "--capture.filter=", "--capture.promiscuous=false",
                 "--rrd.directory=/srv/flag", "--collector.tcp"});
  CHECK(changed.capture.interfaces == Arguments{"eth0"});
  CHECK(changed.capture.filter.empty());
  CHECK_FALSE(changed.capture.promiscuous);
  CHECK(changed.capture.threads == 2);
  CHECK(changed.rrd.enabled);
  CHECK(changed.rrd.directory == "/srv/flag");
  CHECK(changed.collectors.tcp.enabled);
}

TEST_CASE("Problems of the file come through", "[options]") {
  const TemporaryFile file("web: {port: 1}\n");
  CHECK_THROWS_AS(config_of({"--config.file=" + file.path()}), config::ConfigError);
}

TEST_CASE("Collectors are turned on and off by name, the last flag wins", "[options]") {
  CHECK_FALSE(config_of({"--no-collector.tcp"}).collectors.tcp.enabled);
  CHECK_FALSE(config_of({"--collector.tcp=false"}).collectors.tcp.enabled);
  CHECK(config_of({"--no-collector.tcp", "--collector.tcp"}).collectors.tcp.enabled);
  CHECK_FALSE(config_of({"--collector.tcp", "--no-collector.tcp"}).collectors.tcp.enabled);
  const config::Collectors only = config_of({"--collector.service", "--collector.disable-defaults"}).collectors;
  CHECK(only.service.enabled);
  CHECK_FALSE(only.interface.enabled);
  CHECK_FALSE(only.packet_size.enabled);
  CHECK_FALSE(only.lan_station.enabled);
  CHECK_FALSE(only.tcp.enabled);
  CHECK_FALSE(only.ip_traffic.enabled);
}

TEST_CASE("What cannot be understood is named, with the nearest flag", "[options]") {
  CHECK(error_of({"--confg.file=x"}) == "unknown flag --confg.file; did you mean \"--config.file\"?");
  CHECK(error_of({"--collector.tpc"}) == "unknown flag --collector.tpc; did you mean \"--collector.tcp\"?");
  CHECK(error_of({"--something"}) == "unknown flag --something");
  CHECK(error_of({"-x"}) == "unknown flag -x");
  CHECK(error_of({"--b\x1b[31m\n"}) == "unknown flag --b\\x1b[31m\\x0a");
  CHECK(error_of({"eth0"}) == "unexpected argument \"eth0\"; every setting is a --flag");
  CHECK(error_of({""}) == "unexpected argument \"\"; every setting is a --flag");
  CHECK(error_of({"--run-for"}) == "--run-for needs a value");
  CHECK(error_of({"--config.file", "--once"}) == "--config.file needs a value, but --once follows it");
  CHECK(error_of({"--run-for=1s", "--run-for=2s"}) == "--run-for can be given only once");
}

TEST_CASE("What cannot be understood is named beside --help and --version too", "[options]") {
  for (const char* information : {"--help", "-h", "--version"}) {
    INFO(information);
    CHECK(error_of({information, "--bogus"}) == "unknown flag --bogus");
    CHECK(error_of({"--bogus", information}) == "unknown flag --bogus");
    CHECK(error_of({information, "eth0"}) == "unexpected argument \"eth0\"; every setting is a --flag");
    CHECK(error_of({information, "--once=maybe"}) == "--once: expected true or false, got \"maybe\"");
    CHECK(error_of({information, "--run-for=x"}).starts_with("--run-for: expected"));
    CHECK(error_of({information, "--run-for"}) == "--run-for needs a value");
    CHECK_FALSE(text_of({information, "--once"}).empty());
  }
}

TEST_CASE("A bad value is named with what is expected", "[options]") {
  CHECK(error_of({"--once=maybe"}) == "--once: expected true or false, got \"maybe\"");
  CHECK(error_of({"--no-collector.tcp=99999999999999999999"}) == "expected true or false as the value of a --no- flag");
  CHECK(error_of({"--format=xml"}) == "--format: expected prometheus or json, got \"xml\"");
  CHECK(error_of({"--log.level=trace"}) == "--log.level: expected debug, info, warn or error, got \"trace\"");
  CHECK(error_of({"--log.format="}) == "--log.format: expected logfmt or json, got \"\"");
  CHECK(error_of({"--capture.replay=fast"}) == "--capture.replay: expected asap or realtime, got \"fast\"");
  CHECK(error_of({"--run-for=5"}) ==
        "--run-for: expected a duration from 0 to 36500d such as 10s, 15m or 1h30m, got \"5\"");
  CHECK(error_of({"--config.file="}) == "--config.file: expected a path, got \"\"");
  CHECK(error_of({"--user="}) == "--user: expected the name of a user, got \"\"");
  CHECK(
      error_of({"--capture.file=x", "--capture.local=10.0.0.0/33"}) ==
      "--capture.local: expected an IP address, a network such as 192.0.2.0/24 or a MAC address, got \"10.0.0.0/33\"");
  CHECK(
      error_of({"--capture.interface=a/b"}) ==
      "--capture.interface: expected an interface name of 1 to 15 bytes without '/', ':' or white space, got \"a/b\"");
}

TEST_CASE("Flags that contradict each other or need another are refused", "[options]") {
  const std::string file = "--capture.file=x";
  CHECK(error_of({"--once"}) == "--once needs --capture.file");
  CHECK(error_of({"--capture.loop"}) == "--capture.loop needs --capture.file");
  CHECK(error_of({"--capture.replay=asap"}) == "--capture.replay needs --capture.file");
  CHECK(error_of({"--capture.local=::1"}) == "--capture.local needs --capture.file");
  CHECK(error_of({"--capture.device-label=x"}) == "--capture.device-label needs --capture.file");
  CHECK(error_of({file, "--format=json"}) == "--format needs --once");
  CHECK(error_of({file, "--capture.interface=lo"}) ==
        "--capture.file and --capture.interface exclude each other: packets come from a file or from interfaces");
  CHECK(error_of({file, "--capture.loop", "--once"}) ==
        "--capture.loop and --once exclude each other: a file that starts again has no end to print at");
  CHECK(error_of({"--capture.file=-", "--capture.loop"}) ==
        "--capture.loop and --capture.file=- exclude each other: standard input cannot be read again");
  CHECK(error_of({"--capture.interface=lo", "--capture.interface=all"}) ==
        "--capture.interface: \"all\" stands alone, without other interfaces");
}

TEST_CASE("Listen addresses have one of four forms", "[options]") {
  for (const char* address : {":0", ":65535", "localhost:80", "0.0.0.0:1", "[::]:1", "[fe80::1%eth0]:1", "unix:/x"}) {
    INFO(address);
    CHECK(error_of({"--web.listen-address", address}).empty());
  }
  for (const char* address :
       {"", "80", ":", ":65536", ":http", "::1:80", "[::1]", "[]:1", "a b:1", "unix:", "unix:x"}) {
    INFO(address);
    CHECK(error_of({"--web.listen-address", address}).starts_with("--web.listen-address: "));
  }
}

TEST_CASE("The telemetry path leaves the other pages alone", "[options]") {
  for (const char* path : {"/", "/-/healthy", "/-/ready", "/-/reload", "/api", "/api/v1/packets"}) {
    CHECK(error_of({"--web.telemetry-path", path}) ==
          "--web.telemetry-path: another page is at \"" + std::string(path) + "\"");
  }
  CHECK(error_of({"--web.telemetry-path=m"}) ==
        "--web.telemetry-path: expected a path that begins with / and has no space, ?, # or %, got \"m\"");
  for (const char* path : {"//x", "/../x", "/a/..", "/.", "/a/./b", "/a//b"}) {
    CHECK(error_of({"--web.telemetry-path", path}) ==
          "--web.telemetry-path: expected a path without empty, . and .. parts, got \"" + std::string(path) + "\"");
  }
  for (const char* path : {"/probe/metrics", "/metrics/", "/.well-known/..x"}) {
    CHECK(error_of({"--web.telemetry-path", path}).empty());
  }
}

TEST_CASE("A web configuration is a path, and is read later", "[options]") {
  CHECK(std::get<Options>(parse_options({"--web.config.file=web.yml"})).web_config_file == "web.yml");
  CHECK(error_of({"--web.config.file="}) == "--web.config.file: expected a path, got \"\"");
}

TEST_CASE("The version text names version, revision and compiler", "[options]") {
  CHECK(text_of({"--version"}) == "iptraf_exporter, version " + std::string(version::kVersion) +
                                      " (revision: " + std::string(version::kRevision) +
                                      ")\n  compiler: " + std::string(version::kCompiler) + "\n");
}

TEST_CASE("The help text shows every flag with its default in less than 100 columns", "[options]") {
  const std::string help = text_of({"--help"});
  CHECK(text_of({"-h", "--once"}) == help);
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() < 100);
  for (const char* part : {"--config.file=FILE", "--capture.interface=NAME", "(default: auto)", "--[no-]collector.tcp",
                           "(default: :10137)", "(default: /metrics)", "--log.level=debug|info|warn|error",
                           "--run-for=DURATION", "--format=prometheus|json", "--capture.replay=asap|realtime"}) {
    INFO(part);
    CHECK(help.find(part) != std::string::npos);
  }
}

}  // namespace iptraf
