// SPDX-License-Identifier: GPL-2.0-or-later
// TcpConnection: the states of both ends of one generated connection, packed for millions of them.
#pragma once

#include <cstdint>

#include "deterministic_random.hpp"
#include "frame_writer.hpp"
#include "size_mix.hpp"

namespace iptraf::bench {

/// Opens with three packets, carries data and acknowledgments both ways, closes by FIN (one in 16 by RST), and then
/// opens again between the same ports.
class TcpConnection {
 public:
  /// Fills flags, numbers and payload; true when the packet goes from the client to the server. `spec.kind` and
  /// `spec.is_ipv6` are set already.
  bool next(FrameSpec& spec, SizeMix& sizes, DeterministicRandom& random) noexcept;

 private:
  enum class Stage : std::uint8_t { kClosed, kSynSent, kSynReceived, kEstablished, kFinSent, kBothFinSent };

  bool send(FrameSpec& spec, bool is_from_client, std::uint8_t flags) noexcept;
  bool open(FrameSpec& spec, DeterministicRandom& random) noexcept;
  bool carry(FrameSpec& spec, SizeMix& sizes, DeterministicRandom& random) noexcept;
  bool close(FrameSpec& spec, DeterministicRandom& random) noexcept;

  std::uint32_t client_sequence_ = 0;
  std::uint32_t server_sequence_ = 0;
  std::uint16_t packets_left_ = 0;
  Stage stage_ = Stage::kClosed;
};

}  // namespace iptraf::bench
