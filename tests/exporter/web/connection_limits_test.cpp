// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of connection_limits(): how the files that are left are shared out.
#include "web/connection_limits.hpp"

#include "support/catch.hpp"
#include "support/log_capture.hpp"

using iptraf::test::LogCapture;
using iptraf::web::connection_limits;
using iptraf::web::ConnectionLimits;

TEST_CASE("With files enough every number is the full one", "[connection_limits]") {
  const LogCapture log;
  const ConnectionLimits limits = connection_limits(64, 64 + 256 + 16);
  CHECK(limits.connections == 64);
  CHECK(limits.reserve == 32);
  CHECK(limits.closing == 64);
  CHECK(limits.waiting == 128);
  CHECK(limits.lingering == 32);
  CHECK(log.text().empty());
}

TEST_CASE("With fewer files they are shared out, and fewer connections are told", "[connection_limits]") {
  const LogCapture log;
  CHECK(connection_limits(64, 64 + 255 + 16).connections == 64);
  CHECK(log.text().empty());
  CHECK(connection_limits(2000, 1000).connections == 728);
  CHECK(log.count("there are at most 728 HTTP connections instead of web.max_connections, 2000") == 1);
  CHECK(log.count("ulimit -n") == 1);
  for (const std::uint32_t connections : {1U, 4U, 64U, 10'000U}) {
    for (std::size_t files = 4; files < 12'000; files += 1 + files / 7) {
      const ConnectionLimits limits = connection_limits(connections, files + 16);
      REQUIRE(limits.files() <= files);
      REQUIRE(limits.connections >= 1);
      REQUIRE(limits.closing >= 1);
      REQUIRE(limits.waiting >= 1);
    }
  }
}

TEST_CASE("Without files there is no server", "[connection_limits]") {
  CHECK_THROWS_WITH(connection_limits(64, 19), Catch::Matchers::Contains("too many open files"));
  CHECK_THROWS_WITH(connection_limits(64, 0), Catch::Matchers::Contains("for the HTTP server"));
}
