// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of keep_directory(): what root makes, what it refuses to write to, and what it may go on with.
#include <sys/stat.h>
#include <unistd.h>

#include "in_child.hpp"
#include "privilege/identity.hpp"
#include "privilege/output_directory.hpp"
#include "support/catch.hpp"
#include "support/log_capture.hpp"
#include "support/temporary_directory.hpp"

using namespace iptraf::privilege;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using iptraf::test::in_child;
using iptraf::test::LogCapture;
using iptraf::test::TemporaryDirectory;

namespace {

constexpr uid_t kDaemon = 1;

bool is_root() { return ::geteuid() == 0; }

void keep(const std::string& path) { keep_directory({"rrd.directory", path, is_database_name, 2}); }

void make(const std::string& path, uid_t owner = 0, mode_t mode = 0755) {
  REQUIRE(::mkdir(path.c_str(), 0755) == 0);
  REQUIRE(::chmod(path.c_str(), mode) == 0);
  REQUIRE(::chown(path.c_str(), owner, owner) == 0);
}

void link(const std::string& target, const std::string& path, uid_t owner) {
  REQUIRE(::symlink(target.c_str(), path.c_str()) == 0);
  REQUIRE(::lchown(path.c_str(), owner, owner) == 0);
}

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace

TEST_CASE("Root that stays makes what is missing, and behind its own links too") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  keep(folder.file("state/rrd"));
  CHECK(is_there(folder.file("state/rrd")));
  link("state", folder.file("ours"), 0);
  keep(folder.file("ours/log"));
  CHECK(is_there(folder.file("state/log")));
  folder.write("file", "x");
  CHECK_NOTHROW(keep(folder.file("file/rrd")));
}

TEST_CASE("Root that stays refuses a directory of another user") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string directory = folder.file("rrd");
  SECTION("the output's own") {
    make(directory, kDaemon);
    CHECK_THROWS_WITH(keep(directory), "rrd.directory " + directory +
                                           " belongs to the user daemon; let it be root's (chown -R root " + directory +
                                           ", after a look at what is in it), run as that user (--user=daemon), or "
                                           "name another directory");
  }
  SECTION("of a user without a name") {
    make(directory, 54321);
    CHECK_THROWS_WITH(keep(directory), Contains("belongs to the user number 54321; let it be root's") &&
                                           EndsWith("after a look at what is in it), or name another directory"));
  }
  SECTION("one in it") {
    make(directory);
    make(directory + "/eth0");
    make(directory + "/eth0/lan_stations", kDaemon);
    CHECK_THROWS_WITH(keep(directory), Contains("holds eth0/lan_stations, which belongs to the user daemon; let it be "
                                                "root's (chown -R root " +
                                                directory + "/eth0/lan_stations, "));
  }
}

TEST_CASE("Root that stays is warned of a directory of its own that others may write to") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string directory = folder.file("rrd");
  const mode_t mode = GENERATE(0777U, 0775U, 01777U);
  const LogCapture log;
  SECTION("the output's own") {
    make(directory, 0, mode);
    CHECK_NOTHROW(keep(directory));
    CHECK(log.text() == "warning rrd.directory " + directory +
                            " is root's, and others may write to it: with links there they can lead root elsewhere; "
                            "chmod go-w " +
                            directory + "\n");
  }
  SECTION("one in it") {
    make(directory);
    make(directory + "/eth0", 0, mode);
    CHECK_NOTHROW(keep(directory));
    CHECK(log.count("chmod go-w " + directory + "/eth0") == 1);
  }
}

TEST_CASE("Root that stays writes behind no link of another user's, and makes nothing there") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  make(folder.file("target"));
  link("target", folder.file("theirs"), kDaemon);
  for (const char* path : {"theirs", "theirs/new", "theirs/../theirs"}) {
    CHECK_THROWS_WITH(keep(folder.file(path)), Contains("leads over theirs, a link of the user daemon; name"));
  }
  CHECK_FALSE(is_there(folder.file("target/new")));
}

TEST_CASE("Root that stays refuses links of another user's in the directory, its own are its choice") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string directory = folder.file("rrd");
  make(folder.file("target"));
  make(directory);
  make(directory + "/eth0");
  link(folder.file("target"), directory + "/eth1", 0);
  CHECK_NOTHROW(keep(directory));
  for (const char* path : {"eth2", "eth0/lan_stations", "eth0/interface.rrd"}) {
    const std::string place = directory + "/" + path;
    link(folder.file("target"), place, kDaemon);
    CHECK_THROWS_WITH(keep(directory), Contains(std::string("holds ") + path +
                                                ", a link of the user daemon, which is not the exporter's; remove it"));
    ::unlink(place.c_str());
  }
}

TEST_CASE("What is no directory of the output's may be anyone's: logs are beside files of others") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  folder.write("dpkg.log", "x");
  make(folder.file("postgresql"), kDaemon);
  link("dpkg.log", folder.file("other.log"), kDaemon);
  const OutputDirectory logs{"iptraf_log.directory", folder.path(), is_log_name, 0};
  CHECK_NOTHROW(keep_directory(logs));
  link("dpkg.log", folder.file("ip_traffic-eth0.log"), kDaemon);
  CHECK_THROWS_WITH(keep_directory(logs), Contains("holds ip_traffic-eth0.log, a link of the user daemon"));
}

TEST_CASE("Who is not root makes its directory and judges nothing: it writes with its own rights alone") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
  link(folder.path(), folder.file("link"), kDaemon);
  CHECK(in_child([&] {
          become(Identity{"nobody", 65534, 65534}, true);
          keep(folder.file("link/rrd"));
          return std::string(is_there(folder.file("rrd")) ? "made" : "not made");
        }) == "made");
}
