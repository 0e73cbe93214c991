// SPDX-License-Identifier: GPL-2.0-or-later
// Queries of API pages: what is read, and what each refusal says.
#include "web/row_query.hpp"

#include "snapshot_fixture.hpp"
#include "support/catch.hpp"

namespace {

using iptraf::RowQuery;
using iptraf::test::kNumbers;
using iptraf::test::snapshot_with;
using iptraf::web::parse_row_query;
using iptraf::web::RowQueryError;
using Query = std::multimap<std::string, std::string>;

RowQuery parse(const Query& query) { return parse_row_query(kNumbers, snapshot_with(1)->devices(), query); }

std::string refusal(const Query& query) {
  try {
    parse(query);
  } catch (const RowQueryError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("an empty query wants everything", "[web]") {
  const RowQuery query = parse({});
  CHECK_FALSE(query.device);
  CHECK(query.choices.empty());
  CHECK(query.limit == std::numeric_limits<std::size_t>::max());
}

TEST_CASE("device, limit and the page's own parameters are read", "[web]") {
  const RowQuery query = parse({{"device", "lo"}, {"limit", "10"}, {"order", "down"}, {"colour", "blue"}});
  CHECK(query.device == 1);
  CHECK(query.limit == 10);
  CHECK(query.choice("order") == std::size_t{1});
  CHECK(query.choice("colour") == std::size_t{2});
  CHECK_FALSE(parse({{"order", "up"}}).choice("colour"));
  CHECK(parse({{"limit", "1"}}).limit == 1);
  CHECK(parse({{"limit", "1000000"}}).limit == 1000000);
}

TEST_CASE("a limit that is no whole number from 1 to 1000000 is refused", "[web]") {
  const char* limit = GENERATE("0", "1000001", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "ten", "",
                               "18446744073709551616", "99999999999999999999999");
  CHECK(refusal({{"limit", limit}}) ==
        "parameter \"limit\" is \"" + std::string(limit) + "\"; accepted: a whole number from 1 to 1000000");
}

TEST_CASE("a device that is not there is refused with those that are", "[web]") {
  CHECK(refusal({{"device", "eth1"}}) == "parameter \"device\" is \"eth1\"; accepted: eth0, lo");
  CHECK(refusal({{"device", ""}}) == "parameter \"device\" is \"\"; accepted: eth0, lo");
  CHECK(refusal({{"device", "ETH0"}}) == "parameter \"device\" is \"ETH0\"; accepted: eth0, lo");
  const iptraf::DeviceArray none;
  CHECK_THROWS_WITH(parse_row_query(kNumbers, none, {{"device", ""}}),
                    "parameter \"device\" is \"\"; accepted: nothing, for there is no device yet");
}

TEST_CASE("a word that the parameter does not know is refused with those it knows", "[web]") {
  CHECK(refusal({{"order", "sideways"}}) == "parameter \"order\" is \"sideways\"; accepted: up, down");
  CHECK(refusal({{"colour", ""}}) == "parameter \"colour\" is \"\"; accepted: red, green, blue");
  CHECK(refusal({{"colour", "Red"}}) == "parameter \"colour\" is \"Red\"; accepted: red, green, blue");
}

TEST_CASE("an unknown parameter is refused with those that the page takes", "[web]") {
  CHECK(refusal({{"sort", "bytes"}}) ==
        "unknown parameter \"sort\" with value \"bytes\"; accepted: device, limit, order, colour");
  CHECK(refusal({{"", ""}}) == "unknown parameter \"\" with value \"\"; accepted: device, limit, order, colour");
  CHECK(refusal({{"Limit", "1"}}).find("unknown parameter \"Limit\"") == 0);
}

TEST_CASE("a parameter that is given twice is refused", "[web]") {
  CHECK(refusal({{"limit", "1"}, {"limit", "1"}}) ==
        "parameter \"limit\" is \"1\"; accepted: one value, and it is given twice");
  CHECK(refusal({{"device", "lo"}, {"device", "eth0"}}).find("given twice") != std::string::npos);
  CHECK(refusal({{"order", "up"}, {"order", "down"}}).find("given twice") != std::string::npos);
}

TEST_CASE("what is no text in a refused query is shown as bytes", "[web]") {
  CHECK(refusal({{"device", "\xff\n"}}).find("\"\\xff\\x0a\"") != std::string::npos);
  CHECK(refusal({{"\x01", "\x02"}}).find("\"\\x01\" with value \"\\x02\"") != std::string::npos);
}

}  // namespace
