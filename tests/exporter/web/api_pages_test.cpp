// SPDX-License-Identifier: GPL-2.0-or-later
// The API's answers: rows as JSON, whole or in pieces, and its errors.
#include "web/api_pages.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "capture/snapshotter.hpp"
#include "snapshot_fixture.hpp"
#include "support/catch.hpp"
#include "web_fixture.hpp"

namespace {

using iptraf::CollectorSpec;
using iptraf::Snapshot;
using iptraf::test::get;
using iptraf::test::kCostlyNumbers;
using iptraf::test::kNumbers;
using iptraf::test::snapshot_with;
using iptraf::web::ApiPages;
using iptraf::web::Clock;
using iptraf::web::LoanTakenBack;
using iptraf::web::Request;
using iptraf::web::Response;
using Json = nlohmann::json;
using Query = std::multimap<std::string, std::string>;

Request request_for(Query query) {
  Request request;
  request.path = "/api/v1/numbers";
  request.query = std::move(query);
  return request;
}

/// All of an answer, its pieces pulled one by one.
std::string whole(Response response) {
  std::string text = std::move(response.body);
  bool has_more = static_cast<bool>(response.next_piece);
  while (has_more) {
    std::string piece;
    has_more = response.next_piece(piece);
    CHECK_FALSE(piece.empty());
    CHECK(piece.size() < 2 * ApiPages::kPieceBytes);
    text += piece;
  }
  return text;
}

/// What was asked of the capture side.
struct Taken {
  int with_rows = 0;
  int without_rows = 0;
};

ApiPages pages_of(std::uint64_t count, Taken& taken) {
  return ApiPages([count, &taken](bool with_rows) {
    ++(with_rows ? taken.with_rows : taken.without_rows);
    return snapshot_with(count);
  });
}

TEST_CASE("an answer is exactly this text", "[web]") {
  ApiPages pages([](bool) { return snapshot_with(2); });
  const Response response = pages.answer(kNumbers, request_for({}));
  CHECK(response.status == 200);
  CHECK(response.content_type == "application/json");
  CHECK(response.headers == std::map<std::string, std::string>{{"Cache-Control", "no-store"}});
  CHECK_FALSE(response.next_piece);
  CHECK(response.body == "{\"status\":\"success\",\"data\":[\n{\"n\":0},\n{\"n\":1}\n]}\n");
}

TEST_CASE("an answer without rows has an empty array", "[web]") {
  ApiPages pages([](bool) { return snapshot_with(2); });
  CHECK(pages.answer(kNumbers, request_for({{"device", "lo"}})).body == "{\"status\":\"success\",\"data\":[]}\n");
}

TEST_CASE("a large answer comes in pieces and is the same JSON", "[web]") {
  ApiPages pages([](bool) { return snapshot_with(20000); });
  Response response = pages.answer(kNumbers, request_for({}));
  REQUIRE(response.next_piece);
  CHECK(response.body.size() < 2 * ApiPages::kPieceBytes);
  const Json json = Json::parse(whole(std::move(response)));
  CHECK(json.at("status") == "success");
  REQUIRE(json.at("data").size() == 20000);
  CHECK(json.at("data").at(0).at("n") == 0);
  CHECK(json.at("data").at(19999).at("n") == 19999);
}

TEST_CASE("device, limit and the facility's own parameters choose rows", "[web]") {
  ApiPages pages([](bool) { return snapshot_with(20000); });
  CHECK(pages.answer(kNumbers, request_for({{"order", "down"}, {"limit", "2"}, {"device", "eth0"}})).body ==
        "{\"status\":\"success\",\"data\":[\n{\"n\":19999},\n{\"n\":19998}\n]}\n");
}

TEST_CASE("a query that the page does not take is 400 in JSON", "[web]") {
  ApiPages pages([](bool) { return snapshot_with(2); });
  const Response response = pages.answer(kNumbers, request_for({{"device", "eth\"9\""}}));
  CHECK(response.status == 400);
  CHECK(response.content_type == "application/json");
  CHECK(Json::parse(response.body) ==
        Json{{"status", "error"}, {"error", "parameter \"device\" is \"eth\"9\"\"; accepted: eth0, lo"}});
}

TEST_CASE("the page of a disabled collector is 404 and says so", "[web]") {
  CollectorSpec disabled = kNumbers;
  disabled.name = "absent";
  ApiPages pages([](bool) { return snapshot_with(2); });
  const Response response = pages.answer(disabled, request_for({{"device", "nonsense"}}));
  CHECK(response.status == 404);
  CHECK(Json::parse(response.body) == Json{{"status", "error"}, {"error", "The collector absent is disabled."}});
}

TEST_CASE("only a facility whose rows are no series asks for a snapshot with rows, and it is shared", "[web]") {
  Taken taken;
  ApiPages pages = pages_of(2, taken);
  pages.answer(kNumbers, request_for({}));
  pages.answer(kNumbers, request_for({}));
  CHECK(taken.with_rows == 0);
  CHECK(taken.without_rows == 2);
  for (int i = 0; i < 100; ++i) pages.answer(kCostlyNumbers, request_for({}));
  CHECK(taken.with_rows >= 1);
  CHECK(taken.with_rows < 100);
  CHECK(taken.without_rows == 2);
  pages.drop_stale(Clock::time_point::max());
  const int before = taken.with_rows;
  pages.answer(kCostlyNumbers, request_for({}));
  CHECK(taken.with_rows == before + 1);
}

TEST_CASE("when too many answers are not read to their end, the earliest breaks off and nobody is refused", "[web]") {
  Taken taken;
  ApiPages pages = pages_of(20000, taken);
  std::vector<Response> unread;
  for (int i = 0; i < 18; ++i) {
    unread.push_back(pages.answer(kNumbers, request_for({})));
    REQUIRE(unread.back().status == 200);
    REQUIRE(unread.back().next_piece);
  }
  std::string piece;
  CHECK_THROWS_AS(unread[0].next_piece(piece), LoanTakenBack);
  CHECK_THROWS_AS(unread[1].next_piece(piece), LoanTakenBack);
  CHECK(piece.empty());
  CHECK(Json::parse(whole(std::move(unread[2]))).at("data").size() == 20000);
  CHECK(Json::parse(whole(std::move(unread[17]))).at("data").size() == 20000);
}

TEST_CASE("a capture thread that does not answer makes 503", "[web]") {
  ApiPages pages([](bool) -> std::shared_ptr<const Snapshot> { throw iptraf::capture::SnapshotError("no answer"); });
  const Response response = pages.answer(kNumbers, request_for({}));
  CHECK(response.status == 503);
  CHECK(Json::parse(response.body) == Json{{"status", "error"}, {"error", "no answer"}});
}

TEST_CASE("a snapshot lives as long as the answer that is made of it", "[web]") {
  std::weak_ptr<const Snapshot> taken;
  ApiPages pages([&](bool) {
    auto made = snapshot_with(20000);
    taken = made;
    return made;
  });
  Response response = pages.answer(kNumbers, request_for({}));
  pages.drop_stale(Clock::time_point::max());
  CHECK_FALSE(taken.expired());
  CHECK(Json::parse(whole(std::move(response))).at("data").size() == 20000);
  response = {};
  CHECK(taken.expired());
}

TEST_CASE("a large answer goes over HTTP, compressed or not", "[web]") {
  const auto pages = std::make_shared<ApiPages>([](bool) { return snapshot_with(20000); });
  const iptraf::test::TestServer server(
      {}, {{"/numbers", {"GET"}, [pages](const Request& request) { return pages->answer(kNumbers, request); }}});
  CHECK(Json::parse(server.fetch(get("/numbers")).body).at("data").size() == 20000);
  CHECK(Json::parse(server.fetch("GET /numbers HTTP/1.0\r\n\r\n").body).at("data").size() == 20000);
  CHECK(server.fetch(get("/numbers", "Accept-Encoding: gzip\r\n")).headers.at("content-encoding") == "gzip");
  CHECK(server.fetch(get("/numbers?limit=1")).headers.at("content-length") == "40");
}

}  // namespace
