// SPDX-License-Identifier: GPL-2.0-or-later
// Tests of the link types: which numbers of libpcap are decoded, and what the LAN facilities may assume.
#include "capture/link_types.hpp"

#include <pcap/pcap.h>

#include "support/catch.hpp"

using namespace iptraf;
using namespace iptraf::capture;

TEST_CASE("What libpcap calls a link type that is not decoded gives nothing") {
  CHECK(link_type_of(DLT_EN10MB) == LinkType::kEthernet);
  CHECK(link_type_of(DLT_RAW) == LinkType::kRaw);
  CHECK_FALSE(link_type_of(DLT_IEEE802_11));
  CHECK_FALSE(link_type_of(DLT_USB));
  CHECK_FALSE(link_type_of(-1));
  CHECK_FALSE(link_type_of(1 << 30));
}

TEST_CASE("Only Ethernet and FDDI are LANs, null and loop are loopback") {
  CHECK(link_kind_of(LinkType::kEthernet) == LinkKind::kEthernet);
  CHECK(link_kind_of(LinkType::kFddi) == LinkKind::kFddi);
  CHECK(link_kind_of(LinkType::kNull) == LinkKind::kLoopback);
  CHECK(link_kind_of(LinkType::kLoop) == LinkKind::kLoopback);
  CHECK(link_kind_of(LinkType::kLinuxSll) == LinkKind::kOther);
  CHECK(link_kind_of(LinkType::kRaw) == LinkKind::kOther);
  CHECK(link_kind_of(LinkType::kIpoib) == LinkKind::kOther);
}
