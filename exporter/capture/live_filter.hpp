// SPDX-License-Identifier: GPL-2.0-or-later
// LiveFilter: `capture.filter` for the frames of the ring, whatever interface they come from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "capture/frame_filter.hpp"
#include "capture/packet_ring.hpp"
#include "core/packet.hpp"

namespace iptraf::capture {

/// The expression compiled for each link type of the ring. Ethernet frames are judged with their stripped VLAN tag
/// put back. Where decoding begins at the network header there is no link header to look at: IP packets are judged
/// as DLT_RAW, other protocols never match, and an expression about link headers matches nothing. One thread.
class LiveFilter {
 public:
  /// Throws FilterError when the expression is not valid for Ethernet.
  LiveFilter(const std::string& expression, std::uint32_t snapshot_bytes);

  /// `raw` is what is decoded of `frame`. No allocation.
  bool matches(const RingFrame& frame, const RawPacket& raw) noexcept;

 private:
  FrameFilter ethernet_;
  std::optional<FrameFilter> ip_;
  std::optional<FrameFilter> fddi_;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace iptraf::capture
