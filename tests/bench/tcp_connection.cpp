// SPDX-License-Identifier: GPL-2.0-or-later
// TcpConnection: the states of both ends of one generated connection, packed for millions of them.
#include "tcp_connection.hpp"

#include <algorithm>

namespace iptraf::bench {

bool TcpConnection::next(FrameSpec& spec, SizeMix& sizes, DeterministicRandom& random) noexcept {
  if (stage_ == Stage::kEstablished && packets_left_ > 0) return carry(spec, sizes, random);
  sizes.must_be_small(random);
  switch (stage_) {
    case Stage::kClosed:
      return open(spec, random);
    case Stage::kSynSent:
      stage_ = Stage::kSynReceived;
      return send(spec, false, tcp_flag::kSyn | tcp_flag::kAck);
    case Stage::kSynReceived:
      stage_ = Stage::kEstablished;
      return send(spec, true, tcp_flag::kAck);
    case Stage::kEstablished:
      return close(spec, random);
    case Stage::kFinSent:
      stage_ = Stage::kBothFinSent;
      return send(spec, false, tcp_flag::kFin | tcp_flag::kAck);
    case Stage::kBothFinSent:
      stage_ = Stage::kClosed;
      return send(spec, true, tcp_flag::kAck);
  }
  return true;
}

/// A SYN and a FIN take one number each, RFC 9293 section 3.4.
bool TcpConnection::send(FrameSpec& spec, bool is_from_client, std::uint8_t flags) noexcept {
  std::uint32_t& own = is_from_client ? client_sequence_ : server_sequence_;
  const std::uint32_t other = is_from_client ? server_sequence_ : client_sequence_;
  spec.tcp_flags = flags;
  spec.tcp_sequence = own;
  spec.tcp_acknowledgment = (flags & tcp_flag::kAck) != 0 ? other : 0;
  own += spec.payload_bytes + ((flags & (tcp_flag::kSyn | tcp_flag::kFin)) != 0 ? 1 : 0);
  return is_from_client;
}

bool TcpConnection::open(FrameSpec& spec, DeterministicRandom& random) noexcept {
  constexpr std::uint64_t kShortest = 4;
  const std::uint64_t numbers = random.next();
  client_sequence_ = static_cast<std::uint32_t>(numbers);
  server_sequence_ = static_cast<std::uint32_t>(numbers >> 32);
  packets_left_ = static_cast<std::uint16_t>(kShortest << random.below(10));
  stage_ = Stage::kSynSent;
  return send(spec, true, tcp_flag::kSyn);
}

/// Small: an acknowledgment. Everything else is data, three times out of four from the server.
bool TcpConnection::carry(FrameSpec& spec, SizeMix& sizes, DeterministicRandom& random) noexcept {
  --packets_left_;
  const std::uint32_t frame_bytes = sizes.any(random);
  const bool is_data = frame_bytes > kSmallestFrameBytes;
  if (is_data) spec.payload_bytes = frame_bytes - kEthernetHeaderBytes - header_bytes(spec);
  const bool is_rare_way = random.below(4) == 0;
  const bool is_pushed = is_data && frame_bytes < kLargestFrameBytes;
  return send(spec, is_data == is_rare_way, tcp_flag::kAck | (is_pushed ? tcp_flag::kPsh : std::uint8_t{0}));
}

bool TcpConnection::close(FrameSpec& spec, DeterministicRandom& random) noexcept {
  if (random.below(16) == 0) {
    stage_ = Stage::kClosed;
    return send(spec, false, tcp_flag::kRst | tcp_flag::kAck);
  }
  stage_ = Stage::kFinSent;
  return send(spec, true, tcp_flag::kFin | tcp_flag::kAck);
}

}  // namespace iptraf::bench
