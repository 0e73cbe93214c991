// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the device table: slots, lives, and who goes when there are too many.
#include "core/device.hpp"

#include <set>
#include <string>

#include "support/catch.hpp"

using namespace iptraf;

namespace {

DeviceSlot admit(DeviceTable& table, const std::string& name) {
  return table.admit(name, LinkKind::kEthernet, 1500, true);
}

void fill(DeviceTable& table) {
  for (int i = 0; i < kMaxDevices; ++i) admit(table, "eth" + std::to_string(i));
}

}  // namespace

TEST_CASE("A name gets a slot and keeps it") {
  DeviceTable table;
  const DeviceSlot slot = admit(table, "eth0");
  CHECK(slot == 0);
  CHECK(admit(table, "eth1") == 1);
  const std::uint64_t version = table.version();
  CHECK(table.admit("eth0", LinkKind::kFddi, 4352, false) == slot);
  CHECK(table.version() == version);
  const Device device = table.copy()[slot];
  CHECK(device.name == "eth0");
  CHECK(device.kind == LinkKind::kFddi);
  CHECK(device.mtu_bytes == 4352);
  CHECK_FALSE(device.is_up);
  CHECK(device.is_used);
  CHECK(device.life == 1);
}

TEST_CASE("A device that went and came back goes on with its slot and life") {
  DeviceTable table;
  const DeviceSlot slot = admit(table, "eth0");
  table.set_gone(slot);
  CHECK_FALSE(table.copy()[slot].is_up);
  CHECK(table.copy()[slot].is_gone);
  CHECK(table.copy()[slot].is_used);
  CHECK(admit(table, "eth0") == slot);
  CHECK(table.copy()[slot].is_up);
  CHECK_FALSE(table.copy()[slot].is_gone);
  CHECK(table.copy()[slot].life == 1);
}

TEST_CASE("Sixty-four devices have slots, the next is other") {
  DeviceTable table;
  fill(table);
  const DeviceArray full = table.copy();
  std::set<std::string> names;
  for (DeviceSlot slot = 0; slot < kMaxDevices; ++slot) names.insert(full[slot].name);
  CHECK(names.size() == 64);
  CHECK_FALSE(full[kOtherDevice].is_used);

  CHECK(admit(table, "eth64") == kOtherDevice);
  CHECK(admit(table, "eth65") == kOtherDevice);
  CHECK(table.copy()[kOtherDevice].name == "other");
  CHECK(table.copy()[kOtherDevice].life == 1);
  CHECK(admit(table, "eth63") == 63);
}

TEST_CASE("The device that is gone longest is dropped first, and its slot begins a new life") {
  DeviceTable table;
  fill(table);
  table.set_gone(9);
  table.set_gone(3);
  table.set_gone(7);
  const std::uint64_t version = table.version();
  CHECK(admit(table, "new0") == 9);
  CHECK(table.version() != version);
  CHECK(table.copy()[9].life == 2);
  CHECK(admit(table, "new1") == 3);
  CHECK(admit(table, "new2") == 7);
  CHECK(admit(table, "new3") == kOtherDevice);
  CHECK(admit(table, "eth9") == kOtherDevice);
}

TEST_CASE("A device that returned is not the first to be dropped any more") {
  DeviceTable table;
  fill(table);
  table.set_gone(5);
  table.set_gone(6);
  admit(table, "eth5");
  CHECK(admit(table, "new0") == 6);
  CHECK(admit(table, "new1") == kOtherDevice);
}

TEST_CASE("Gone devices keep their slots while others are free") {
  DeviceTable table;
  admit(table, "eth0");
  table.set_gone(0);
  CHECK(admit(table, "eth1") == 1);
  CHECK(table.copy()[0].name == "eth0");
}

TEST_CASE("A device literally named other has a slot with its own MTU and state") {
  DeviceTable table;
  const DeviceSlot slot = admit(table, "other");
  CHECK(slot == 0);
  CHECK(table.stands_for(slot, "other"));
  table.update(slot, 9000, false);
  const Device device = table.copy()[slot];
  CHECK(device.name == "other");
  CHECK(device.mtu_bytes == 9000);
  CHECK_FALSE(device.is_up);
  CHECK_FALSE(table.copy()[kOtherDevice].is_used);
}

