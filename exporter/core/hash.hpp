// SPDX-License-Identifier: GPL-2.0-or-later
// The keyed hash of every table whose keys come from the wire.
#pragma once

#include <cstddef>
#include <cstdint>

namespace iptraf {

/// SipHash-1-3 (Aumasson and Bernstein 2012) of `bytes` bytes under a key drawn at process start.
std::uint64_t seeded_hash(const void* data, std::size_t bytes) noexcept;

}  // namespace iptraf
