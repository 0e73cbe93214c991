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

uid_t owner(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_uid : ~uid_t{0};
}

}  // namespace

TEST_CASE("What is missing is made, and the last directory given away") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  hand_over_directory("rrd.directory", folder.file("state/rrd"), kIdentity);
  CHECK(owner(folder.file("state/rrd")) == kDaemon);
  CHECK(owner(folder.file("state")) == 0);
}

TEST_CASE("Root's files in it go along, but no links, no files with other names, and none of another user") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string directory = folder.file("rrd");
  ::mkdir(directory.c_str(), 0755);
  ::mkdir((directory + "/eth0").c_str(), 0755);
  const std::string passwd = folder.write("passwd", "x");
  folder.write("rrd/eth0/interface.rrd", "x");
  folder.write("rrd/foreign", "x");
  REQUIRE(::chown((directory + "/foreign").c_str(), kBin, kBin) == 0);
  REQUIRE(::symlink(passwd.c_str(), (directory + "/symbolic").c_str()) == 0);
  REQUIRE(::link(passwd.c_str(), (directory + "/hard").c_str()) == 0);
  hand_over_directory("rrd.directory", directory, kIdentity);
  CHECK(owner(directory) == kDaemon);
  CHECK(owner(directory + "/eth0") == kDaemon);
  CHECK(owner(directory + "/eth0/interface.rrd") == kDaemon);
  CHECK(owner(directory + "/foreign") == kBin);
  CHECK(owner(directory + "/symbolic") == 0);
  CHECK(owner(directory + "/hard") == 0);
  CHECK(owner(passwd) == 0);
}

TEST_CASE("A directory of a third user is refused with what to do, and nothing is changed") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string directory = folder.file("rrd");
  ::mkdir(directory.c_str(), 0755);
  REQUIRE(::chown(directory.c_str(), kBin, kBin) == 0);
  CHECK_THROWS_WITH(hand_over_directory("rrd.directory", directory, kIdentity),
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
  CHECK_THROWS_WITH(hand_over_directory("iptraf_log.directory", directory, kIdentity),
                    "iptraf_log.directory " + directory + " is root's, and others may write to it; chmod go-w " +
                        directory + " after a look at what is in it");
}

TEST_CASE("One that is the user's already, or cannot be made, is left as it is") {
  if (!is_root()) return;
  const TemporaryDirectory folder;
  const std::string directory = folder.file("rrd");
  ::mkdir(directory.c_str(), 0755);
  folder.write("rrd/of_root", "x");
  REQUIRE(::chown(directory.c_str(), kDaemon, kDaemon) == 0);
  hand_over_directory("rrd.directory", directory, kIdentity);
  CHECK(owner(directory + "/of_root") == 0);
  folder.write("file", "x");
  CHECK_NOTHROW(hand_over_directory("rrd.directory", folder.file("file/rrd"), kIdentity));
}
