// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the JSON document: one array per facility, exact rows, nesting, and text that needs escapes.
#include "output/json.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "collectors/reference_frames.hpp"
#include "core/row_writer.hpp"
#include "support/catch.hpp"
#include "support/run_offline.hpp"

using namespace iptraf;
using namespace iptraf::test;

namespace {

/// Writes one row of every kind of value.
bool write_nested(RowWriter& row) {
  row.begin_object();
  row.text("t", "a\"\\\n");
  row.number("n", 18446744073709551615U);
  row.boolean("b", true);
  row.begin_object("o");
  row.begin_array("list");
  row.number({}, 1);
  row.begin_object();
  row.end_object();
  row.end_array();
  row.end_object();
  row.end_object();
  return true;
}

/// A cursor that calls `write` that many times.
template <typename Write>
RowCursor times(std::size_t count, Write write) {
  return [count, write](RowWriter& row) mutable { return count-- > 0 && write(row); };
}

constexpr const char* kNestedText = R"({"t":"a\"\\\n","n":18446744073709551615,"b":true,"o":{"list":[1,{}]}})";

CollectorSpec spec_of(std::string_view json_key, RowCursor (*open_rows)(const Snapshot&, const RowQuery&)) {
  CollectorSpec spec;
  spec.json_key = json_key;
  spec.open_rows = open_rows;
  return spec;
}

const CollectorSpec kNested =
    spec_of("nested", [](const Snapshot&, const RowQuery&) { return times(1, write_nested); });
const CollectorSpec kTwice = spec_of("twice", [](const Snapshot&, const RowQuery&) { return times(2, write_nested); });
const CollectorSpec kEmpty = spec_of("empty", [](const Snapshot&, const RowQuery&) { return times(0, write_nested); });
const CollectorSpec kRowless = spec_of("rowless", nullptr);

std::string document_of(std::vector<const CollectorSpec*> specs) {
  const auto view = std::make_shared<const View>(View{{}, std::move(specs), nullptr});
  return output::to_json_document(Snapshot(view, {}, DeviceArray{}));
}

std::string all_of(RowCursor rows) {
  std::string text;
  output::JsonRows(std::move(rows)).append_to(text, std::numeric_limits<std::size_t>::max());
  return text;
}

}  // namespace

TEST_CASE("A document is exactly this text") {
  const std::string nested = kNestedText;
  CHECK(document_of({&kNested, &kRowless, &kTwice, &kEmpty}) ==
        "{\n\"nested\": [\n" + nested + "\n],\n\"twice\": [\n" + nested + ",\n" + nested + "\n],\n\"empty\": []\n}\n");
  CHECK(document_of({&kRowless}) == "{}\n");
  CHECK(document_of({}) == "{}\n");
}

TEST_CASE("Rows in pieces are the same text") {
  const std::string whole = all_of(times(100, write_nested));
  for (const std::size_t piece_bytes : {std::size_t{1}, std::size_t{100}, std::size_t{1000}}) {
    output::JsonRows rows(times(100, write_nested));
    std::string text;
    bool has_more = true;
    while (has_more) {
      std::string piece;
      has_more = rows.append_to(piece, piece_bytes);
      CHECK(piece.size() < piece_bytes + 100);
      text += piece;
    }
    CHECK(text == whole);
    CHECK_FALSE(rows.append_to(text, 1));
    CHECK(text == whole);
  }
}

TEST_CASE("A time is seconds since the epoch with microseconds") {
  const auto text_of = [](Timestamp time) {
    return all_of(times(1, [time](RowWriter& row) {
      row.begin_object();
      row.time("at", time);
      row.end_object();
      return true;
    }));
  };
  CHECK(text_of(1'700'000'000'123'456'789) == "[\n{\"at\":1700000000.123456}\n]");
  CHECK(text_of(1'700'000'000'000'000'000) == "[\n{\"at\":1700000000.0}\n]");
  CHECK(text_of(0) == "[\n{\"at\":0.0}\n]");
}

TEST_CASE("Text that is no UTF-8 is mended in keys and values") {
  const std::string text = all_of(times(1, [](RowWriter& row) {
    row.begin_object();
    row.text("k\xff", "a\xc3(\xed\xa0\x80\xf4");
    row.end_object();
    return true;
  }));
  const auto json = nlohmann::json::parse(text);
  CHECK(json.at(0).begin().key() == "k\xef\xbf\xbd");
  CHECK(json.at(0).begin().value().get<std::string>().substr(0, 5) == "a\xef\xbf\xbd(");
  CHECK(output::to_json_string("\xff\"") == "\"\xef\xbf\xbd\\\"\"");
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
