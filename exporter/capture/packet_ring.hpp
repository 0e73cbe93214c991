// SPDX-License-Identifier: GPL-2.0-or-later
// PacketRing: one AF_PACKET socket with a TPACKET_V3 receive ring in shared memory.
#pragma once

#include <linux/filter.h>
#include <linux/if_packet.h>

#include <cstdint>
#include <span>

#include "core/file_descriptor.hpp"
#include "core/packet.hpp"

namespace iptraf::capture {

/// The transport protocol that an offloaded super-packet is, or was, segmented by.
enum class Segments : std::uint8_t { kNone, kTcp, kUdp };

/// One frame in the ring: a view that is valid until its block is released.
struct RingFrame {
  std::span<const std::uint8_t> bytes;  ///< from the link header on, cut to the snapshot length
  Timestamp time = 0;
  int interface_index = 0;
  std::uint32_t wire_bytes = 0;         ///< with link header, without FCS and a stripped tag
  std::uint32_t link_header_bytes = 0;  ///< where the network header begins in `bytes`
  std::uint16_t hardware_type = 0;      ///< ARPHRD_*
  std::uint16_t protocol = 0;           ///< EtherType as the kernel understood it
  std::uint8_t packet_type = 0;         ///< PACKET_HOST, PACKET_OUTGOING, ...
  bool has_stripped_tag = false;
  std::uint16_t tag_protocol = 0;  ///< TPID of the stripped tag
  std::uint16_t tag_control = 0;   ///< TCI of the stripped tag
  Segments segments = Segments::kNone;
  std::uint16_t segment_payload_bytes = 0;  ///< of a full segment; 0: one packet, or not told
};

struct RingOptions {
  std::uint32_t ring_mib = 64;
  bool with_vnet_header = false;  ///< tells the segments of every frame
};

/// What the kernel counted since the ring was opened.
struct RingStatistics {
  std::uint64_t dropped_packets = 0;
  std::uint64_t freezes = 0;
};

/// Threading: opened on the main thread, then used by one capture thread. Nothing but the opening needs a capability.
class PacketRing {
 public:
  /// Opens the socket for no protocol, attaches `program`, sets the ring up. Nothing is received before start().
  /// Throws CaptureError that says what was refused, why, and what to do.
  PacketRing(const RingOptions& options, std::span<const sock_filter> program);
  PacketRing(const PacketRing&) = delete;
  PacketRing& operator=(const PacketRing&) = delete;
  ~PacketRing();

  /// Begins to receive all protocols of all interfaces. Throws CaptureError.
  void start();

  /// Shares the packets with other sockets, after start(): `program` gives a number to each packet, its remainder by
  /// the number of members says who gets it, in the order of joining. Opens a new group and returns its id.
  /// Throws CaptureError.
  int open_fanout_group(std::span<const sock_filter> program);

  /// Joins the group of that id. Throws CaptureError.
  void join_fanout_group(int group);

  /// Replaces the program; frames already in the ring were judged by the old one. False: the kernel refused.
  bool set_filter(std::span<const sock_filter> program) noexcept;

  /// Joins or leaves promiscuous mode on one interface; the kernel leaves it by itself when the socket is closed.
  /// Returns 0 or the errno.
  int set_promiscuous(int interface_index, bool is_on) noexcept;

  /// True when the kernel has retired the next block: open_block() may be called.
  bool is_block_ready() const noexcept;
  void open_block() noexcept;
  bool is_block_open() const noexcept { return is_block_open_; }

  /// The next frame of the open block; false at its end.
  bool next(RingFrame& frame) noexcept;

  /// True when next() would return false.
  bool is_block_done() const noexcept { return frames_left_ == 0; }

  /// Gives the open block back to the kernel and returns the time of the last frame in it.
  Timestamp release_block() noexcept;

  /// Reads the kernel's counters, which begin anew with each reading, and returns the sums. A system call.
  RingStatistics read_statistics() noexcept;

  /// The kernel's last complaint about the socket, cleared; it would make each poll return at once.
  int take_error() noexcept;

  int fd() const noexcept { return socket_.get(); }

 private:
  void open_socket();
  void set_option(int name, const void* value, std::size_t bytes, const char* what);
  void set_up_ring(std::uint32_t ring_mib);
  tpacket_block_desc* block() const noexcept;
  void fill(const tpacket3_hdr* header, RingFrame& frame) const noexcept;

  FileDescriptor socket_;
  std::uint8_t* memory_ = nullptr;
  std::size_t memory_bytes_ = 0;
  std::size_t block_bytes_ = 0;
  std::uint32_t block_count_ = 0;
  std::uint32_t vnet_header_bytes_ = 0;

  std::uint32_t block_at_ = 0;
  bool is_block_open_ = false;
  std::uint32_t frames_left_ = 0;
  const std::uint8_t* frame_at_ = nullptr;
  RingStatistics statistics_;
};

}  // namespace iptraf::capture
