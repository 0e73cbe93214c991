// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the JSON document: one array per facility, exact rows, nesting, and text that needs escapes.
#include "output/json.hpp"

#include <nlohmann/json.hpp>

#include "collectors/reference_frames.hpp"
#include "core/row_writer.hpp"
#include "support/catch.hpp"
#include "support/run_offline.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

void write_nested(const Snapshot& /*snapshot*/, const names::NameTables& /*names*/, RowWriter& rows) {
  rows.begin_object();
  rows.text("t", "a\"\\\n");
  rows.number("n", 18446744073709551615U);
  rows.boolean("b", true);
  rows.begin_object("o");
  rows.begin_array("list");
  rows.number({}, 1);
  rows.begin_object();
  rows.end_object();
  rows.end_array();
  rows.end_object();
  rows.end_object();
}

const CollectorSpec kNested{
    .name = "nested", .facility = "none", .metrics = {}, .json_key = "rows", .write_rows = write_nested};
const CollectorSpec kRowless{.name = "rowless", .facility = "none", .metrics = {}, .json_key = "nothing"};

}  // namespace

TEST_CASE("A document is exactly this text") {
  const Snapshot snapshot({}, {}, DeviceArray{});
  const CollectorSpec* const specs[] = {&kNested, &kRowless};
  CHECK(output::to_json_document(snapshot, specs, {}) ==
        "{\n \"rows\": [\n  {\n   \"t\": \"a\\\"\\\\\\n\",\n   \"n\": 18446744073709551615,\n   \"b\": true,\n"
        "   \"o\": {\n    \"list\": [\n     1,\n     {}\n    ]\n   }\n  }\n ]\n}\n");
  CHECK(output::to_json_document(snapshot, {}, {}) == "{}\n");
}

TEST_CASE("Vector V as JSON has the rows of the facilities") {
  const auto json = nlohmann::json::parse(run_frames(vector_v(), with_local_mac_b()).json);
  const auto& interface = json.at("interfaces").at(0);
  CHECK(interface.at("device") == "vB");
  CHECK(interface.at("up") == true);
  CHECK(interface.at("mtu_bytes") == 1500);
  CHECK(interface.at("receive").at("packets") == 5);
  CHECK(interface.at("receive").at("bytes") == 368);
  CHECK(interface.at("receive").at("ip_bytes") == 200);
  CHECK(interface.at("receive").at("checksum_errors") == 1);
  CHECK(interface.at("transmit").at("bytes") == 1514);
  CHECK(interface.at("protocols").size() == 13);

  const auto& sizes = json.at("packet_sizes").at(0);
  CHECK(sizes.at("receive").at("packets") == 5);
  CHECK(sizes.at("receive").at("bytes") == 298);
  CHECK(sizes.at("receive").at("buckets").size() == 21);
  CHECK(sizes.at("receive").at("buckets").at(0) == nlohmann::json{{"up_to_bytes", 75}, {"packets", 4}});
  CHECK(sizes.at("receive").at("buckets").at(20) == nlohmann::json{{"packets", 0}});

  const auto& services = json.at("services");
  REQUIRE(services.size() == 2);
  CHECK(services.at(0) == nlohmann::json{{"device", "vB"},
                                         {"protocol", "tcp"},
                                         {"port", 80},
                                         {"name", ""},
                                         {"in_packets", 1},
                                         {"in_bytes", 40},
                                         {"out_packets", 1},
                                         {"out_bytes", 1500}});
  CHECK(services.at(1).at("port") == 53);
}

TEST_CASE("What is over the limit is a row with port other") {
  OfflineSettings settings;
  settings.chain.config.collectors.service.max_ports = 1;
  const auto json = nlohmann::json::parse(run_frames(vector_v(), settings).json);
  const auto& services = json.at("services");
  REQUIRE(services.size() == 2);
  CHECK(services.at(0).at("port") == 80);
  CHECK(services.at(1).at("port") == "other");
  CHECK(services.at(1).at("in_packets") == 1);
}

TEST_CASE("A device name of any bytes gives valid JSON") {
  OfflineSettings settings;
  settings.device = "a\"\\\xff\n\xc3\xa9";
  const auto json = nlohmann::json::parse(run_frames(vector_v(), settings).json);
  CHECK(json.at("interfaces").at(0).at("device") == "a\"\\\\xff\\x0a\xc3\xa9");
}
