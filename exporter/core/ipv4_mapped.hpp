// SPDX-License-Identifier: GPL-2.0-or-later
// IPv4 in an IpAddress: behind ::ffff:0:0/96 (RFC 4291 section 2.5.5.2).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "core/packet.hpp"

namespace iptraf {

/// ::ffff:0:0, which is 0.0.0.0.
inline constexpr IpAddress kIpv4Zero{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/// Bytes before the IPv4 address itself.
inline constexpr std::size_t kIpv4Offset = 12;

constexpr bool is_ipv4_mapped(const IpAddress& address) noexcept {
  return std::equal(kIpv4Zero.begin(), kIpv4Zero.begin() + kIpv4Offset, address.begin());
}

/// Writes the IPv4 address whose four bytes stand at `from`, in network byte order.
inline void store_ipv4(const void* from, IpAddress& to) noexcept {
  to = kIpv4Zero;
  std::memcpy(to.data() + kIpv4Offset, from, 4);
}

}  // namespace iptraf
