// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of InterfaceSelection: auto, all, names and excludes.
#include "capture/interface_selection.hpp"

#include "support/catch.hpp"

using iptraf::capture::InterfaceSelection;
using iptraf::capture::Selected;

TEST_CASE("auto takes an interface that is up and waits for one that is down") {
  const InterfaceSelection selection({"auto"}, {});
  for (const char* name : {"eth0", "enp3s0", "wg0", "bond0", "br0", "ppp0", "tun0", "eth0.5", "veth", "vethX0"}) {
    CAPTURE(name);
    CHECK(selection.judge(name, false, true) == Selected::kYes);
    CHECK(selection.judge(name, false, false) == Selected::kWhenUp);
  }
}

TEST_CASE("auto leaves loopback and the ports of containers and virtual machines out") {
  const InterfaceSelection selection({"auto"}, {});
  CHECK(selection.judge("lo", true, true) == Selected::kNo);
  for (const char* name : {"veth0", "vetha1b2c3", "cali1234", "lxcbr0", "cni0", "flannel.1", "docker0",
                           "docker_gwbridge", "br-0123abcd", "virbr0", "vnet7", "tap0"}) {
    CAPTURE(name);
    CHECK(selection.judge(name, false, true) == Selected::kNo);
    CHECK(selection.judge(name, false, false) == Selected::kNo);
  }
}

TEST_CASE("all takes every interface, loopback and those that are down too") {
  const InterfaceSelection selection({"all"}, {});
  CHECK(selection.judge("lo", true, true) == Selected::kYes);
  CHECK(selection.judge("veth0", false, false) == Selected::kYes);
}

TEST_CASE("Names are taken literally and whatever their state") {
  const InterfaceSelection selection({"eth*", "lo", "tap0"}, {});
  CHECK(selection.judge("eth*", false, true) == Selected::kYes);
  CHECK(selection.judge("eth0", false, true) == Selected::kNo);
  CHECK(selection.judge("lo", true, true) == Selected::kYes);
  CHECK(selection.judge("tap0", false, false) == Selected::kYes);
}

TEST_CASE("Names are listed; the keywords are no names") {
  CHECK(InterfaceSelection({"eth0", "eth1"}, {}).names().size() == 2);
  CHECK(InterfaceSelection({"auto"}, {}).names().empty());
  CHECK(InterfaceSelection({"all"}, {}).names().empty());
}

TEST_CASE("What auto takes is told with every pattern that it leaves out") {
  CHECK(InterfaceSelection({"auto"}, {}).is_auto());
  CHECK_FALSE(InterfaceSelection({"all"}, {}).is_auto());
  CHECK_FALSE(InterfaceSelection({"eth0"}, {}).is_auto());
  CHECK(InterfaceSelection::what_auto_takes() ==
        "interfaces that are up, are not loopback, and whose name matches none of veth[0-9a-f]*, cali*, lxc*, cni*, "
        "flannel*, docker*, br-*, virbr*, vnet*, tap*");
}

TEST_CASE("An exclude wins over auto, all and names, as a name or a glob") {
  for (const char* mode : {"auto", "all", "eth0"}) {
    CAPTURE(mode);
    CHECK(InterfaceSelection({mode}, {"eth0"}).judge("eth0", false, true) == Selected::kNo);
    CHECK(InterfaceSelection({mode}, {"wlan0", "eth[0-3]"}).judge("eth0", false, true) == Selected::kNo);
    CHECK(InterfaceSelection({mode}, {"eth?*0"}).judge("eth0", false, true) == Selected::kYes);
    CHECK(InterfaceSelection({mode}, {"eth"}).judge("eth0", false, true) == Selected::kYes);
  }
}
