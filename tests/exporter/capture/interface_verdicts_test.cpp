// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of InterfaceVerdicts: which interface gets which slot, without a socket.
#include "capture/interface_verdicts.hpp"

#include <net/if.h>
#include <net/if_arp.h>

#include "support/catch.hpp"
#include "support/log_capture.hpp"

using namespace iptraf;
using namespace iptraf::capture;
using Catch::Matchers::Contains;
using iptraf::test::LogCapture;

namespace {

constexpr std::uint32_t kUpFlags = IFF_UP | IFF_RUNNING;

Link ethernet(int index, const std::string& name, std::uint32_t flags = kUpFlags) {
  return {index, name, ARPHRD_ETHER, 1500, flags};
}

struct Fixture {
  explicit Fixture(std::vector<std::string> interfaces, std::vector<std::string> exclude = {})
      : verdicts(InterfaceSelection(std::move(interfaces), std::move(exclude)), devices) {}

  bool change(const Link& link) {
    verdicts.link_changed(link);
    return verdicts.commit(1000);
  }

  bool remove(int index) {
    verdicts.link_removed(index);
    return verdicts.commit(1000);
  }

  /// eth1, eth2 and so on, each with its number as index.
  void add(int first, int last) {
    for (int index = first; index <= last; ++index) change(ethernet(index, "eth" + std::to_string(index)));
  }

  Device device(int index) const { return devices.copy()[verdicts.find(index)->slot]; }

  DeviceTable devices;
  InterfaceVerdicts verdicts;
};

}  // namespace

TEST_CASE("An interface that is wanted gets a slot with its MTU and state") {
  Fixture fixture({"all"});
  CHECK(fixture.verdicts.find(3) == nullptr);
  CHECK(fixture.change(ethernet(3, "eth0")));
  REQUIRE(fixture.verdicts.find(3) != nullptr);
  CHECK(fixture.verdicts.find(3)->is_wanted);
  CHECK(fixture.verdicts.find(3)->mtu_bytes == 1500);
  CHECK(fixture.device(3).name == "eth0");
  CHECK(fixture.device(3).is_up);
}

TEST_CASE("An unwanted interface is listed for the socket filter until it is removed") {
  Fixture fixture({"eth0"});
  fixture.change(ethernet(9, "eth9"));
  fixture.change(ethernet(3, "eth0"));
  fixture.change(ethernet(5, "eth5"));
  CHECK(fixture.verdicts.unwanted() == std::vector<int>{5, 9});
  CHECK_FALSE(fixture.verdicts.find(5)->is_wanted);
  fixture.remove(5);
  CHECK(fixture.verdicts.unwanted() == std::vector<int>{9});
}

TEST_CASE("auto takes an interface when it comes up and keeps it when it goes down") {
  Fixture fixture({"auto"});
  fixture.change(ethernet(3, "eth0", 0));
  CHECK(fixture.verdicts.find(3) == nullptr);
  CHECK(fixture.verdicts.unwanted().empty());
  fixture.change(ethernet(3, "eth0", IFF_UP));
  REQUIRE(fixture.verdicts.find(3) != nullptr);
  CHECK_FALSE(fixture.device(3).is_up);
  fixture.change(ethernet(3, "eth0"));
  CHECK(fixture.device(3).is_up);
  fixture.change(ethernet(3, "eth0", 0));
  CHECK(fixture.verdicts.find(3)->is_wanted);
  CHECK_FALSE(fixture.device(3).is_up);
}

TEST_CASE("A frame proves that an interface is up") {
  Fixture fixture({"auto"});
  fixture.change(ethernet(3, "eth0", 0));
  CHECK(fixture.verdicts.judge_by_frame(3, 1000).is_wanted);
  CHECK(fixture.device(3).name == "eth0");
}

TEST_CASE("An interface that nobody knows is refused until it is named") {
  Fixture fixture({"all"});
  CHECK_FALSE(fixture.verdicts.judge_by_frame(3, 1000).is_wanted);
  CHECK(fixture.verdicts.unwanted().empty());
  fixture.change(ethernet(3, "eth0"));
  CHECK(fixture.verdicts.find(3)->is_wanted);
}

TEST_CASE("A renamed interface leaves its old name and is judged by the new one") {
  Fixture fixture({"all"}, {"no*"});
  fixture.change(ethernet(3, "eth0"));
  const DeviceSlot old_slot = fixture.verdicts.find(3)->slot;
  fixture.change(ethernet(3, "wan"));
  CHECK(fixture.verdicts.find(3)->slot != old_slot);
  CHECK(fixture.device(3).name == "wan");
  CHECK(fixture.devices.copy()[old_slot].is_gone);
  CHECK_FALSE(fixture.devices.copy()[old_slot].is_up);
  fixture.change(ethernet(3, "not_me"));
  CHECK_FALSE(fixture.verdicts.find(3)->is_wanted);
  CHECK(fixture.verdicts.unwanted() == std::vector<int>{3});
  fixture.change(ethernet(3, "eth0"));
  CHECK(fixture.verdicts.find(3)->slot == old_slot);
  CHECK_FALSE(fixture.devices.copy()[old_slot].is_gone);
}

