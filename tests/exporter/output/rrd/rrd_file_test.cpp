// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of RrdFile: names of files, definitions, creation, updates, files that others made, and what is no database.
#include "output/rrd/rrd_file.hpp"

#include <rrd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "support/catch.hpp"
#include "support/foreign_lock.hpp"
#include "support/temporary_directory.hpp"

using namespace iptraf;
using namespace iptraf::output;
using namespace iptraf::test;
using Catch::Matchers::Contains;

namespace {

constexpr std::time_t kStart = 1'700'006'400;  // a multiple of every step here

LockPatience patience;

std::vector<RoundRobinValue> values(std::uint64_t in, std::uint64_t out) {
  return {{"22_in", in, false}, {"22_out", out, false}};
}

RrdLayout layout(config::RrdType type = config::RrdType::kDerive) { return {300, type, {{1, 600}, {6, 700}}}; }

/// The averages of one data source, a value for each step behind `from`.
std::vector<double> fetched(const std::string& path, const std::string& source, std::time_t from, std::time_t to) {
  std::time_t start = from;
  std::time_t end = to;
  unsigned long step = 300;
  unsigned long count = 0;
  char** names = nullptr;
  rrd_value_t* data = nullptr;
  REQUIRE(rrd_fetch_r(path.c_str(), "AVERAGE", &start, &end, &step, &count, &names, &data) == 0);
  std::vector<double> wanted;
  for (unsigned long i = 0; i < count; ++i) {
    for (std::size_t row = 0; names[i] == source && row < static_cast<std::size_t>(to - from) / 300; ++row) {
      wanted.push_back(data[row * count + i]);
    }
    rrd_freemem(names[i]);
  }
  rrd_freemem(names);
  rrd_freemem(data);
  return wanted;
}

}  // namespace

TEST_CASE("A device is a directory whatever it is called") {
  const auto path = [](const std::string& device) { return rrd_path({device, "interface", {}}); };
  CHECK(path("eth0") == "eth0/interface.rrd");
  CHECK(path("eth0.7@x_-Z9") == "eth0.7@x_-Z9/interface.rrd");
  CHECK(path(".") == "%2E/interface.rrd");
  CHECK(path("..") == "%2E%2E/interface.rrd");
  CHECK(path("...") == ".../interface.rrd");
  CHECK(path("a/b c%\n\xff") == "a%2Fb%20c%25%0A%FF/interface.rrd");
  CHECK(rrd_path({"e", "lan_stations/02-00-00-00-00-0a", {}}) == "e/lan_stations/02-00-00-00-00-0a.rrd");
}

TEST_CASE("Counters are DERIVE with minimum 0, or COUNTER with a maximum; gauges stay gauges") {
  const std::vector<RoundRobinValue> sources{{"a", 1, false}, {"open", 2, true}};
  CHECK(rrd_definitions(layout(), sources) == std::vector<std::string>{"DS:a:DERIVE:600:0:U", "DS:open:GAUGE:600:0:U",
                                                                       "RRA:AVERAGE:0.5:1:600", "RRA:AVERAGE:0.5:6:700",
                                                                       "RRA:MAX:0.5:1:600", "RRA:MAX:0.5:6:700"});
  CHECK(rrd_definitions(layout(config::RrdType::kCounter), sources)[0] == "DS:a:COUNTER:600:U:12500000000");
}

