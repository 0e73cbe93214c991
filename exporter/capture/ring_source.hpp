// SPDX-License-Identifier: GPL-2.0-or-later
// RingSource: live capture of all wanted interfaces through one unbound AF_PACKET ring.
#pragma once

#include <memory>
#include <vector>

#include "capture/interface_verdicts.hpp"
#include "capture/interfaces.hpp"
#include "capture/live_filter.hpp"
#include "capture/packet_ring.hpp"
#include "capture/packet_source.hpp"
#include "config/config.hpp"
#include "core/device.hpp"

namespace iptraf::capture {

/// Captures what `capture.interfaces` and `capture.exclude` select, also interfaces that come later, and keeps
/// names, MTU and state of the device table up to date. Once constructed it needs no capability.
///
/// Lengths: the frame is what the kernel shows of it, link header included, plus a VLAN tag that the kernel took
/// off. On interfaces other than Ethernet, loopback and FDDI decoding begins at the network header by the EtherType
/// that the kernel tells; what stands before it (nothing on tun and PPP, the outer headers on a GRE device without a
/// fixed peer) belongs to the frame bytes alone.
///
/// Threading: constructed on the main thread, then used by one capture thread. Packets go without lock, allocation
/// or clock; interface changes, counters and log lines happen between two blocks of the ring.
class RingSource final : public PacketSource {
 public:
  /// Throws CaptureError (ring, capability, a named interface that does not exist) and FilterError.
  /// `devices` must live as long as the source. This source gets every packet.
  RingSource(const config::Capture& config, DeviceTable& devices);

  /// The sources of all `capture.threads`: each packet goes to the one that shard_of() names. Throws as above.
  static std::vector<std::unique_ptr<RingSource>> open_shards(const config::Capture& config, DeviceTable& devices);

  ~RingSource() override;

  /// Ends at the end of a block of the ring, too: 0 says that wait() should be called, not that nothing is there.
  std::size_t read(std::span<Packet> out) noexcept override;

  /// At most half a second. Reads `wake_fd` never: it stays readable until its owner reads it.
  void wait(int wake_fd) noexcept override;

  bool has_ended() const noexcept override { return false; }
  Timestamp now() const noexcept override { return now_; }
  CaptureCounters counters() const noexcept override;

 private:
  struct Paused {};

  /// Open and bound, with a socket filter that refuses everything until begin().
  RingSource(const config::Capture& config, DeviceTable& devices, Paused);
  void begin();
  bool open_block() noexcept;
  bool take(const RingFrame& frame, Packet& packet) noexcept;
  const Verdict& verdict_on(int interface_index) noexcept;
  void split(const RingFrame& frame, const Verdict& verdict, Packet& packet) noexcept;
  void follow_interfaces() noexcept;
  void apply_changes();
  void update_filter();
  void update_promiscuous();
  void require_named_interfaces() const;
  void tell_if_nothing_is_captured() const;
  void update_statistics() noexcept;

  const config::Capture config_;
  InterfaceVerdicts verdicts_;
  LinkMonitor monitor_;
  std::unique_ptr<LiveFilter> filter_;  ///< none: everything matches
  std::unique_ptr<PacketRing> ring_;
  const bool tells_segments_;
  bool is_first_shard_ = true;  ///< promiscuous mode is asked for once, and warnings are given once

  std::vector<int> denied_;       ///< what the socket filter refuses now
  std::vector<int> promiscuous_;  ///< memberships asked for, ascending
  CaptureCounters counters_;
  Timestamp now_ = 0;
  Timestamp statistics_at_ = 0;
};

}  // namespace iptraf::capture