TEST_CASE("A name that comes back with another index gets its slot again") {
  Fixture fixture({"all"});
  fixture.change(ethernet(3, "eth0"));
  fixture.change(ethernet(4, "eth1"));
  const DeviceSlot slot = fixture.verdicts.find(3)->slot;
  fixture.remove(3);
  CHECK(fixture.devices.copy()[slot].is_gone);
  fixture.change(ethernet(8, "eth0"));
  CHECK(fixture.verdicts.find(8)->slot == slot);
  CHECK_FALSE(fixture.devices.copy()[slot].is_gone);
}

TEST_CASE("A namesake that is told before the removal keeps the slot alive") {
  Fixture fixture({"all"});
  fixture.change(ethernet(3, "eth0"));
  fixture.change(ethernet(8, "eth0"));
  fixture.remove(3);
  const Device device = fixture.device(8);
  CHECK(device.is_up);
  CHECK_FALSE(device.is_gone);
}

TEST_CASE("The last frames of a removed interface find its slot until it is forgotten") {
  Fixture fixture({"all"});
  fixture.change(ethernet(3, "eth0"));
  fixture.remove(3);
  REQUIRE(fixture.verdicts.find(3) != nullptr);
  CHECK(fixture.verdicts.find(3)->is_wanted);
  fixture.verdicts.forget_removed(1000);
  CHECK_FALSE(fixture.verdicts.commit(2000));
  fixture.verdicts.forget_removed(1001);
  CHECK(fixture.verdicts.commit(2000));
  CHECK(fixture.verdicts.find(3) == nullptr);
}

TEST_CASE("An index that is used again is judged again") {
  Fixture fixture({"eth0"});
  fixture.change(ethernet(3, "eth0"));
  fixture.remove(3);
  fixture.change(ethernet(3, "eth9"));
  CHECK_FALSE(fixture.verdicts.find(3)->is_wanted);
}

TEST_CASE("Over the limit of devices the other slot stands in until an interface goes") {
  Fixture fixture({"all"});
  fixture.add(1, 65);
  CHECK(fixture.verdicts.find(64)->slot == 63);
  CHECK(fixture.verdicts.find(65)->slot == kOtherDevice);
  CHECK(fixture.remove(10));
  CHECK(fixture.verdicts.find(65)->slot == 9);
  CHECK(fixture.device(65).name == "eth65");
  CHECK(fixture.device(65).is_up);
  CHECK(fixture.device(65).life == 2);
  CHECK(fixture.verdicts.find(10) == nullptr);
}

TEST_CASE("Interfaces that wait for a slot get one in the order of their index, not of their coming") {
  Fixture fixture({"all"});
  fixture.add(1, 64);
  for (const int index : {90, 70, 80}) fixture.change(ethernet(index, "eth" + std::to_string(index)));
  fixture.remove(1);
  CHECK(fixture.verdicts.find(70)->slot == 0);
  CHECK(fixture.verdicts.find(80)->slot == kOtherDevice);
  fixture.change(ethernet(66, "eth66"));
  fixture.remove(5);
  fixture.remove(6);
  CHECK(fixture.verdicts.find(66)->slot == 4);
  CHECK(fixture.verdicts.find(80)->slot == 5);
  CHECK(fixture.verdicts.find(90)->slot == kOtherDevice);
}

TEST_CASE("An interface that waited and went takes no slot") {
  Fixture fixture({"all"});
  fixture.add(1, 66);
  fixture.remove(65);
  fixture.remove(3);
  CHECK(fixture.verdicts.find(66)->slot == 2);
  CHECK(fixture.devices.copy()[2].name == "eth66");
  fixture.remove(4);
  CHECK(fixture.devices.copy()[3].name == "eth4");
  CHECK(fixture.devices.copy()[3].is_gone);
}

TEST_CASE("An interface that waits and is renamed or no longer wanted waits under its new name or not at all") {
  Fixture fixture({"all"}, {"no*"});
  fixture.add(1, 66);
  fixture.change(ethernet(65, "not_me"));
  fixture.change(ethernet(66, "wan"));
  fixture.remove(7);
  CHECK_FALSE(fixture.verdicts.find(65)->is_wanted);
  CHECK(fixture.device(66).name == "wan");
}

