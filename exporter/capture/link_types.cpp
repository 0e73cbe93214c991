// SPDX-License-Identifier: GPL-2.0-or-later
// Which of libpcap's link types the decoder knows.
#include "capture/link_types.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <iterator>

namespace iptraf::capture {
namespace {

struct Pair {
  int dlt;
  LinkType type;
};

constexpr Pair kLinkTypes[] = {
    {DLT_EN10MB, LinkType::kEthernet},
    {DLT_LINUX_SLL, LinkType::kLinuxSll},
    {DLT_LINUX_SLL2, LinkType::kLinuxSll2},
    {DLT_RAW, LinkType::kRaw},
    {DLT_IPV4, LinkType::kRawIpv4},
    {DLT_IPV6, LinkType::kRawIpv6},
    {DLT_NULL, LinkType::kNull},
    {DLT_LOOP, LinkType::kLoop},
    {DLT_PPP, LinkType::kPpp},
    {DLT_PPP_SERIAL, LinkType::kPppHdlc},
    {DLT_PPP_ETHER, LinkType::kPppEther},
    {DLT_SLIP, LinkType::kSlip},
    {DLT_SLIP_BSDOS, LinkType::kSlipBsdos},
    {DLT_C_HDLC, LinkType::kCiscoHdlc},
    {DLT_FDDI, LinkType::kFddi},
    {DLT_IPOIB, LinkType::kIpoib},
    {DLT_MPLS, LinkType::kMpls},
};

}  // namespace

std::optional<LinkType> link_type_of(int dlt) noexcept {
  const auto* const found =
      std::find_if(std::begin(kLinkTypes), std::end(kLinkTypes), [dlt](const Pair& pair) { return pair.dlt == dlt; });
  if (found == std::end(kLinkTypes)) return std::nullopt;
  return found->type;
}

LinkKind link_kind_of(LinkType type) noexcept {
  if (type == LinkType::kEthernet) return LinkKind::kEthernet;
  if (type == LinkType::kFddi) return LinkKind::kFddi;
  if (type == LinkType::kNull || type == LinkType::kLoop) return LinkKind::kLoopback;
  return LinkKind::kOther;
}

}  // namespace iptraf::capture
