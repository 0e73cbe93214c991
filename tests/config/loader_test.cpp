// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration file: defaults, every key, and where files are read from.
#include "config/loader.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/collector_list.hpp"
#include "config/schema.hpp"
#include "support/catch.hpp"

namespace iptraf::config {
namespace {

namespace fs = std::filesystem;

fs::path default_file() { return fs::path(IPTRAF_SOURCE_DIR) / "config/iptraf_exporter.yml"; }

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A folder of its own that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "loader_test.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { fs::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string load_error(const std::string& path) {
  try {
    load_file(path);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

/// Every key once, none with its default.
constexpr std::string_view kFullText = R"(capture:
  interfaces: [eth0, wg0]
  exclude: [veth*, docker0]
  promiscuous: true
  filter: "not port 22"
  threads: 2
  ring_mib: 4096
  snapshot_length: 128
  offload: estimate
  file_mtu: 9000
filters:
  web:
    - {protocol: [tcp, 101-104, 0], a: {address: any}, b: {address: any, port: 80}, action: include}
    - {a: {address: 2001:db8::/32}, b: {address: www.example.org, port: 8000-8080}, action: include}
    - {protocol: udp, a: {address: 192.168.0.7, mask: 255.255.0.255},
       b: {address: 10.0.0.0/8, port: [53, 5353-5355]}, action: exclude, both_ways: false}
    - {a: {address: 192.0.2.1, port: 1}, b: {address: 192.0.2.2, mask: 255.255.255.0}, action: include}
collectors:
  interface: {enabled: false, filter: web, devices: [eth*]}
  packet_size: {enabled: false, filter: web, devices: [eth0]}
  service: {enabled: false, filter: web, devices: [a], additional_ports: [8080, 6660-6669], max_ports: 131070}
  lan_station:
    enabled: false
    filter: web
    devices: [b, c]
    max_stations: 16
    idle: 1h30m
    descriptions: {"02:00:00:00:00:0A": "printer", 02-00-00-00-00-0b: Küche}
    description_files: [/etc/ethers]
  tcp: {enabled: false, filter: web, devices: [d], timeout: 500ms, closed_persistence: 0, max_connections: 1}
  ip_traffic:
    {enabled: false, filter: web, devices: [e], arp: false, rarp: false, non_ip: false, protocols: [icmp, other]}
names: {services: false, vendors: false, reverse_lookup: true}
rrd: {enabled: true, directory: /srv/rrd, step: 10s, daemon: "unix:/run/rrdcached.sock", ds_type: COUNTER,
      services: [udp/53, tcp/65535], archives: [1x10, 12x300]}
iptraf_log: {enabled: true, directory: /srv/log, interval: 1m, format: 2.5, packets: true}
limits: {max_series: 100}
web: {max_connections: 10000, timeout: 1s, open_api: true}
)";

std::vector<FilterRule> expected_rules() {
  FilterRule first{{"tcp", "101-104", "0"}, {}, {"any", "", {{80, 80}}}, true, true, 13};
  FilterRule second{{}, {"2001:db8::/32", "", {}}, {"www.example.org", "", {{8000, 8080}}}, true, true, 14};
  FilterRule third{
      {"udp"}, {"192.168.0.7", "255.255.0.255", {}}, {"10.0.0.0/8", "", {{53, 53}, {5353, 5355}}}, false, false, 15};
  FilterRule fourth{{}, {"192.0.2.1", "", {{1, 1}}}, {"192.0.2.2", "255.255.255.0", {}}, true, true, 17};
  return {first, second, third, fourth};
}

void set_collectors(Collectors& all) {
  for (const CollectorEntry& entry : kCollectors) {
    entry.settings(all).enabled = false;
    entry.settings(all).filter = "web";
  }
  all.interface.devices = {"eth*"};
  all.packet_size.devices = {"eth0"};
  all.service.devices = {"a"};
  all.service.additional_ports = {{8080, 8080}, {6660, 6669}};
  all.service.max_ports = 131070;
  all.lan_station.devices = {"b", "c"};
  all.lan_station.max_stations = 16;
  all.lan_station.idle = {5400};
  all.lan_station.descriptions = {{"02:00:00:00:00:0a", "printer"}, {"02:00:00:00:00:0b", "Küche"}};
  all.lan_station.description_files = {"/etc/ethers"};
  all.tcp.devices = {"d"};
  all.tcp.timeout = {0.5};
  all.tcp.closed_persistence = {0};
  all.tcp.max_connections = 1;
  all.ip_traffic.devices = {"e"};
  all.ip_traffic.arp = all.ip_traffic.rarp = all.ip_traffic.non_ip = false;
  all.ip_traffic.protocols = {"icmp", "other"};
}

Config full_config() {
  Config config;
  config.capture = {{"eth0", "wg0"}, {"veth*", "docker0"}, true, "not port 22", 2, 4096, 128, Offload::kEstimate, 9000};
  config.filters["web"] = expected_rules();
  set_collectors(config.collectors);
  config.names = {false, false, true};
  config.rrd = {true,
                "/srv/rrd",
                {10},
                "unix:/run/rrdcached.sock",
                RrdType::kCounter,
                {{false, 53}, {true, 65535}},
                {{1, 10}, {12, 300}}};
  config.iptraf_log = {true, "/srv/log", {60}, LogFormat::k25, true};
  config.limits = {100};
  config.web = {10000, {1}, true};
  return config;
}

/// The paths of all keys in a document; below `filters` the name is NAME, list items are transparent.
void collect_keys(const Node& node, const std::string& path, std::vector<std::string>& keys) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (node.kind == Node::Kind::kList) {
      collect_keys(node.items[i], path, keys);
      continue;
    }
    const std::string key = path == "filters" ? "NAME" : node.keys[i].text;
    const std::string below = join_path(path, key);
    keys.push_back(below);
    if (below != "collectors.lan_station.descriptions") collect_keys(node.items[i], below, keys);
  }
}