TEST_CASE("A renamed interface keeps its place before those that wait") {
  Fixture fixture({"all"}, {"no*"});
  fixture.add(1, 66);
  fixture.change(ethernet(3, "wan"));
  CHECK(fixture.device(3).name == "wan");
  CHECK(fixture.verdicts.find(65)->slot == kOtherDevice);
  fixture.change(ethernet(3, "not_me"));
  CHECK(fixture.device(65).name == "eth65");
  CHECK(fixture.verdicts.find(66)->slot == kOtherDevice);
}

TEST_CASE("Two threads that are told the same give the same slots, one after the other") {
  Fixture ahead({"all"});
  InterfaceVerdicts behind(InterfaceSelection({"all"}, {}), ahead.devices);
  ahead.add(1, 66);
  for (int index = 1; index <= 66; ++index) behind.link_changed(ethernet(index, "eth" + std::to_string(index)));
  behind.commit(1000);
  ahead.remove(10);
  CHECK(behind.find(65)->slot == kOtherDevice);
  behind.link_changed(ethernet(10, "eth10", 0));  // told before the removal
  CHECK(ahead.device(65).name == "eth65");
  CHECK(ahead.device(65).is_up);
  behind.link_removed(10);
  behind.commit(1000);
  CHECK(behind.find(65)->slot == 9);
  CHECK(behind.find(66)->slot == kOtherDevice);
  CHECK_FALSE(ahead.device(65).is_gone);
}

TEST_CASE("The limit is told once, with the first interface that has no slot of its own") {
  const LogCapture log;
  Fixture fixture({"all"});
  fixture.add(1, 64);
  CHECK(log.count("warning") == 0);
  fixture.add(65, 70);
  fixture.remove(1);
  fixture.add(71, 72);
  CHECK(log.count("warning") == 1);
  CHECK_THAT(log.text(), Contains("warning more than 64 interfaces") && Contains("eth65;"));
  CHECK(log.count("has a slot of its own now device=eth65 index=65") == 1);
}

TEST_CASE("An interface that is named other has a slot, with those that have none") {
  Fixture fixture({"all"});
  fixture.change(ethernet(100, "other"));
  fixture.add(1, 65);
  CHECK(fixture.verdicts.find(100)->slot == 0);
  CHECK(fixture.verdicts.find(64)->slot == 0);
  fixture.change(ethernet(64, "eth64", 0));
  CHECK(fixture.device(100).is_up);
  fixture.remove(100);
  CHECK_FALSE(fixture.devices.copy()[0].is_up);
  CHECK(fixture.devices.copy()[0].name == "other");
  CHECK(fixture.verdicts.find(64)->slot == 0);
  fixture.remove(20);
  CHECK(fixture.device(64).name == "eth64");
  CHECK_FALSE(fixture.device(64).is_up);
  fixture.change(ethernet(101, "other"));
  CHECK(fixture.verdicts.find(101)->slot == 0);
  CHECK(fixture.device(101).is_up);
}

TEST_CASE("Whether anything is captured is known") {
  Fixture fixture({"auto"});
  CHECK_FALSE(fixture.verdicts.has_wanted());
  fixture.change(ethernet(3, "eth0", 0));
  fixture.change(ethernet(4, "docker0"));
  CHECK_FALSE(fixture.verdicts.has_wanted());
  fixture.change(ethernet(3, "eth0"));
  CHECK(fixture.verdicts.has_wanted());
  fixture.remove(3);
  CHECK_FALSE(fixture.verdicts.has_wanted());
}

TEST_CASE("Only wanted Ethernet-like interfaces that exist have a promiscuous mode") {
  Fixture fixture({"all"}, {"eth9"});
  fixture.change({1, "lo", ARPHRD_LOOPBACK, 65536, kUpFlags | IFF_LOOPBACK});
  fixture.change(ethernet(3, "eth0"));
  fixture.change(ethernet(4, "eth4"));
  fixture.change({5, "tun0", ARPHRD_NONE, 1500, kUpFlags});
  fixture.change(ethernet(9, "eth9"));
  fixture.remove(4);
  CHECK(fixture.verdicts.promiscuous() == std::vector<int>{3});
}

TEST_CASE("Many interfaces are all found again") {
  Fixture fixture({"eth1"});
  for (int index = 1; index <= 3000; ++index) {
    fixture.verdicts.link_changed(ethernet(index * 64, "eth" + std::to_string(index)));
  }
  fixture.verdicts.commit(1000);
  int found = 0;
  for (int index = 1; index <= 3000; ++index) found += fixture.verdicts.find(index * 64) != nullptr ? 1 : 0;
  CHECK(found == 3000);
  CHECK(fixture.verdicts.find(64)->is_wanted);
  CHECK(fixture.verdicts.find(63) == nullptr);
}
