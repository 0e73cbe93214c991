// SPDX-License-Identifier: GPL-2.0-or-later
// Which of libpcap's link types the decoder knows.
#pragma once

#include <optional>

#include "core/device.hpp"
#include "core/packet.hpp"

namespace iptraf::capture {

/// The decoder's link type for a DLT_* value of libpcap; nothing when it is not decoded.
std::optional<LinkType> link_type_of(int dlt) noexcept;

/// What the LAN facilities may assume of it.
LinkKind link_kind_of(LinkType type) noexcept;

}  // namespace iptraf::capture
