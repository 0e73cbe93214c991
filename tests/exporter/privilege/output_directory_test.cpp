// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of hand_over_directory(): what is made and given, what is refused, and what is left alone.
#include "privilege/output_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace iptraf::privilege;
using iptraf::test::TemporaryDirectory;

namespace {

constexpr uid_t kDaemon = 1;
constexpr uid_t kBin = 2;

const Identity kIdentity{"daemon", kDaemon, kDaemon};

bool is_root() { return ::geteuid() == 0; }

void hand_over(const std::string& path, int depth = 2) {
  hand_over_directory({"rrd.directory", path, is_database_name, depth}, kIdentity);
}

uid_t owner(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_uid : ~uid_t{0};
}

}  // namespace

TEST_CASE("What is missing is made, and the last directory given away") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  hand_over(folder.file("state/rrd"));
  CHECK(owner(folder.file("state/rrd")) == kDaemon);
  CHECK(owner(folder.file("state")) == 0);
}

TEST_CASE("Root's databases in it go along, those of another user stay theirs") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string directory = folder.file("rrd");
  ::mkdir(directory.c_str(), 0755);
  ::mkdir((directory + "/eth0").c_str(), 0755);
  ::mkdir((directory + "/eth0/lan_stations").c_str(), 0755);
  folder.write("rrd/eth0/interface.rrd", "x");
  folder.write("rrd/eth0/lan_stations/02-00-00-00-00-01.rrd", "x");
  folder.write("rrd/eth0/foreign.rrd", "x");
  REQUIRE(::chown((directory + "/eth0/foreign.rrd").c_str(), kBin, kBin) == 0);
  hand_over(directory);
  for (const char* path :
       {"", "/eth0", "/eth0/interface.rrd", "/eth0/lan_stations", "/eth0/lan_stations/02-00-00-00-00-01.rrd"}) {
    CHECK(owner(directory + path) == kDaemon);
  }
  CHECK(owner(directory + "/eth0/foreign.rrd") == kBin);
}

TEST_CASE("A directory that holds anything else is refused, and nothing in it is changed") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string directory = folder.file("lib");
  ::mkdir(directory.c_str(), 0755);
  ::mkdir((directory + "/eth0").c_str(), 0755);
  folder.write("lib/eth0/interface.rrd", "x");
  const std::string secret = folder.write("secret", "x");
  const std::string stranger = directory + "/eth0/stranger";
  const std::string linked = directory + "/eth0/linked.rrd";
  SECTION("a file of another name") { folder.write("lib/eth0/stranger", "x"); }
  SECTION("a symbolic link") { REQUIRE(::symlink(secret.c_str(), stranger.c_str()) == 0); }
  SECTION("a file with a second name") { REQUIRE(::link(secret.c_str(), linked.c_str()) == 0); }
  SECTION("a directory that is deeper than any of the exporter's") {
    ::mkdir((directory + "/eth0/lan_stations").c_str(), 0755);
    ::mkdir((directory + "/eth0/lan_stations/deep").c_str(), 0755);
  }
  SECTION("a directory of another user") {
    ::mkdir(stranger.c_str(), 0755);
    REQUIRE(::chown(stranger.c_str(), kBin, kBin) == 0);
  }
  CHECK_THROWS_WITH(hand_over(directory),
                    Catch::Contains("which is not the exporter's; name a directory of its own, or give this one to "
                                    "the user daemon yourself"));
  for (const char* path : {"", "/eth0", "/eth0/interface.rrd"}) CHECK(owner(directory + path) == 0);
  CHECK(owner(secret) == 0);
}

TEST_CASE("Directories of the system are refused, however they are named") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string name = GENERATE("/", "/etc", "/etc/../var", "/var/log", "/usr/share/..");
  CHECK_THROWS_WITH(hand_over(name), Catch::Contains("which is not the exporter's"));
  CHECK_THROWS_WITH(hand_over_directory({"iptraf_log.directory", name, is_log_name, 0}, kIdentity),
                    Catch::Contains("which is not the exporter's"));
  CHECK(owner(name) == 0);
}

