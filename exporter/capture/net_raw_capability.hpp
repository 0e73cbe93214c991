// SPDX-License-Identifier: GPL-2.0-or-later
// CAP_NET_RAW: what opening the ring takes, and nothing after it.
#pragma once

namespace iptraf::capture {

/// Makes CAP_NET_RAW effective when it is permitted, as it is with the file capability `cap_net_raw+p`: a program
/// file with `+ep` cannot even be started where the capability is out of bounds. Does nothing otherwise; opening the
/// ring then says what is missing. See capabilities(7). For the calling thread.
void raise_net_raw() noexcept;

}  // namespace iptraf::capture
