// SPDX-License-Identifier: GPL-2.0-or-later
// The routes of the program: what is where, who may ask, and reload.
#include "web/pages.hpp"

#include <nlohmann/json.hpp>

#include "collectors/registry.hpp"
#include "snapshot_fixture.hpp"
#include "support/catch.hpp"
#include "web/router.hpp"

namespace {

using iptraf::CollectorSpec;
using iptraf::Snapshot;
using iptraf::View;
using iptraf::web::Request;
using iptraf::web::Response;
using iptraf::web::Router;
using Json = nlohmann::json;

/// A program that has every collector but has counted nothing.
struct Program {
  std::uint64_t settings_version = 0;
  bool is_ready = true;
  bool is_open = false;
  std::optional<std::string> problems;
  int reloads = 0;
  std::vector<const CollectorSpec*> collectors{iptraf::collectors::all().begin(), iptraf::collectors::all().end()};

  std::shared_ptr<const Snapshot> take() const {
    const auto view =
        std::make_shared<const View>(View{iptraf::collectors::catalog_of(collectors), collectors, nullptr});
    return std::make_shared<const Snapshot>(view, std::span<const iptraf::SampleSet* const>{}, iptraf::DeviceArray{});
  }

  Router router() {
    return Router(iptraf::web::make_routes({[this](bool) { return take(); }, [this] { return settings_version; },
                                            [this] { return is_ready; },
                                            [this] {
                                              ++reloads;
                                              return problems;
                                            },
                                            [this] { return is_open; }, "/metrics"}));
  }
};

Request request_for(const std::string& path, const std::string& method = "GET", bool is_local = true) {
  Request request;
  request.method = method;
  request.path = path;
  request.headers = {{"host", "127.0.0.1:10137"}};
  request.is_local = is_local;
  return request;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("every facility with rows has its page", "[web]") {
  Program program;
  const Router router = program.router();
  for (const CollectorSpec* spec : iptraf::collectors::all()) {
    CAPTURE(spec->name);
    REQUIRE(spec->open_rows != nullptr);
    const Response response = router.run(request_for("/api/v1/" + std::string(spec->json_key)));
    CHECK(response.body == "{\"status\":\"success\",\"data\":[]}\n");
  }
}

TEST_CASE("the page of a collector that is disabled says so, in the place of a snapshot's rows", "[web]") {
  Program program;
  program.collectors.clear();
  const Response response = program.router().run(request_for("/api/v1/interfaces"));
  CHECK(response.status == 404);
  CHECK(Json::parse(response.body).at("error") == "The collector interface is disabled.");
}

TEST_CASE("below /api/ every error is JSON", "[web]") {
  Program program;
  const Router router = program.router();
  for (const auto& [path, method, status] :
       {std::tuple("/api/v1/nothing", "GET", 404), std::tuple("/api/", "GET", 404),
        std::tuple("/api/v1/interfaces", "POST", 405), std::tuple("/api/v1/interfaces", "DELETE", 405)}) {
    const Response response = router.run(request_for(path, method));
    CHECK(response.status == status);
    CHECK(response.content_type == "application/json");
    CHECK(Json::parse(response.body).at("status") == "error");
  }
  CHECK(router.run(request_for("/api")).content_type == "text/plain; charset=utf-8");
}

TEST_CASE("private pages are for this machine alone until the API is opened", "[web]") {
  Program program;
  const Router router = program.router();
  for (const auto& [path, method] : {std::pair("/api/v1/interfaces", "GET"), std::pair("/-/reload", "POST")}) {
    CAPTURE(path);
    const Response refused = router.run(request_for(path, method, false));
    CHECK(refused.status == 403);
    CHECK(contains(refused.body, "web.open_api: true"));
    program.is_open = true;
    CHECK(router.run(request_for(path, method, false)).status == 200);
    Request foreign = request_for(path, method);
    foreign.headers["origin"] = "http://evil.example";
    CHECK(router.run(foreign).status == 403);
    program.is_open = false;
  }
  CHECK(program.reloads == 1);
  CHECK(Json::parse(router.run(request_for("/api/v1/services", "GET", false)).body).at("status") == "error");
}

TEST_CASE("the other pages are for everyone", "[web]") {
  Program program;
  const Router router = program.router();
  for (const char* path : {"/", "/metrics", "/-/healthy", "/-/ready"}) {
    Request request = request_for(path, "GET", false);
    request.headers = {{"host", "any.example"}, {"origin", "http://evil.example"}};
    CHECK(router.run(request).status == 200);
  }
}

TEST_CASE("reload answers POST alone, with what is wrong or that all is well", "[web]") {
  Program program;
  const Router router = program.router();
  const Response done = router.run(request_for("/-/reload", "POST"));
  CHECK(done.status == 200);
  CHECK(done.body == "The configuration was reloaded.\n");
  program.problems = "x.yml:1:2: unknown key\nx.yml:2:2: another";
  const Response refused = router.run(request_for("/-/reload", "POST"));
  CHECK(refused.status == 400);
  CHECK(contains(refused.body, "x.yml:1:2: unknown key\nx.yml:2:2: another\n"));
  CHECK(program.reloads == 2);
  const Response got = router.run(request_for("/-/reload"));
  CHECK(got.status == 405);
  CHECK(got.headers.at("Allow") == "POST");
  CHECK(program.reloads == 2);
}

TEST_CASE("a reload that has taken effect is seen by the next answer, whoever asked for the reload", "[web]") {
  Program program;
  const Router router = program.router();
  for (const char* path : {"/api/v1/connections", "/api/v1/packets", "/api/v1/interfaces"}) {
    CAPTURE(path);
    const std::vector<const CollectorSpec*> all = program.collectors;
    CHECK(router.run(request_for(path)).status == 200);
    program.collectors.clear();
    ++program.settings_version;
    CHECK(router.run(request_for(path)).status == 404);
    program.collectors = all;
    ++program.settings_version;
    CHECK(router.run(request_for(path)).status == 200);
  }
}

TEST_CASE("ready is 503 until capture runs", "[web]") {
  Program program;
  program.is_ready = false;
  const Router router = program.router();
  CHECK(router.run(request_for("/-/ready")).status == 503);
  CHECK(router.run(request_for("/-/healthy")).status == 200);
  program.is_ready = true;
  CHECK(router.run(request_for("/-/ready")).status == 200);
}

TEST_CASE("the landing page leads everywhere", "[web]") {
  Program program;
  const std::string html = program.router().run(request_for("/")).body;
  for (const CollectorSpec* spec : iptraf::collectors::all()) {
    CHECK(contains(html, "href=\"/metrics?collect[]=" + std::string(spec->name) + "\""));
    CHECK(contains(html, "href=\"/api/v1/" + std::string(spec->json_key) + "\""));
  }
  for (const char* target : {"href=\"/metrics\"", "href=\"/-/healthy\"", "href=\"/-/ready\""}) {
    CHECK(contains(html, target));
  }
  CHECK(contains(html, "<form method=\"post\" action=\"/-/reload\">"));
  CHECK_FALSE(contains(html, "<script"));
}

}  // namespace
