// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of DirectorySink: restarts, counts that go back, one bad file beside good ones, the limit of files.
#include "output/rrd/directory_sink.hpp"

#include <rrd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/foreign_lock.hpp"
#include "support/log_capture.hpp"
#include "support/temporary_directory.hpp"

using namespace iptraf;
using namespace iptraf::output;
using namespace iptraf::test;
using Catch::Matchers::Contains;

namespace {

constexpr std::time_t kStart = 1'700'006'400;

config::Rrd settings_of(const TemporaryDirectory& directory) {
  config::Rrd settings;
  settings.directory = directory.path();
  settings.archives = {{1, 10}};
  return settings;
}

RoundRobinFiles one_file(std::uint64_t value, const std::string& name = "interface") {
  RoundRobinFile file{"eth0", name, {}};
  file.add_counter("rx_bytes", value);
  return {file};
}

/// Of a file with one data source, a value for each step from kStart on.
std::vector<double> averages(const std::string& path, std::time_t end, unsigned long step) {
  const auto rows = (end - kStart) / static_cast<std::time_t>(step);
  std::time_t start = kStart;
  unsigned long count = 0;
  char** names = nullptr;
  rrd_value_t* data = nullptr;
  REQUIRE(rrd_fetch_r(path.c_str(), "AVERAGE", &start, &end, &step, &count, &names, &data) == 0);
  REQUIRE(count == 1);
  std::vector<double> values(data, data + rows);
  rrd_freemem(names[0]);
  rrd_freemem(static_cast<void*>(names));
  rrd_freemem(data);
  return values;
}

}  // namespace

TEST_CASE("Each file of each step is an update") {
  const TemporaryDirectory directory;
  RrdStatus status;
  DirectorySink sink(settings_of(directory), status);
  RoundRobinFiles files = one_file(1);
  files.push_back(one_file(2, "packet_size")[0]);
  sink.write(kStart, files);
  sink.write(kStart + 300, files);
  CHECK(status.updates == 4);
  CHECK(status.errors == 0);
  CHECK(status.last_update_seconds == kStart + 300);
}

TEST_CASE("A step that another run has ended with is passed over, an earlier one is an error told once") {
  const TemporaryDirectory directory;
  RrdStatus status;
  DirectorySink(settings_of(directory), status).write(kStart + 600, one_file(1));
  DirectorySink next(settings_of(directory), status);
  const LogCapture log;
  next.write(kStart + 600, one_file(0));
  CHECK(status.errors == 0);
  next.write(kStart, one_file(0));
  next.write(kStart + 300, one_file(0));
  CHECK(status.errors == 2);
  CHECK_THAT(log.text(), Contains("has the clock been set back?"));
  CHECK(log.count("is not written") == 1);
  next.write(kStart + 900, one_file(5));
  CHECK_THAT(log.text(), Contains("eth0/interface.rrd is written again"));
  CHECK(status.updates == 2);
}

TEST_CASE("One file that cannot be written does not keep the others from it") {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory.path() + "/eth0");
  std::ofstream(directory.path() + "/eth0/bad.rrd") << "garbage";
  RrdStatus status;
  DirectorySink sink(settings_of(directory), status);
  RoundRobinFiles files = one_file(1, "bad");
  files.push_back(one_file(2, "good")[0]);
  const LogCapture log;
  sink.write(kStart, files);
  sink.write(kStart + 300, files);
  CHECK(status.updates == 2);
  CHECK(status.errors == 2);
  CHECK(log.count("cannot be read as a round-robin database") == 1);
  std::filesystem::remove(directory.path() + "/eth0/bad.rrd");
  sink.write(kStart + 600, files);
  CHECK(status.updates == 4);
  CHECK_THAT(log.text(), Contains("eth0/bad.rrd is written again"));
}

TEST_CASE("A directory that cannot be used is told at the start") {
  config::Rrd settings;
  settings.directory = "/proc/none";
  RrdStatus status;
  const LogCapture log;
  const DirectorySink sink(settings, status);
  CHECK(status.errors == 1);
  CHECK_THAT(log.text(),
             Contains("rrd.directory /proc/none cannot be written: ") && Contains("name another directory"));
}

TEST_CASE("A data source that the file lacks is told once, and written once it is there") {
  const TemporaryDirectory directory;
  RrdStatus status;
  DirectorySink sink(settings_of(directory), status);
  sink.write(kStart, one_file(1));
  RoundRobinFiles more = one_file(2);
  more[0].add_counter("tx_bytes", 5);
  const LogCapture log;
  sink.write(kStart + 300, more);
  sink.write(kStart + 600, more);
  const std::string path = directory.path() + "/eth0/interface.rrd";
  CHECK(log.count("lacks the data sources tx_bytes") == 1);
  std::filesystem::remove(path);  // the new one has both
  sink.write(kStart + 900, more);
  sink.write(kStart + 1200, more);
  CHECK(log.count("lacks") == 1);
  LockPatience patience;
  const RrdFile file(path, {}, {}, 0, patience);
  CHECK(file.lacking(more[0].values).empty());
}

