// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of InterfaceVerdicts: which interface gets which slot, without a socket.
#include "capture/interface_verdicts.hpp"

#include <net/if.h>
#include <net/if_arp.h>

#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::capture;

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

TEST_CASE("Over the limit of devices the other slot stands in until a place is free") {
  Fixture fixture({"all"});
  for (int index = 1; index <= 65; ++index) fixture.change(ethernet(index, "eth" + std::to_string(index)));
  CHECK(fixture.verdicts.find(64)->slot == 63);
  CHECK(fixture.verdicts.find(65)->slot == kOtherDevice);
  fixture.remove(10);
  fixture.change(ethernet(65, "eth65", IFF_UP));
  CHECK(fixture.verdicts.find(65)->slot == 9);
  CHECK(fixture.verdicts.find(10) == nullptr);
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
