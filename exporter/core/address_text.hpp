// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses as people read them.
#pragma once

#include <string>

#include "core/packet.hpp"

namespace iptraf {

/// Dotted decimal for a mapped IPv4 address, else the text form of RFC 5952.
std::string to_text(const IpAddress& address);

/// aa:bb:cc:dd:ee:ff
std::string to_text(const MacAddress& address);

}  // namespace iptraf
