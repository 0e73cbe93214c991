// SPDX-License-Identifier: GPL-2.0-or-later
// The classic BPF program of the capture socket: drops unwanted interfaces, cuts to the snapshot length.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <vector>

namespace iptraf::capture {

/// Interfaces that the kernel refuses by itself; the frames of any others are refused after capture.
inline constexpr std::size_t kMaxDeniedInterfaces = 2000;

/// The program that accepts `snapshot_bytes` of each frame but those of the interfaces in `denied` (ascending) and
/// the outgoing copy on a loopback device, which comes in once more as received. Of `denied` the first
/// kMaxDeniedInterfaces count. Always within BPF_MAXINSNS. Any thread. Source: Documentation/networking/filter.rst.
std::vector<sock_filter> make_socket_filter(std::uint32_t snapshot_bytes, std::span<const int> denied);

/// The program that accepts nothing.
std::vector<sock_filter> make_refusing_filter();

}  // namespace iptraf::capture
