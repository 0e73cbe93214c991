// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of is_of_system() and is_shared().
#include "privilege/system_directories.hpp"

#include "support/catch.hpp"

using namespace iptraf::privilege;

TEST_CASE("The system's are known with what is below them, what only begins with their names is not") {
  for (const char* path : {"/etc", "/etc/iptraf", "/usr/share", "/usr/local", "/lib64", "/proc/self"}) {
    CHECK(is_of_system(path));
    CHECK(is_shared(path));
  }
  for (const char* path : {"/etcetera", "/library/rrd", "/data", "/rrd", "/data/rrd", "/usr/local/var/rrd"}) {
    CHECK_FALSE(is_of_system(path));
    CHECK_FALSE(is_shared(path));
  }
}

TEST_CASE("Directories in which programs and users are beside each other are shared, what is below is not") {
  for (const char* path : {"/", "/var", "/var/log", "/var/lib", "/var/tmp", "/tmp", "/run", "/root", "/home",
                           "/home/somebody", "/srv", "/mnt", "/opt", "/dev/shm", "/usr/local/lib"}) {
    CHECK(is_shared(path));
  }
  for (const char* path : {"/var/log/iptraf", "/var/lib/iptraf_exporter", "/tmp/test", "/home/somebody/iptraf"}) {
    CHECK_FALSE(is_of_system(path));
    CHECK_FALSE(is_shared(path));
  }
}
