// SPDX-License-Identifier: GPL-2.0-or-later
// The page of metrics: who shares a snapshot and a text, and who must have a newer one.
#include "web/metrics_page.hpp"

#include <atomic>
#include <thread>

#include "capture/snapshotter.hpp"
#include "snapshot_fixture.hpp"
#include "support/catch.hpp"
#include "support/gunzip.hpp"

namespace {

using iptraf::Snapshot;
using iptraf::test::gunzip;
using iptraf::test::kNumbers;
using iptraf::test::snapshot_with;
using iptraf::web::Clock;
using iptraf::web::MetricsPage;
using iptraf::web::Request;
using iptraf::web::Response;

Request request_of(Clock::time_point arrived_by) {
  Request request;
  request.arrived_by = arrived_by;
  return request;
}

/// A page whose every snapshot counts one more.
struct Counting {
  std::uint64_t taken = 0;
  MetricsPage page{[this] { return snapshot_with(++taken); }};
};

const std::string kHead =
    "# HELP iptraf_test_total What the test counts.\n# TYPE iptraf_test_total counter\n"
    "iptraf_test_total{device=\"eth0\"} ";
const std::string kTail = "\niptraf_test_total{device=\"lo\"} 0\n";

TEST_CASE("a request whose arrival is not known has a snapshot of its own", "[web]") {
  Counting counting;
  CHECK(*counting.page.answer(Request{}).shared_body == kHead + "1" + kTail);
  CHECK(*counting.page.answer(Request{}).shared_body == kHead + "2" + kTail);
}

TEST_CASE("a request that had arrived before the latest snapshot began shares its text", "[web]") {
  Counting counting;
  const Clock::time_point early = Clock::now();
  const Response first = counting.page.answer(request_of(early));
  const Response second = counting.page.answer(request_of(early));
  CHECK(second.shared_body == first.shared_body);
  CHECK(counting.taken == 1);
  CHECK(*counting.page.answer(request_of(Clock::now())).shared_body == kHead + "2" + kTail);
  CHECK(*counting.page.answer(request_of(early)).shared_body == kHead + "2" + kTail);
}

TEST_CASE("the compressed text is made once too, and each form says that there are two", "[web]") {
  MetricsPage page([] { return snapshot_with(1, std::string(300, 'x')); });
  Request request = request_of(Clock::now());
  const Response plain = page.answer(request);
  CHECK(plain.headers == std::map<std::string, std::string>{{"Vary", "Accept-Encoding"}});
  request.headers["accept-encoding"] = "gzip";
  const Response packed = page.answer(request);
  CHECK(packed.headers ==
        std::map<std::string, std::string>{{"Vary", "Accept-Encoding"}, {"Content-Encoding", "gzip"}});
  CHECK(gunzip(*packed.shared_body) == *plain.shared_body);
  CHECK(page.answer(request).shared_body == packed.shared_body);
}

TEST_CASE("a small page is not compressed", "[web]") {
  MetricsPage page([] { return snapshot_with(1); });
  Request request;
  request.headers["accept-encoding"] = "gzip";
  request.query = {{"exclude[]", "number"}};
  const Response response = page.answer(request);
  CHECK(response.shared_body->empty());
  CHECK(response.headers.count("Content-Encoding") == 0);
}

TEST_CASE("each choice of collectors has a text of its own", "[web]") {
  Counting counting;
  Request request = request_of(Clock::now());
  const Response all = counting.page.answer(request);
  request.query = {{"collect[]", "number"}};
  CHECK(*counting.page.answer(request).shared_body == *all.shared_body);
  request.query = {{"collect[]", "costly_number"}};
  CHECK(counting.page.answer(request).shared_body->empty());
  request.query = {{"exclude[]", "number"}, {"exclude[]", "costly_number"}};
  CHECK(counting.page.answer(request).shared_body->empty());
  CHECK(counting.taken == 1);
}

TEST_CASE("a choice that cannot be met is 400", "[web]") {
  Counting counting;
  Request request;
  request.query = {{"collect[]", "number"}, {"exclude[]", "number"}};
  CHECK(counting.page.answer(request).body == "collect[] and exclude[] cannot be combined\n");
  CHECK(counting.taken == 0);
  for (const char* key : {"collect[]", "exclude[]"}) {
    request.query = {{key, "numbre\n"}};
    const Response response = counting.page.answer(request);
    CHECK(response.status == 400);
    CHECK(response.body == "unknown or disabled collector: \"numbre\\x0a\"\n");
  }
}

TEST_CASE("a capture thread that does not answer makes 503, and the next request tries again", "[web]") {
  bool is_silent = true;
  MetricsPage page([&] {
    if (is_silent) throw iptraf::capture::SnapshotError("no answer");
    return snapshot_with(1);
  });
  const Response response = page.answer(Request{});
  CHECK(response.status == 503);
  CHECK(response.body == "no answer\n");
  is_silent = false;
  CHECK(page.answer(Request{}).status == 200);
}

TEST_CASE("threads that scrape at once each see a snapshot no older than their request", "[web]") {
  std::atomic<std::uint64_t> count = 0;
  MetricsPage page([&] { return snapshot_with(count.load()); });
  std::atomic<int> stale = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) {
        const std::uint64_t least = ++count;
        const Response response = page.answer(request_of(Clock::now()));
        if (std::stoull(response.shared_body->substr(kHead.size())) < least) ++stale;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(stale == 0);
}

}  // namespace
