// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the MAC vendors: which assignment wins, what a line of a registry is, and what is no vendor.
#include "names/mac_vendors.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "names/name_tables.hpp"
#include "support/catch.hpp"
#include "support/packet_builder.hpp"
#include "support/temporary_directory.hpp"

using iptraf::names::MacVendors;
using iptraf::test::mac;
using iptraf::test::TemporaryDirectory;

namespace {

const std::string kHeader = "Registry,Assignment,Organization Name,Organization Address\r\n";

/// The vendor of 00:11:22:33:44:55 when oui.csv has these lines.
std::string vendor_of(const std::string& lines) {
  const TemporaryDirectory directory;
  directory.write("oui.csv", kHeader + lines);
  return MacVendors::load(directory.path()).vendor(mac("00:11:22:33:44:55"));
}

}  // namespace

TEST_CASE("The longest assignment that holds a MAC address names its vendor") {
  const TemporaryDirectory directory;
  directory.write("oui.csv", kHeader + "MA-L,001122,Large,\r\nMA-L,8C1F64,Authority,\r\n");
  directory.write("mam.csv", kHeader + "MA-M,0011223,Medium,\r\n");
  directory.write("oui36.csv", kHeader + "MA-S,001122334,Small,\r\n");
  directory.write("iab.csv", kHeader + "IAB,0050C2001,Individual,\r\n");
  const MacVendors vendors = MacVendors::load(directory.path());
  CHECK(vendors.vendor(mac("00:11:22:33:4f:ff")) == "Small");
  CHECK(vendors.vendor(mac("00:11:22:33:50:00")) == "Medium");
  CHECK(vendors.vendor(mac("00:11:22:3f:ff:ff")) == "Medium");
  CHECK(vendors.vendor(mac("00:11:22:40:00:00")) == "Large");
  CHECK(vendors.vendor(mac("00:50:c2:00:1a:bc")) == "Individual");
  CHECK(vendors.vendor(mac("00:50:c2:00:2a:bc")).empty());
  CHECK(vendors.vendor(mac("8c:1f:64:00:00:00")) == "Authority");
  CHECK(vendors.vendor(mac("00:11:21:ff:ff:ff")).empty());
  CHECK(vendors.vendor(mac("00:11:23:00:00:00")).empty());
}

TEST_CASE("The first of two equal assignments wins") {
  CHECK(vendor_of("MA-L,001122,First,\r\nMA-L,001122,Second,\r\n") == "First");
}

TEST_CASE("Group addresses have no vendor and locally administered ones are local") {
  const TemporaryDirectory directory;
  directory.write("oui.csv", kHeader + "MA-L,010000,Group,\r\nMA-L,020000,Historic,\r\nMA-L,FFFFFF,Broadcast,\r\n");
  const MacVendors vendors = MacVendors::load(directory.path());
  CHECK(vendors.vendor(mac("01:00:00:00:00:01")).empty());
  CHECK(vendors.vendor(mac("33:33:00:00:00:01")).empty());
  CHECK(vendors.vendor(mac("ff:ff:ff:ff:ff:ff")).empty());
  CHECK(vendors.vendor(mac("02:00:00:00:00:01")) == "local");
  CHECK(vendors.vendor(mac("fe:00:00:00:00:01")) == "local");
}

TEST_CASE("A field may be quoted, and a doubled quote is one") {
  CHECK(vendor_of("MA-L,001122,\"Cisco Systems, Inc\",\"170 West, San Jose\"\r\n") == "Cisco Systems, Inc");
  CHECK(vendor_of("MA-L,001122,\"JSC \"\"MASSA-K\"\"\",\r\n") == "JSC \"MASSA-K\"");
  CHECK(vendor_of("MA-L,001122,\"\"\"X\"\"\",\r\n") == "\"X\"");
  CHECK(vendor_of("MA-L,001122,\" spaced \",\r\n") == "spaced");
  CHECK(vendor_of("MA-L,001122,Bare") == "Bare");
  CHECK(vendor_of("MA-L,001122,a\"b,\r\n") == "a\"b");
}

TEST_CASE("An address that goes on over lines does not hide the next assignment") {
  CHECK(vendor_of("MA-L,001121,X,\"1 Road\nTown, ZZ\n\"\r\nMA-L,001122,Next,\"2 Road\"\r\n") == "Next");
}

TEST_CASE("A damaged line is passed over and the next one counts") {
  for (const std::string line :
       {"", ",", ",,", "MA-L", "MA-L,", "MA-L,001122", "MA-L,001122,", "MA-L,001122,\"open", "MA-L,001122,\"\",",
        "MA-L,00112,Short,", "MA-L,00112G,NoHex,", "MA-L,-01122,Minus,", "MA-L,0x1122,Prefix,", "MA-L,00 122,Blank,",
        "MA-L,0011220011220011,Long,", "\"MA-L,001122,Shifted,"}) {
    INFO(line);
    CHECK(vendor_of(line + "\r\nMA-L,001122,Good,\r\n") == "Good");
  }
}