TEST_CASE("Logs are known by IPTraf's names, rotated ones too") {
  for (const char* name : {"tcp_udp_services-eth0.log", "iface_stats_general.log.1", "packet_size-eth0.log.2.gz",
                           "lan_statistics-lan-1.log-20260131", "ip_traffic-eth0.log"}) {
    CHECK(is_log_name(name));
  }
  for (const char* name : {"dpkg.log", "wtmp", "tcp_udp_services", "ip_traffic.log.sh", "packet_size.logs"}) {
    CHECK_FALSE(is_log_name(name));
  }
}

TEST_CASE("A directory of a third user is refused with what to do, and nothing is changed") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string directory = folder.file("rrd");
  ::mkdir(directory.c_str(), 0755);
  REQUIRE(::chown(directory.c_str(), kBin, kBin) == 0);
  CHECK_THROWS_WITH(hand_over(directory),
                    "rrd.directory " + directory + " belongs to the user bin; let it be daemon's (chown -R daemon " +
                        directory + "), run as that user (--user=bin), or name another directory");
  CHECK(owner(directory) == kBin);
}

TEST_CASE("A directory of root's that others may write to is refused: they could have put links there") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string directory = folder.file("rrd");
  ::mkdir(directory.c_str(), 0755);
  ::chmod(directory.c_str(), 0777);
  CHECK_THROWS_WITH(hand_over(directory), "rrd.directory " + directory +
                                              " is root's, and others may write to it; chmod go-w " + directory +
                                              " after a look at what is in it");
}

TEST_CASE("One that is the user's already, or cannot be made, is left as it is") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string directory = folder.file("rrd");
  ::mkdir(directory.c_str(), 0755);
  folder.write("rrd/of_root.rrd", "x");
  REQUIRE(::chown(directory.c_str(), kDaemon, kDaemon) == 0);
  hand_over(directory);
  CHECK(owner(directory + "/of_root.rrd") == 0);
  folder.write("file", "x");
  CHECK_NOTHROW(hand_over(folder.file("file/rrd")));
}

TEST_CASE("Nothing is given away, nor made, behind a link that is not root's") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string target = folder.file("target");
  ::mkdir(target.c_str(), 0755);
  for (const char* name : {"theirs", "ours"}) REQUIRE(::symlink("target", folder.file(name).c_str()) == 0);
  REQUIRE(::lchown(folder.file("theirs").c_str(), kBin, kBin) == 0);
  for (const char* path : {"theirs", "theirs/new", "theirs/../theirs"}) {
    CHECK_THROWS_WITH(hand_over(folder.file(path)),
                      Catch::Matchers::Contains("leads over theirs, a link of the user bin"));
  }
  CHECK(owner(target) == 0);
  CHECK(owner(target + "/new") == ~uid_t{0});
  hand_over(folder.file("ours/new/"));
  CHECK(owner(target + "/new") == kDaemon);
  hand_over(folder.file("ours"), 3);
  CHECK(owner(target) == kDaemon);
}

TEST_CASE("A link that leads to itself leads nowhere") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  REQUIRE(::symlink("loop", folder.file("loop").c_str()) == 0);
  CHECK_NOTHROW(hand_over(folder.file("loop")));
}

TEST_CASE("An empty directory of the system's is not given away") {
  if (!is_root()) return;
  const std::string path = "/etc/iptraf_test_" + std::to_string(::getpid());
  REQUIRE(::mkdir(path.c_str(), 0755) == 0);
  CHECK_THROWS_WITH(hand_over(path), Catch::Matchers::Contains("is the system's; name a directory of its own"));
  CHECK(owner(path) == 0);
  ::rmdir(path.c_str());
}
