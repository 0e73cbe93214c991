// SPDX-License-Identifier: GPL-2.0-or-later
// FileRecord: one packet of a capture file.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>

#include "core/packet.hpp"

namespace iptraf::capture {

/// Without the frame check sequence that a pcap file may say its frames end in. `bytes` are the reader's and valid
/// until it reads again.
struct FileRecord {
  Timestamp time = 0;
  std::span<const std::uint8_t> bytes;
  std::uint32_t wire_bytes = 0;
};

/// A file may hold any number in either field; the latest time is in 2106. Negative seconds are a 32-bit field that
/// libpcap read as signed, which ends in 2038.
constexpr Timestamp file_time(std::int64_t seconds, std::int64_t nanoseconds) noexcept {
  constexpr std::int64_t kLatestSeconds = std::numeric_limits<std::uint32_t>::max();
  const std::int64_t since_epoch =
      seconds < 0 ? static_cast<std::uint32_t>(seconds) : std::min(seconds, kLatestSeconds);
  return since_epoch * kNanosecondsPerSecond + std::clamp<std::int64_t>(nanoseconds, 0, kNanosecondsPerSecond - 1);
}

/// A record that claims more captured than original bytes is judged by the original length. `fcs_bytes` end each frame
/// on the wire.
constexpr FileRecord make_file_record(Timestamp time, const std::uint8_t* bytes, std::uint32_t captured_bytes,
                                      std::uint32_t wire_bytes, std::uint32_t fcs_bytes) noexcept {
  const std::uint32_t frame_bytes = wire_bytes - std::min(wire_bytes, fcs_bytes);
  return {time, {bytes, std::min(captured_bytes, frame_bytes)}, frame_bytes};
}

}  // namespace iptraf::capture
