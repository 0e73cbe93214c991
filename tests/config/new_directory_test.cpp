// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of new_directory_problem(): which files a reload can reach, and what is said of the others.
#include "config/new_directory.hpp"

#include "support/catch.hpp"

using iptraf::config::new_directory_problem;

TEST_CASE("A file beside one that was read at the start can be read") {
  CHECK_FALSE(new_directory_problem("key", "/srv/names/lan", {"/home/x.yml", "/srv/names/wlan"}));
  CHECK_FALSE(new_directory_problem("key", "names", {"exporter.yml"}));
}

TEST_CASE("A file in the system's directory of settings can be read") {
  CHECK_FALSE(new_directory_problem("key", "/etc/ethers", {}));
  CHECK_FALSE(new_directory_problem("key", "/etc/iptraf_exporter/names", {}));
}

TEST_CASE("A file anywhere else needs a restart, and its directory is named") {
  CHECK(new_directory_problem("key", "/srv/names/lan", {"/srv/names/below/wlan", "/srv/x"}) ==
        "key names a file in /srv/names, where none was named at the start: this needs a restart");
  CHECK(new_directory_problem("key", "/etcetera/names", {}).has_value());
}
