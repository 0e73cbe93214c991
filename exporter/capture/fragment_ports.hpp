// SPDX-License-Identifier: GPL-2.0-or-later
// FragmentPorts: which ports a later fragment belongs to, learnt from the first fragment of its datagram.
#pragma once

#include <array>
#include <cstdint>

#include "core/bounded_table.hpp"
#include "core/packet.hpp"
#include "core/sample.hpp"

namespace iptraf::capture {

/// Remembers datagrams for 30 s of packet time by device, addresses, protocol and identification (RFC 791
/// section 3.2, RFC 8200 section 4.5). Fragments that come before their first are held and released with it.
/// When the table is full the oldest datagram goes. Threading: one shard; packet times never go back.
class FragmentPorts {
 public:
  explicit FragmentPorts(std::uint32_t capacity = kDefaultCapacity) : table_(capacity) {}

  /// Gives a fragment with a trusted IP header its ports and its Datagram where they are known; other packets stay
  /// as they are. A later fragment that comes before its first keeps neither, and is told with the first.
  void resolve(Packet& packet) noexcept;

  /// Forgets what is older than 30 s.
  void expire(Timestamp now) noexcept;

  /// Forgets the datagrams of a device whose slot begins a new life.
  void forget_device(DeviceSlot slot) noexcept;

  void sample(SampleWriter& out) const;

 private:
  static constexpr std::uint32_t kDefaultCapacity = 4096;

  /// No padding: the bytes are hashed.
  struct Key {
    IpAddress source{};
    IpAddress destination{};
    std::uint32_t id = 0;
    DeviceSlot device = 0;
    std::uint8_t protocol = 0;
    std::array<std::uint8_t, 2> zero{};

    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Known {
    Timestamp time = 0;
    bool has_first = false;
    Transport transport = Transport::kNone;
    std::uint16_t source_port = 0;
    std::uint16_t destination_port = 0;
    std::uint32_t held_packets = 0;
    std::uint32_t held_ip_bytes = 0;
  };
  using Table = BoundedTable<Key, Known>;

  static Key key_of(const Packet& packet) noexcept;
  void on_first(Packet& packet) noexcept;
  void on_later(Packet& packet) noexcept;
  Table::Entry& insert(const Key& key, Timestamp now) noexcept;

  Table table_;
  std::uint64_t expired_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace iptraf::capture
