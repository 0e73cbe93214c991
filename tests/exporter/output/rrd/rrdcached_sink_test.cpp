// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of RrdcachedSink without a daemon: what waits for it is bounded, and its absence is told once.
#include "output/rrd/rrdcached_sink.hpp"

#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "support/temporary_directory.hpp"

using namespace iptraf;
using namespace iptraf::output;
using namespace iptraf::test;

TEST_CASE("Without a daemon one message says so, and another that the oldest updates are dropped") {
  const TemporaryDirectory directory;
  config::Rrd settings;
  settings.directory = directory.path();
  settings.daemon = "unix:" + directory.path() + "/nobody";
  RrdStatus status;
  RrdcachedSink sink(settings, status);
  RoundRobinFile file{"eth0", "interface", {}};
  file.add_counter("rx_bytes", 1);
  const LogCapture log;
  for (std::time_t step = 0; step < 70; ++step) sink.write(1'700'006'400 + step * 300, {file});
  CHECK(status.updates == 0);
  CHECK(status.errors == 70 + 10);
  CHECK(log.count("cannot connect") == 1);
  CHECK(log.count("the oldest are dropped") == 1);
}