TEST_CASE("Devices without a slot count with the device that is named other, and change nothing of it") {
  DeviceTable table;
  admit(table, "other");
  fill(table);
  CHECK(table.admit("eth99", LinkKind::kFddi, 4352, false) == 0);
  CHECK_FALSE(table.stands_for(0, "eth99"));
  CHECK(table.copy()[0].is_up);
  CHECK(table.copy()[0].mtu_bytes == 1500);
  CHECK(table.copy()[0].kind == LinkKind::kEthernet);
  CHECK(table.copy()[0].life == 1);
  CHECK_FALSE(table.copy()[kOtherDevice].is_used);

  table.set_gone(0);
  CHECK_FALSE(table.copy()[0].is_up);
  CHECK(admit(table, "new") == 0);
  CHECK(table.copy()[0].name == "other");
  CHECK_FALSE(table.copy()[0].is_up);
  CHECK(admit(table, "other") == 0);
  CHECK(table.copy()[0].is_up);
}

TEST_CASE("A device named other that comes when the other slot is in use counts there") {
  DeviceTable table;
  fill(table);
  admit(table, "eth64");
  CHECK(table.admit("other", LinkKind::kFddi, 4352, false) == kOtherDevice);
  CHECK(table.stands_for(kOtherDevice, "other"));
  table.set_gone(3);
  CHECK(admit(table, "other") == kOtherDevice);
  CHECK(table.copy()[kOtherDevice].mtu_bytes == 1500);
  CHECK(table.copy()[kOtherDevice].life == 1);
}

TEST_CASE("No two slots ever share a name") {
  const std::string names[] = {"other", "eth1", "eth2", "eth64", "eth70", "new"};
  for (unsigned order = 0; order < 4096; ++order) {
    DeviceTable table;
    if ((order & 1U) != 0) admit(table, "other");
    fill(table);
    for (unsigned step = 1; step < 4; ++step) {
      const unsigned action = order >> (3 * step);
      table.set_gone(static_cast<DeviceSlot>(action & 3U));
      admit(table, names[action % 6]);
      admit(table, names[(action + 1) % 6]);
    }
    std::set<std::string> seen;
    for (const Device& device : table.copy()) {
      if (!device.is_used) continue;
      INFO(order << ' ' << device.name);
      REQUIRE(seen.insert(device.name).second);
    }
  }
}

TEST_CASE("Nothing changes the slot of the others from outside, and it is up") {
  DeviceTable table;
  fill(table);
  table.admit("eth64", LinkKind::kEthernet, 1500, false);
  table.update(kOtherDevice, 9000, false);
  table.set_gone(kOtherDevice);
  table.update(200, 9000, false);
  table.set_gone(200);
  CHECK(table.copy()[kOtherDevice].is_up);
  CHECK(table.copy()[kOtherDevice].mtu_bytes == 1500);
  CHECK_FALSE(table.copy()[kOtherDevice].is_gone);
}

TEST_CASE("A slot stands for the name that owns it, gone or not") {
  DeviceTable table;
  fill(table);
  CHECK(table.stands_for(3, "eth3"));
  CHECK_FALSE(table.stands_for(3, "eth4"));
  CHECK_FALSE(table.stands_for(200, "eth3"));
  table.set_gone(3);
  CHECK(table.stands_for(3, "eth3"));
  admit(table, "et\xff");
  CHECK_FALSE(table.stands_for(3, "eth3"));
  CHECK(table.stands_for(3, "et\xff"));
}

TEST_CASE("The limit is told to the first who asks") {
  DeviceTable table;
  CHECK(table.is_first_to_tell_limit());
  CHECK_FALSE(table.is_first_to_tell_limit());
}

TEST_CASE("A new MTU or state is no new life") {
  DeviceTable table;
  admit(table, "eth0");
  const std::uint64_t version = table.version();
  table.update(0, 9000, false);
  CHECK(table.version() == version);
  CHECK(table.copy()[0].mtu_bytes == 9000);
  CHECK_FALSE(table.copy()[0].is_up);
}

TEST_CASE("What is no printable text in a name is shown by number") {
  DeviceTable table;
  const DeviceSlot slot = admit(table, "et\xff\nh");
  CHECK(table.copy()[slot].name == "et\\xff\\x0ah");
  CHECK(admit(table, "et\xff\nh") == slot);
  const DeviceSlot readable = admit(table, "\xc3\xa9th");
  CHECK(table.copy()[readable].name == "\xc3\xa9th");
}