TEST_CASE("A directory that cannot be made is told with what to do") {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() + "/eth0") << "a file";
  RrdStatus status;
  DirectorySink sink(settings_of(directory), status);
  const LogCapture log;
  sink.write(kStart, one_file(1));
  sink.write(kStart + 300, one_file(1));
  CHECK(status.errors == 2);
  CHECK(log.count("cannot create " + directory.path() + "/eth0/interface.rrd: cannot make the directory") == 1);
  CHECK_THAT(log.text(), Contains("let the exporter's user write there"));
}

TEST_CASE("A folder of a device that is a link is named where nothing can be made behind it") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory_symlink("/proc", directory.path() + "/eth0");
  RrdStatus status;
  DirectorySink sink(settings_of(directory), status);
  const LogCapture log;
  sink.write(kStart, one_file(1));
  CHECK(status.errors == 1);
  CHECK(log.count(directory.path() + "/eth0 is a link: outside of rrd.directory nothing can be written") == 1);
}

TEST_CASE("With a step of one second a restart makes no rate of two counts that have nothing to do with each other") {
  const TemporaryDirectory directory;
  config::Rrd settings = settings_of(directory);
  settings.step.seconds = 1;
  RrdStatus status;
  {
    DirectorySink before(settings, status);
    before.write(kStart, one_file(10));
    before.write(kStart + 1, one_file(20));
  }
  DirectorySink after(settings, status);
  for (std::time_t second = 2; second < 5; ++second) {
    after.write(kStart + second, one_file(1'000'000 + 5 * static_cast<std::uint64_t>(second)));
  }
  CHECK(status.errors == 0);
  CHECK(status.updates == 5);
  const std::vector<double> rates = averages(directory.path() + "/eth0/interface.rrd", kStart + 4, 1);
  CHECK(rates.at(0) == 10);
  CHECK(std::isnan(rates.at(1)));
  CHECK(std::isnan(rates.at(2)));
  CHECK(rates.at(3) == 5);
}

TEST_CASE("Two exporters do not write into one directory") {
  const TemporaryDirectory directory;
  RrdStatus status;
  auto first = std::make_unique<DirectorySink>(settings_of(directory), status);
  first->write(kStart, one_file(1));
  DirectorySink second(settings_of(directory), status);
  const LogCapture log;
  second.write(kStart + 300, one_file(9));
  second.write(kStart + 600, one_file(9));
  CHECK(status.updates == 1);
  CHECK(status.errors == 2);
  CHECK(log.count("is in use by another exporter") == 1);
  first.reset();
  second.write(kStart + 900, one_file(9));
  CHECK(status.updates == 2);
}

TEST_CASE("A file whose heartbeat is shorter than the step is told, with what to do") {
  const TemporaryDirectory directory;
  RrdStatus status;
  DirectorySink(settings_of(directory), status).write(kStart, one_file(1));
  config::Rrd slow = settings_of(directory);
  slow.step = config::Duration{900};
  DirectorySink sink(slow, status);
  const LogCapture log;
  sink.write(kStart + 900, one_file(1));
  sink.write(kStart + 1800, one_file(1));
  CHECK(log.count("expects a value every 600 seconds (its heartbeat) and gets one every 900") == 1);
  CHECK_THAT(log.text(), Contains("rrdtool tune") && Contains("--heartbeat NAME:1800"));
}

TEST_CASE("There are no more files than the limit") {
  const TemporaryDirectory directory;
  RrdStatus status;
  DirectorySink sink(settings_of(directory), status);
  RoundRobinFiles files;
  for (std::size_t i = 0; i < kMaxRrdFiles + 5; ++i) files.push_back(one_file(1, "s" + std::to_string(i))[0]);
  const LogCapture log;
  sink.write(kStart, files);
  sink.write(kStart + 300, files);
  CHECK(status.updates == 2 * kMaxRrdFiles);
  CHECK(status.errors == 10);
  CHECK(log.count("are not written: there are 1024 already") == 1);
}

TEST_CASE("Counters that go back, and other data sources, do not count on; gauges may fall") {
  RoundRobinFile before{"e", "f", {}};
  before.add_counter("a", 5);
  before.add_gauge("g", 9);
  RoundRobinFile after{"e", "f", {}};
  after.add_counter("a", 5);
  after.add_gauge("g", 1);
  CHECK(counts_on(before, after));
  after.values[0].value = 4;
  CHECK_FALSE(counts_on(before, after));
  CHECK_FALSE(counts_on(before, one_file(9)[0]));
}

TEST_CASE("What was counted while another program had a file locked goes into the next value") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/eth0/interface.rrd";
  RrdStatus status;
  DirectorySink sink(settings_of(directory), status);
  sink.write(kStart, one_file(0));
  {
    const ForeignLock lock(path, std::chrono::minutes(1));
    sink.write(kStart + 300, one_file(300));
  }
  CHECK(status.errors == 1);
  sink.write(kStart + 600, one_file(1200));
  CHECK(status.errors == 1);
  LockPatience patience;
  CHECK(RrdFile(path, {}, {}, 0, patience).last_update() == kStart + 600);
  CHECK(averages(path, kStart + 600, 300) == std::vector<double>{2, 2});
}