std::vector<std::string> keys_of(std::string_view text) {
  Problems problems;
  const auto root = read_yaml(text, problems);
  REQUIRE(root.has_value());
  std::vector<std::string> keys;
  collect_keys(*root, "", keys);
  return keys;
}

}  // namespace

TEST_CASE("An empty configuration is the defaults", "[config]") {
  for (const char* text : {"", "\n", "# a comment\n", "---\n", "{}", "~", "capture:\nweb:\n", "collectors: {tcp: }"}) {
    INFO(text);
    CHECK(parse(text, "f.yml") == Config{});
  }
}

TEST_CASE("The default file says what the program does without it", "[config]") {
  CHECK(load_file(default_file().string()) == Config{});
}

TEST_CASE("The default file shows every key of the schema", "[config]") {
  const std::string text = read_text(default_file());
  const std::vector<std::string> shown = keys_of(text);
  for (const std::string& key : schema_keys()) {
    INFO(key);
    if (key.starts_with("filters.")) {
      CHECK(text.find(key.substr(key.rfind('.') + 1) + ": ") != std::string::npos);
    } else {
      CHECK(std::count(shown.begin(), shown.end(), key) == 1);
    }
  }
}

TEST_CASE("The full configuration of this test has every key of the schema", "[config]") {
  const std::vector<std::string> shown = keys_of(kFullText);
  for (const std::string& key : schema_keys()) {
    INFO(key);
    CHECK(std::count(shown.begin(), shown.end(), key) >= 1);
  }
}

TEST_CASE("Every key of the file reaches its member", "[config]") {
  const Config config = parse(kFullText, "f.yml");
  const Config expected = full_config();
  CHECK(config.capture == expected.capture);
  CHECK(config.filters == expected.filters);
  CHECK(config.collectors.interface == expected.collectors.interface);
  CHECK(config.collectors.packet_size == expected.collectors.packet_size);
  CHECK(config.collectors.service == expected.collectors.service);
  CHECK(config.collectors.lan_station == expected.collectors.lan_station);
  CHECK(config.collectors.tcp == expected.collectors.tcp);
  CHECK(config.collectors.ip_traffic == expected.collectors.ip_traffic);
  CHECK(config.names == expected.names);
  CHECK(config.rrd == expected.rrd);
  CHECK(config.iptraf_log == expected.iptraf_log);
  CHECK(config.limits == expected.limits);
  CHECK(config.web == expected.web);
}

TEST_CASE("The collector list and the schema name the same collectors in the same order", "[config]") {
  std::vector<std::string> from_list;
  for (const CollectorEntry& entry : kCollectors) from_list.emplace_back(entry.name);
  std::vector<std::string> from_schema;
  for (const std::string& key : schema_keys()) {
    const bool is_collector = key.starts_with("collectors.") && key.find('.', 11) == std::string::npos;
    if (is_collector) from_schema.push_back(key.substr(11));
  }
  CHECK(from_list == from_schema);
}

TEST_CASE("A single interface may stand without brackets, and the words auto and all are kept", "[config]") {
  CHECK(parse("capture: {interfaces: eth0}", "f").capture.interfaces == std::vector<std::string>{"eth0"});
  CHECK(parse("capture: {interfaces: all}", "f").capture.interfaces == std::vector<std::string>{"all"});
  CHECK(parse("capture: {interfaces: [auto]}", "f").capture.interfaces == std::vector<std::string>{"auto"});
}

TEST_CASE("The word all stands for every protocol, as a missing key does", "[config]") {
  CHECK(parse("filters: {w: [{protocol: all, action: include}]}", "f").filters.at("w")[0].protocols.empty());
  CHECK(parse("filters: {w: [{action: include}]}", "f").filters.at("w")[0].protocols.empty());
  CHECK(parse("collectors: {ip_traffic: {protocols: all}}", "f").collectors.ip_traffic.protocols.empty());
}

TEST_CASE("A log format that looks like a number needs no quotes", "[config]") {
  CHECK(parse("iptraf_log: {format: 2.7}", "f").iptraf_log.format == LogFormat::k27);
  CHECK(parse("iptraf_log: {format: \"2.5\"}", "f").iptraf_log.format == LogFormat::k25);
  CHECK(parse("iptraf_log: {format: ng}", "f").iptraf_log.format == LogFormat::kNg);
}

TEST_CASE("A byte order mark and carriage returns do no harm", "[config]") {
  CHECK(parse("\xEF\xBB\xBFweb:\r\n  open_api: true\r\n", "f").web.open_api);
}

TEST_CASE("What is not a regular file is refused without being opened", "[config]") {
  const TemporaryFolder folder;
  const std::string fifo = folder.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(load_error(fifo) == fifo + ": must be a regular file, but is a FIFO");
  CHECK(load_error(folder.file("")) == folder.file("") + ": must be a regular file, but is a directory");
  CHECK(load_error("/dev/zero") == "/dev/zero: must be a regular file, but is a device");
}

TEST_CASE("A file that is not there is named", "[config]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("none.yml");
  CHECK(load_error(path) == path + ": cannot be opened: No such file or directory");
}

TEST_CASE("A file over one mebibyte is refused, one of exactly that size is read", "[config]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("big.yml");
  std::ofstream(path) << std::string(kMaxDocumentBytes, '#');
  CHECK(load_error(path).empty());
  std::ofstream(path, std::ios::app) << '#';
  CHECK(load_error(path) == path + ": larger than the limit of 1048576 bytes");
}

}  // namespace iptraf::config
