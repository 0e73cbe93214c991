// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of Settings: what a configuration needs beyond its text, and what only a restart can change.
#include "settings.hpp"

#include "config/problems.hpp"
#include "support/capture_writer.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "support/packet_builder.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

std::string problems_of(const config::Config& config) {
  try {
    prepare(config);
  } catch (const config::ConfigError& error) {
    return error.what();
  }
  return {};
}

config::FilterRule bad_rule() {
  config::FilterRule rule;
  rule.a.address = "no-such-host.invalid";
  rule.line = 7;
  return rule;
}

Bytes bytes(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("A filter whose host name does not resolve is an error that names the rule") {
  config::Config config;
  config.filters["bad"] = {bad_rule()};
  const std::string problems = problems_of(config);
  CHECK(problems.find("filters.bad[0].a.address (line 7)") != std::string::npos);
  CHECK(problems.find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("A description file that is not there is an error that names it") {
  config::Config config;
  config.collectors.lan_station.description_files = {"/nonexistent/ethernet.desc"};
  CHECK(problems_of(config).find("/nonexistent/ethernet.desc") != std::string::npos);
}

TEST_CASE("Descriptions come from the configuration and from files, and bad lines do not matter") {
  const TemporaryFile file(bytes("0200000000aa:printer\nnonsense\n02:00:00:00:00:bb scanner\n"));
  config::Config config;
  config.collectors.lan_station.description_files = {file.path()};
  config.collectors.lan_station.descriptions = {{"02:00:00:00:00:cc", "router"}};
  const Settings settings = prepare(config);
  CHECK(settings.names->descriptions.find(mac("02:00:00:00:00:aa")) == "printer");
  CHECK(settings.names->descriptions.find(mac("02:00:00:00:00:bb")) == "scanner");
  CHECK(settings.names->descriptions.find(mac("02:00:00:00:00:cc")) == "router");
}

TEST_CASE("Every load warns once of each description that is too long, by file and line or by key") {
  const TemporaryFile file(bytes("0200000000aa:printer\n0200000000bb:" + std::string(130, 'b') + "\n"));
  config::Config config;
  config.collectors.lan_station.description_files = {file.path()};
  config.collectors.lan_station.descriptions = {{"02:00:00:00:00:cc", std::string(131, 'c')}};
  for (int load = 0; load < 2; ++load) {
    const LogCapture log;
    prepare(config);
    CHECK(log.count("warning " + file.path() + ":2: expected a description of at most 128 bytes, got 130;") == 1);
    CHECK(log.count("warning collectors.lan_station.descriptions.02:00:00:00:00:cc: expected a description") == 1);
    CHECK(log.count("warning") == 2);
  }
}

TEST_CASE("Names that are switched off are not there") {
  config::Config config;
  config.names.services = false;
  config.names.vendors = false;
  const Settings settings = prepare(config);
  CHECK(settings.names->services.find("tcp", 22).empty());
  CHECK(settings.names->vendors.vendor(mac("00:00:0c:00:00:01")).empty());
  CHECK(settings.names->hosts == nullptr);
}

TEST_CASE("Reverse lookup goes on with its cache over a reload") {
  config::Config config;
  config.names.reverse_lookup = true;
  const Settings first = prepare(config);
  REQUIRE(first.names->hosts != nullptr);
  CHECK(prepare(config, first.names.get()).names->hosts == first.names->hosts);
  CHECK(prepare({}, first.names.get()).names->hosts == nullptr);
}

TEST_CASE("What belongs to the sockets cannot be changed, each key by its name") {
  const config::Config running;
  config::Config wanted;
  CHECK(restart_problems(running, wanted).empty());
  wanted.collectors.tcp.max_connections = 5;
  wanted.limits.max_series = 7;
  wanted.web.open_api = true;
  wanted.names.reverse_lookup = true;
  wanted.iptraf_log.packets = true;
  CHECK(restart_problems(running, wanted).empty());
  wanted.iptraf_log = {true, "/srv/log", {60}, config::LogFormat::k25, true};
  wanted.capture = {{"eth0"}, {"veth*"}, true, "tcp", 2, 8, 128, config::Offload::kExact, 9000};
  wanted.web.max_connections = 3;
  wanted.web.timeout = {1};
  const std::vector<std::string> problems = restart_problems(running, wanted);
  CHECK(problems.size() == 15);
  CHECK(problems.at(4) == "capture.threads cannot be changed without a restart");
}