TEST_CASE("A new file is made with its directories and holds the rates between its updates") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/eth0/tcp_services.rrd";
  RrdFile file(path, layout(), values(0, 0), kStart, patience);
  CHECK_FALSE(file.has_existed());
  CHECK(file.lacking(values(0, 0)).empty());
  CHECK(file.last_update() == kStart - 300);
  CHECK(file.update(kStart, values(1000, 0)));
  CHECK(file.update(kStart + 300, values(31'000, 600)));
  CHECK(file.last_update() == kStart + 300);
  CHECK_FALSE(file.update(kStart + 300, values(9, 9)));
  CHECK_FALSE(file.update(kStart, values(9, 9)));
  CHECK(fetched(path, "22_in", kStart, kStart + 300) == std::vector<double>{100});
  CHECK(fetched(path, "22_out", kStart, kStart + 300) == std::vector<double>{2});
}

TEST_CASE("What is unknown before a first value makes one step unknown and no spike") {
  for (const config::RrdType type : {config::RrdType::kDerive, config::RrdType::kCounter}) {
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/a.rrd";
    RrdFile file(path, layout(type), values(0, 0), kStart, patience);
    REQUIRE(file.update(kStart, values(3'000'000'000, 0)));
    REQUIRE(file.update(kStart + 300, values(3'000'003'000, 0)));
    REQUIRE(file.update_unknown(kStart + 599));
    REQUIRE(file.update(kStart + 600, values(15, 0)));
    REQUIRE(file.update(kStart + 900, values(3015, 0)));
    const std::vector<double> rates = fetched(path, "22_in", kStart, kStart + 900);
    REQUIRE(rates.size() == 3);
    CHECK(rates[0] == 10);
    CHECK(std::isnan(rates[1]));
    CHECK(rates[2] == 10);
  }
}

TEST_CASE("A file that others made is updated as it is") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/tcp_services.rrd";
  std::array<const char*, 4> words{"DS:119_in:COUNTER:600:U:12500000", "DS:22_in:COUNTER:600:U:12500000",
                                   "RRA:AVERAGE:0.5:1:600", "RRA:MAX:0.5:24:775"};
  REQUIRE(rrd_create_r(path.c_str(), 300, kStart - 300, 4, words.data()) == 0);
  RrdFile file(path, layout(), values(0, 0), kStart, patience);
  CHECK(file.has_existed());
  const std::vector<RoundRobinValue> lacking = file.lacking(values(0, 0));
  REQUIRE(lacking.size() == 1);
  CHECK(lack_message(path, layout(), lacking) == path +
                                                     " lacks the data sources 22_out, which are not written; add them "
                                                     "with: rrdtool tune " +
                                                     path + " DS:22_out:DERIVE:600:0:U");
  CHECK(file.update(kStart, values(100, 7)));
  CHECK(file.update(kStart + 300, values(3100, 7)));
  CHECK(fetched(path, "22_in", kStart, kStart + 300) == std::vector<double>{10});
  CHECK(std::isnan(fetched(path, "119_in", kStart, kStart + 300).at(0)));
  CHECK(file.update_unknown(kStart + 600));
}

TEST_CASE("Data sources that take totals for something else are named") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.rrd";
  std::array<const char*, 4> words{"DS:22_in:GAUGE:600:0:U", "DS:22_out:DERIVE:600:0:U", "DS:open:GAUGE:600:0:U",
                                   "RRA:AVERAGE:0.5:1:600"};
  REQUIRE(rrd_create_r(path.c_str(), 300, kStart - 300, 4, words.data()) == 0);
  const RrdFile file(path, layout(), {}, kStart, patience);
  const std::vector<RoundRobinValue> wanted{{"22_in", 1, false}, {"22_out", 1, false}, {"open", 1, true}};
  CHECK(file.mistyped(wanted) == std::vector<std::string>{"22_in is GAUGE"});
  CHECK_THAT(mistyped_message(file, file.mistyped(wanted)),
             Contains("(22_in is GAUGE)") && Contains("rrdtool tune " + path + " --data-source-type NAME:DERIVE"));
}

TEST_CASE("A value that is not known is unknown") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.rrd";
  RrdFile file(path, layout(), values(0, 0), kStart, patience);
  REQUIRE(file.update(kStart, values(0, 0)));
  REQUIRE(file.update(kStart + 300, {{{"22_in", 300, false}, {"22_out", std::nullopt, false}}}));
  CHECK(fetched(path, "22_in", kStart, kStart + 300) == std::vector<double>{1});
  CHECK(std::isnan(fetched(path, "22_out", kStart, kStart + 300).at(0)));
  CHECK_FALSE(file.update(kStart + 600, {{{"80_in", 1, false}}}));
}

TEST_CASE("What is no round-robin database is left as it is and named") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.rrd";
  std::ofstream(path) << "no database";
  CHECK_THROWS_WITH(RrdFile(path, layout(), values(0, 0), kStart, patience),
                    Contains(path) && Contains("cannot be read as a round-robin database") && Contains("move it away"));
  CHECK(std::filesystem::file_size(path) == 11);
  std::ofstream(path, std::ios::trunc).close();
  CHECK_THROWS_AS(RrdFile(path, layout(), values(0, 0), kStart, patience), RrdError);
  const std::string folder = directory.path() + "/folder.rrd";
  std::filesystem::create_directory(folder);
  CHECK_THROWS_WITH(RrdFile(folder, layout(), values(0, 0), kStart, patience), Contains("is no file"));
  const std::string link = directory.path() + "/link.rrd";
  std::filesystem::create_symlink("/etc/passwd", link);
  CHECK_THROWS_WITH(RrdFile(link, layout(), values(0, 0), kStart, patience), Contains("is no file"));
}

TEST_CASE("A directory that cannot be made is named") {
  CHECK_THROWS_WITH(RrdFile("/proc/none/a.rrd", layout(), values(0, 0), kStart, patience),
                    Contains("cannot make the directory /proc/none"));
}

TEST_CASE("What another program reads for a moment is written as if it did not") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.rrd";
  const std::chrono::milliseconds moment{60};
  LockPatience own_patience;
  RrdFile file(path, layout(), values(0, 0), kStart, own_patience);
  {
    const ForeignLock lock(path, moment);
    REQUIRE(file.update(kStart, values(0, 0)));
  }
  const ForeignLock lock(path, moment);
  CHECK(RrdFile(path, layout(), values(0, 0), kStart, own_patience).last_update() == kStart);
}

TEST_CASE("A file that another program has locked for long is named, and nobody is told to move it away") {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/a.rrd";
  LockPatience own_patience;
  RrdFile file(path, layout(), values(0, 0), kStart, own_patience);
  while (own_patience.wait()) {
  }
  const ForeignLock lock(path, std::chrono::minutes(1));
  CHECK_THROWS_WITH(file.update(kStart, values(0, 0)),
                    Contains(path) && Contains("another program has locked it") && !Contains("move it away"));
}