TEST_CASE("A line of more than 64 KiB is passed over and the next one counts") {
  const std::string next = "\r\nMA-L,001122,Good,\r\n";
  for (const std::size_t bytes : {65534U, 65535U, 65536U, 65537U, 200000U}) {
    CHECK(vendor_of("MA-L,001122,Bad" + std::string(bytes, ' ') + next) == "Good");
    CHECK(vendor_of("MA-L,001121,Bad" + std::string(bytes, ' ') + "\r\nMA-L,001122,Last") == "Last");
  }
}

TEST_CASE("Every assignment of a large file is found") {
  const TemporaryDirectory directory;
  std::string lines = kHeader;
  for (unsigned number = 0; number < 10000; ++number) {
    const std::string digits = std::to_string(100000 + number * 7);
    lines.append("MA-L,").append(digits).append(",Vendor ").append(digits).append(",\r\n");
  }
  directory.write("oui.csv", lines);
  const MacVendors vendors = MacVendors::load(directory.path());
  int found = 0;
  for (unsigned number = 0; number < 10000; ++number) {
    const std::string digits = std::to_string(100000 + number * 7);
    const iptraf::MacAddress address =
        mac(digits.substr(0, 2) + ":" + digits.substr(2, 2) + ":" + digits.substr(4, 2) + ":00:00:01");
    const bool is_global_unicast = (address[0] & 3U) == 0;
    if (is_global_unicast && vendors.vendor(address) == "Vendor " + digits) ++found;
    if (!is_global_unicast) ++found;
  }
  CHECK(found == 10000);
}

TEST_CASE("Vendor names are printable UTF-8 of at most 128 bytes") {
  CHECK(vendor_of("MA-L,001122,Espa\xc3\xb1\x61,\r\n") == "Espa\xc3\xb1\x61");
  CHECK(vendor_of("MA-L,001122,a\x1b[2Jb\xff,\r\n") == "a\\x1b[2Jb\\xff");
  CHECK(vendor_of("MA-L,001122," + std::string(127, 'a') + "\xc3\xb1,\r\n") == std::string(127, 'a'));
  CHECK(vendor_of("MA-L,001122," + std::string(126, 'a') + "\xc3\xb1,\r\n") == std::string(126, 'a') + "\xc3\xb1");
}

TEST_CASE("Files that are missing or are no files give no vendors and no error") {
  CHECK(MacVendors::load("/does/not/exist").vendor(mac("00:11:22:33:44:55")).empty());
  CHECK(MacVendors::load("/does/not/exist").vendor(mac("02:00:00:00:00:01")) == "local");
  const TemporaryDirectory directory;
  REQUIRE(::mkfifo(directory.file("oui.csv").c_str(), 0600) == 0);
  REQUIRE(::symlink("/dev/zero", directory.file("mam.csv").c_str()) == 0);
  REQUIRE(::mkdir(directory.file("oui36.csv").c_str(), 0700) == 0);
  directory.write("iab.csv", kHeader + "IAB,001122334,Left,\r\n");
  CHECK(MacVendors::load(directory.path()).vendor(mac("00:11:22:33:44:55")) == "Left");
}

TEST_CASE("Vendors that were not loaded name nothing, not even local addresses") {
  const iptraf::names::NameTables names{};
  CHECK(names.vendors.vendor(mac("00:11:22:33:44:55")).empty());
  CHECK(names.vendors.vendor(mac("02:00:00:00:00:01")).empty());
  CHECK(names.hosts == nullptr);
}

TEST_CASE("The files are read when the first vendor is asked for, by whichever thread that is") {
  const TemporaryDirectory directory;
  const MacVendors vendors = MacVendors::load(directory.path());
  const iptraf::names::NameTables names{.services = {}, .vendors = vendors, .descriptions = {}, .hosts = nullptr};
  directory.write("oui.csv", kHeader + "MA-L,001122,Late,\r\n");
  std::vector<std::string> seen(4);
  std::vector<std::thread> threads;
  threads.reserve(seen.size());
  for (std::string& name : seen) {
    threads.emplace_back([&name, names] { name = names.vendors.vendor(mac("00:11:22:33:44:55")); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(seen == std::vector<std::string>(4, "Late"));
  directory.write("oui.csv", kHeader + "MA-L,001122,Later,\r\n");
  CHECK(vendors.vendor(mac("00:11:22:33:44:55")) == "Late");
}

TEST_CASE("Debian's ieee-data names well-known vendors") {
  if (::access("/usr/share/ieee-data/oui.csv", R_OK) != 0) {
    WARN("the package ieee-data is not installed: its files are not tested");
    return;
  }
  const MacVendors vendors = MacVendors::load();
  CHECK(vendors.vendor(mac("00:00:0c:12:34:56")) == "Cisco Systems, Inc");
  CHECK(vendors.vendor(mac("08:00:20:12:34:56")) == "Oracle Corporation");
  CHECK(vendors.vendor(mac("00:50:c2:7d:5f:ff")) == "DEUTA-WERKE GmbH");
  CHECK(vendors.vendor(mac("70:b3:d5:71:9f:ff")) == "2M Technology");
  CHECK(vendors.vendor(mac("20:85:93:bf:ff:ff")) == "IOG Products LLC");
}
