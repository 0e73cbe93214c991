// SPDX-License-Identifier: GPL-2.0-or-later
// decode(): from the bytes of one frame to the facts of one Packet. Pure, total, bounds-checked.
#pragma once

#include <cstdint>

#include "core/packet.hpp"

namespace iptraf::decode {

/// Fills everything of `packet` but time, device and direction, which are the source's to set. Keeps no state, never
/// throws, reads nothing outside raw.bytes, and ends after a bounded number of headers whatever the bytes say. What the
/// snapshot length cut off is not an error; what the wire lacked is (Packet::malformed).
void decode(const RawPacket& raw, Packet& packet) noexcept;

}  // namespace iptraf::decode
