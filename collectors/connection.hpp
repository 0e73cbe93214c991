// SPDX-License-Identifier: GPL-2.0-or-later
// Connection: one TCP connection as the traffic monitor shows it, both halves in one entry.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "core/keyed_hash.hpp"
#include "core/packet.hpp"

namespace iptraf::collectors {

/// Label `state`. From kClosed on the connection has ended.
enum class ConnectionState : std::uint8_t { kOpening, kEstablished, kClosing, kClosed, kReset, kIdle };
inline constexpr std::size_t kConnectionStates = 6;

/// Label `start`.
enum class Start : std::uint8_t { kSyn, kMidstream };
inline constexpr std::size_t kStarts = 2;

/// Label `reason`.
enum class EndReason : std::uint8_t { kFin, kReset, kIdle, kUnreachable, kEvicted };
inline constexpr std::size_t kEndReasons = 5;

/// Index of an endpoint in ConnectionKey.
using Side = std::uint8_t;

/// The device and the unordered pair of endpoints, the lower one first. Kept as the words that are hashed and compared,
/// so that building one and reading it again never waits for memory.
class ConnectionKey {
 public:
  std::uint32_t hash() const noexcept { return keyed_hash(words_); }

  IpAddress address(Side side) const noexcept {
    return std::bit_cast<IpAddress>(AddressWords{words_[side * 2U], words_[side * 2U + 1]});
  }
  std::uint16_t port(Side side) const noexcept { return static_cast<std::uint16_t>(words_[4] >> (side * 16U)); }
  DeviceSlot device() const noexcept { return static_cast<DeviceSlot>(words_[4] >> 32); }

  /// The words that differ most come first; spelled out, since a library call costs more than the comparison.
  friend bool operator==(const ConnectionKey& a, const ConnectionKey& b) noexcept {
    return a.words_[4] == b.words_[4] && a.words_[1] == b.words_[1] && a.words_[3] == b.words_[3] &&
           a.words_[0] == b.words_[0] && a.words_[2] == b.words_[2];
  }

 private:
  friend struct Flow;
  using AddressWords = std::array<std::uint64_t, 2>;

  std::array<std::uint64_t, 5> words_{};
};

/// A key, and which of its sides sent the packet.
struct Flow {
  ConnectionKey key;
  Side sender = 0;

  static Flow of(const IpAddress& source, std::uint16_t source_port, const IpAddress& destination,
                 std::uint16_t destination_port, DeviceSlot device) noexcept {
    const auto from = std::bit_cast<ConnectionKey::AddressWords>(source);
    const auto to = std::bit_cast<ConnectionKey::AddressWords>(destination);
    const std::uint64_t device_word = std::uint64_t{device} << 32;
    Flow flow;
    if (is_first(from, source_port, to, destination_port)) {
      const std::uint64_t ports = source_port | std::uint64_t{destination_port} << 16;
      flow.key.words_ = {from[0], from[1], to[0], to[1], device_word | ports};
    } else {
      const std::uint64_t ports = destination_port | std::uint64_t{source_port} << 16;
      flow.key.words_ = {to[0], to[1], from[0], from[1], device_word | ports};
      flow.sender = 1;
    }
    return flow;
  }

 private:
  /// Any order will do that is the same in both directions.
  static bool is_first(const ConnectionKey::AddressWords& a, std::uint16_t a_port, const ConnectionKey::AddressWords& b,
                       std::uint16_t b_port) noexcept {
    if (a[1] != b[1]) return a[1] < b[1];
    if (a[0] != b[0]) return a[0] < b[0];
    return a_port <= b_port;
  }
};

/// True when `sequence` is at or behind `other` in sequence space (RFC 9293 section 3.4).
constexpr bool is_at_or_after(std::uint32_t sequence, std::uint32_t other) noexcept {
  return static_cast<std::int32_t>(sequence - other) >= 0;
}

/// What one side has sent, and what the other has acknowledged of it.
struct Half {
  std::uint64_t packets = 0;
  std::uint64_t ip_bytes = 0;
  std::uint32_t last_bytes = 0;      ///< IP bytes of the latest packet
  std::uint32_t first_sequence = 0;  ///< of the first segment; with has_sequence
  std::uint32_t next_sequence = 0;   ///< behind everything sent; with has_sequence
  std::uint32_t acknowledged = 0;    ///< by the other side; with has_acknowledged
  std::uint32_t syn_end = 0;         ///< what acknowledges the SYN; with has_syn
  std::uint32_t fin_end = 0;         ///< what acknowledges the FIN; with has_fin
  std::uint16_t window = 0;          ///< as in the latest header, unscaled
  std::uint8_t flags = 0;            ///< of the latest header
  MacAddress mac{};                  ///< latest source MAC; with has_mac
  bool has_mac : 1 = false;
  bool has_sequence : 1 = false;
  bool has_acknowledged : 1 = false;
  bool has_syn : 1 = false;
  bool is_syn_acknowledged : 1 = false;
  bool is_syn_ack : 1 = false;  ///< its SYN came with an ACK
  bool has_fin : 1 = false;
  bool is_fin_acknowledged : 1 = false;
  bool is_reset : 1 = false;  ///< it sent the RST, or an ICMP unreachable ended both
};

/// Three cache lines, which every packet of the connection touches.
struct alignas(64) Connection {
  ConnectionKey key;
  Timestamp first_seen = 0;
  Timestamp last_seen = 0;
  Timestamp syn_time = 0;      ///< of the first SYN without ACK; 0: none
  std::array<Half, 2> halves;  ///< by Side
  Timestamp ended_at = 0;      ///< once ended
  ConnectionState state = ConnectionState::kOpening;
  EndReason end_reason = EndReason::kFin;  ///< once ended
  Side first_side = 0;                     ///< whose packet came first: shown as `a`
  bool is_partial = false;                 ///< first seen in mid-stream
  bool is_established = false;             ///< the handshake is complete, or was not seen at all

  bool has_ended() const noexcept { return state >= ConnectionState::kClosed; }
  std::uint64_t ip_bytes() const noexcept { return halves[0].ip_bytes + halves[1].ip_bytes; }
};
static_assert(sizeof(Connection) == 3 * 64);

}  // namespace iptraf::collectors
