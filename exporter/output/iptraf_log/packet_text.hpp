// SPDX-License-Identifier: GPL-2.0-or-later
// A packet that is not TCP as a line of IPTraf's traffic monitor log.
#pragma once

#include <string>

#include "core/packet.hpp"

namespace iptraf::output {

/// Without time and end of line. The words are IPTraf's.
std::string packet_text(const std::string& device, const Packet& packet);

}  // namespace iptraf::output
