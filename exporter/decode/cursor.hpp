// SPDX-License-Identifier: GPL-2.0-or-later
// Cursor: the part of a frame that is still to be read, with what was captured and what was on the wire.
#pragma once

#include <cstdint>
#include <cstring>

namespace iptraf::decode {

/// A bounds-checked reader. Every read asks has() first; loads go through memcpy, so that no alignment is
/// assumed. `captured` never exceeds `wire`.
struct Cursor {
  const std::uint8_t* at = nullptr;
  std::uint32_t captured = 0;
  std::uint32_t wire = 0;

  bool has(std::uint32_t bytes) const noexcept { return captured >= bytes; }
  bool is_on_wire(std::uint32_t bytes) const noexcept { return wire >= bytes; }

  /// Moves on by `bytes`, which were captured.
  void skip(std::uint32_t bytes) noexcept {
    at += bytes;
    captured -= bytes;
    wire -= bytes;
  }

  /// Forgets what lies behind the first `bytes` on the wire: padding behind an IP packet.
  void limit(std::uint32_t bytes) noexcept {
    if (wire > bytes) wire = bytes;
    if (captured > wire) captured = wire;
  }

  std::uint8_t u8(std::uint32_t offset) const noexcept { return at[offset]; }

  /// Big-endian, as everything on the wire is.
  std::uint16_t u16(std::uint32_t offset) const noexcept {
    std::uint16_t value;
    std::memcpy(&value, at + offset, sizeof value);
    return __builtin_bswap16(value);
  }

  std::uint32_t u32(std::uint32_t offset) const noexcept {
    std::uint32_t value;
    std::memcpy(&value, at + offset, sizeof value);
    return __builtin_bswap32(value);
  }
};

}  // namespace iptraf::decode
