// SPDX-License-Identifier: GPL-2.0-or-later
// What IPTraf's traffic monitor logs of a TCP connection as it happens.
#pragma once

#include "collectors/connection.hpp"
#include "core/packet.hpp"
#include "core/traffic_event.hpp"

namespace iptraf::collectors {

/// `before` and `after` are the connection without and with the packet of `sender`, which had not ended before.
void tell_of_segment(TrafficEventRing& events, const Connection& before, const Connection& after, Side sender,
                     const Packet& packet) noexcept;

/// The connection has just ended because nothing came.
void tell_of_timeout(TrafficEventRing& events, const Connection& connection) noexcept;

}  // namespace iptraf::collectors
