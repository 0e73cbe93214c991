// SPDX-License-Identifier: GPL-2.0-or-later
// Which kernels tell the segments of a super-packet without losing packets over it.
#pragma once

#include <string_view>

#include "config/config.hpp"

namespace iptraf::capture {

/// True when a kernel of this release (uname(2)) can express UDP segmentation in PACKET_VNET_HDR: since Linux 6.2.
/// Older ones drop such packets, as QUIC sends them, before the ring. An unreadable release is an old one.
bool can_express_udp_segments(std::string_view kernel_release) noexcept;

/// True when `offload` on the running kernel means PACKET_VNET_HDR, false when segments are estimated by the MTU.
bool uses_vnet_header(config::Offload offload) noexcept;

}  // namespace iptraf::capture
