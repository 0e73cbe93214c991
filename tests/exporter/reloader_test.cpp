// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of Reloader: a good file takes effect, a bad one changes nothing and says why.
#include "reloader.hpp"

#include <cstdio>
#include <fstream>

#include "support/capture_writer.hpp"
#include "support/catch.hpp"
#include "support/run_offline.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

/// A pipeline that was started with an empty configuration file, which the test rewrites.
struct Fixture {
  Fixture() { options.config_file = file.path(); }

  void write(const std::string& text) const { std::ofstream(file.path(), std::ios::trunc) << text; }
  std::optional<std::string> reload() { return reloader.reload(); }
  double is_successful() { return chain.page().value("iptraf_config_last_reload_successful"); }

  TemporaryFile file{Bytes{}};
  Options options;
  LiveChain chain;
  Reloader reloader{options, chain.chain().pipeline()};
};

}  // namespace

TEST_CASE("A good file is in effect when the reload returns") {
  Fixture fixture;
  CHECK(fixture.is_successful() == 1);
  fixture.write("collectors: {tcp: {max_connections: 77}}");
  CHECK_FALSE(fixture.reload());
  CHECK(fixture.chain.page().value("iptraf_table_capacity{table=\"tcp\"}") == 77);
  CHECK(fixture.is_successful() == 1);
}

TEST_CASE("A file with an error changes nothing, says where, and a good one mends it") {
  Fixture fixture;
  fixture.write("collectors: {tcp: {max_connections: 77}, service: {max_prots: 3}}");
  const std::optional<std::string> problem = fixture.reload();
  REQUIRE(problem);
  CHECK(problem->find(":1:") != std::string::npos);
  CHECK(problem->find("max_ports") != std::string::npos);
  CHECK(fixture.chain.page().value("iptraf_table_capacity{table=\"tcp\"}") == 65536);
  CHECK(fixture.is_successful() == 0);
  fixture.write("");
  CHECK_FALSE(fixture.reload());
  CHECK(fixture.is_successful() == 1);
}

TEST_CASE("A file that has become empty changes nothing, one that says that it sets nothing does") {
  Fixture fixture;
  CHECK_FALSE(fixture.reload());
  fixture.write("limits: {max_series: 1234}");
  CHECK_FALSE(fixture.reload());
  fixture.write("");
  CHECK(fixture.reload() ==
        fixture.file.path() + ": the file is empty; if all settings are to have their defaults, write {} into it");
  CHECK(fixture.chain.chain().pipeline().settings()->config.limits.max_series == 1234);
  fixture.write("{}");
  CHECK_FALSE(fixture.reload());
  CHECK(fixture.chain.chain().pipeline().settings()->config == config::Config{});
}

TEST_CASE("A file that is gone, a host that does not resolve and a key that needs a restart change nothing") {
  Fixture fixture;
  for (const std::string text : {"capture: {threads: 2}\nlimits: {max_series: 9}\n", "web: {timeout: 3s}\n",
                                 "filters: {f: [{a: {address: no-such-host.invalid}, action: include}]}\n",
                                 "collectors: {lan_station: {description_files: [/nonexistent]}}\n"}) {
    fixture.write(text);
    CHECK(fixture.reload());
    CHECK(fixture.is_successful() == 0);
    CHECK(fixture.chain.chain().pipeline().settings()->config == config::Config{});
  }
  std::remove(fixture.file.path().c_str());
  CHECK(fixture.reload());
}

TEST_CASE("Settings that were handed out stay as they were when a reload replaces them") {
  Fixture fixture;
  const Pipeline& pipeline = fixture.chain.chain().pipeline();
  const auto before = pipeline.settings();
  CHECK(pipeline.settings() == before);
  fixture.write("web: {open_api: true}");
  CHECK_FALSE(fixture.reload());
  CHECK_FALSE(before->config.web.open_api);
  CHECK(pipeline.settings()->config.web.open_api);
}

TEST_CASE("The version of the settings changes when a reload has taken effect, and only then") {
  Fixture fixture;
  const Pipeline& pipeline = fixture.chain.chain().pipeline();
  CHECK(pipeline.settings_version() == 0);
  fixture.write("capture: {threads: 2}");
  CHECK(fixture.reload());
  CHECK(pipeline.settings_version() == 0);
  fixture.write("web: {open_api: true}");
  CHECK_FALSE(fixture.reload());
  CHECK(pipeline.settings_version() == 1);
}

TEST_CASE("Flags stay on top of the file") {
  Fixture fixture;
  fixture.options.collectors["tcp"] = false;
  fixture.write("collectors: {tcp: {enabled: true}}");
  CHECK_FALSE(fixture.reload());
  CHECK_FALSE(fixture.chain.page().has("iptraf_table_capacity{table=\"tcp\"}"));
}
