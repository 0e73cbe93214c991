// SPDX-License-Identifier: GPL-2.0-or-later
// RingSource: from ring frames to decoded packets, and what happens between two blocks.
#include "capture/ring_source.hpp"

#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <iterator>
#include <system_error>

#include "capture/fanout_program.hpp"
#include "capture/offload_support.hpp"
#include "capture/socket_filter.hpp"
#include "decode/decoder.hpp"
#include "decode/offload.hpp"

namespace iptraf::capture {
namespace {

constexpr int kPollMilliseconds = 500;
/// The clock of an idle link stays so far behind that it never overtakes a packet that waits in a block which the
/// kernel has not retired yet: such packets keep their own times.
constexpr Timestamp kIdleLag = kNanosecondsPerSecond / 5;
/// Frames of a removed interface have left the ring after this time.
constexpr Timestamp kRemovedMemory = kNanosecondsPerSecond;

/// What is not known at all is not captured.
constexpr Verdict kRefusal{};

Timestamp read_clock() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return Timestamp{time.tv_sec} * kNanosecondsPerSecond + time.tv_nsec;
}

LinkType to_link_type(std::uint16_t hardware_type) noexcept {
  switch (hardware_type) {
    case ARPHRD_ETHER:
    case ARPHRD_LOOPBACK:
      return LinkType::kEthernet;
    case ARPHRD_FDDI:
      return LinkType::kFddi;
    default:
      return LinkType::kNetwork;
  }
}

RawPacket to_raw(const RingFrame& frame) noexcept {
  RawPacket raw;
  raw.link_type = to_link_type(frame.hardware_type);
  raw.bytes = frame.bytes;
  raw.wire_bytes = frame.wire_bytes;
  raw.stripped_tag_bytes = frame.has_stripped_tag ? std::uint32_t{kVlanTagBytes} : 0;
  if (raw.link_type == LinkType::kNetwork) {
    raw.ethertype = frame.protocol;
    raw.bytes = frame.bytes.subspan(std::min<std::size_t>(frame.link_header_bytes, frame.bytes.size()));
    raw.wire_bytes -= std::min(frame.link_header_bytes, frame.wire_bytes);
  }
  return raw;
}

/// What decode() cannot know of a frame whose bytes began at the network header.
void add_link_facts(const RingFrame& frame, Packet& packet) noexcept {
  packet.frame_bytes += std::min(frame.link_header_bytes, frame.wire_bytes);
  if (frame.packet_type == PACKET_BROADCAST) packet.cast = Cast::kBroadcast;
  if (frame.packet_type == PACKET_MULTICAST) packet.cast = Cast::kMulticast;
}

/// In a tunnel the kernel tells the segments of the packet inside.
bool tells_own_segments(const RingFrame& frame, const Packet& packet) noexcept {
  return packet.protocol == (frame.segments == Segments::kUdp ? ip_protocol::kUdp : ip_protocol::kTcp);
}

std::string join(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

}  // namespace

RingSource::RingSource(const config::Capture& config, DeviceTable& devices) : RingSource(config, devices, Paused{}) {
  begin();
}

RingSource::RingSource(const config::Capture& config, DeviceTable& devices, Paused)
    : config_(config),
      verdicts_(InterfaceSelection(config.interfaces, config.exclude), devices),
      tells_segments_(uses_vnet_header(config.offload)),
      now_(read_clock()) {
  if (!config_.filter.empty()) filter_ = std::make_unique<LiveFilter>(config_.filter, config_.snapshot_length);
  monitor_.synchronise(verdicts_);
  require_named_interfaces();
  ring_ = std::make_unique<PacketRing>(RingOptions{config_.ring_mib, tells_segments_}, make_refusing_filter());
  ring_->start();
}

std::vector<std::unique_ptr<RingSource>> RingSource::open_shards(const config::Capture& config, DeviceTable& devices) {
  std::vector<std::unique_ptr<RingSource>> sources;
  int group = 0;
  for (std::uint32_t i = 0; i < config.threads; ++i) {
    sources.push_back(std::unique_ptr<RingSource>(new RingSource(config, devices, Paused{})));
    if (config.threads == 1) break;
    PacketRing& ring = *sources.back()->ring_;
    sources.back()->is_first_shard_ = i == 0;
    if (i == 0) {
      group = ring.open_fanout_group(make_fanout_program(config.threads));
    } else {
      ring.join_fanout_group(group);
    }
  }
  // Only now, so that no packet comes to two of them or to the wrong one.
  for (const auto& source : sources) source->begin();
  return sources;
}

void RingSource::begin() {
  denied_ = verdicts_.unwanted();
  if (!ring_->set_filter(make_socket_filter(config_.snapshot_length, denied_))) {
    throw CaptureError("cannot attach the socket filter: " + std::generic_category().message(errno));
  }
  apply_changes();
  if (is_first_shard_) tell_if_nothing_is_captured();
}

RingSource::~RingSource() = default;

void RingSource::require_named_interfaces() const {
  const auto existing = monitor_.names();
  for (const std::string& name : verdicts_.selection().names()) {
    if (std::find(existing.begin(), existing.end(), name) != existing.end()) continue;
    throw CaptureError("interface \"" + name + "\" does not exist. Interfaces here: " + join(existing) +
                       ". Correct capture.interfaces, or use auto, which takes interfaces as they come");
  }
}

void RingSource::tell_if_nothing_is_captured() const {
  if (verdicts_.has_wanted()) return;
  if (verdicts_.selection().is_auto()) {
    spdlog::warn(
        "no interface is captured at present: auto takes {}, and not what capture.exclude names; such interfaces are "
        "taken when they appear or come up; name others with --capture.interface=NAME; interfaces here: {}",
        InterfaceSelection::what_auto_takes(), join(monitor_.names()));
  } else {
    spdlog::warn("no interface is captured: capture.exclude leaves out all that capture.interfaces selects");
  }
}

std::size_t RingSource::read(std::span<Packet> out) noexcept {
  if (!ring_->is_block_open() && !open_block()) return 0;
  std::size_t count = 0;
  RingFrame frame;
  while (count < out.size() && ring_->next(frame)) {
    if (take(frame, out[count])) ++count;
  }
  counters_.packets += count;
  if (ring_->is_block_done()) {
    now_ = std::max(now_, ring_->release_block());
    update_statistics();
  }
  return count;
}

bool RingSource::open_block() noexcept {
  if (!ring_->is_block_ready()) return false;
  // What netlink told up to here holds for the frames of the block.
  follow_interfaces();
  ring_->open_block();
  return true;
}

bool RingSource::take(const RingFrame& frame, Packet& packet) noexcept {
  const bool is_outgoing = frame.packet_type == PACKET_OUTGOING;
  if (is_outgoing && frame.hardware_type == ARPHRD_LOOPBACK) return false;
  const Verdict& verdict = verdict_on(frame.interface_index);
  if (!verdict.is_wanted) return false;
  const RawPacket raw = to_raw(frame);
  if (filter_ && !filter_->matches(frame, raw)) return false;

  decode::decode(raw, packet);
  if (raw.link_type == LinkType::kNetwork) add_link_facts(frame, packet);
  now_ = std::max(now_, frame.time);
  packet.time = now_;
  packet.device = verdict.slot;
  packet.direction = is_outgoing ? Direction::kTransmit : Direction::kReceive;
  split(frame, verdict, packet);
  return true;
}

void RingSource::split(const RingFrame& frame, const Verdict& verdict, Packet& packet) noexcept {
  if (tells_segments_) {
    if (frame.segment_payload_bytes == 0) return;
    if (tells_own_segments(frame, packet)) return decode::split_segments(packet, frame.segment_payload_bytes);
  }
  const std::uint32_t payload_bytes = decode::segment_payload_by_mtu(packet, verdict.mtu_bytes);
  if (payload_bytes == 0) return;
  decode::split_segments(packet, payload_bytes);
  ++counters_.estimated_packets;
}

const Verdict& RingSource::verdict_on(int interface_index) noexcept {
  if (const Verdict* verdict = verdicts_.find(interface_index)) return *verdict;
  follow_interfaces();
  if (const Verdict* verdict = verdicts_.find(interface_index)) return *verdict;
  try {
    verdicts_.judge_by_frame(interface_index, now_);
    apply_changes();
  } catch (const std::exception& error) {
    spdlog::warn("cannot judge an interface index={} error=\"{}\"", interface_index, error.what());
  }
  const Verdict* verdict = verdicts_.find(interface_index);
  return verdict != nullptr ? *verdict : kRefusal;
}

void RingSource::follow_interfaces() noexcept {
  try {
    monitor_.drain(verdicts_);
    apply_changes();
  } catch (const std::exception& error) {
    spdlog::warn("cannot follow the network interfaces error=\"{}\"", error.what());
  }
}

void RingSource::apply_changes() {
  if (!verdicts_.commit(now_)) return;
  update_filter();
  if (config_.promiscuous && is_first_shard_) update_promiscuous();
}

void RingSource::update_filter() {
  auto denied = verdicts_.unwanted();
  if (denied == denied_) return;
  // A failure costs speed, not correctness: take() judges every frame.
  if (!ring_->set_filter(make_socket_filter(config_.snapshot_length, denied))) {
    spdlog::warn("cannot replace the socket filter error=\"{}\"", std::generic_category().message(errno));
    return;
  }
  denied_ = std::move(denied);
}

void RingSource::update_promiscuous() {
  auto wanted = verdicts_.promiscuous();
  std::vector<int> joining;
  std::vector<int> leaving;
  std::set_difference(wanted.begin(), wanted.end(), promiscuous_.begin(), promiscuous_.end(),
                      std::back_inserter(joining));
  std::set_difference(promiscuous_.begin(), promiscuous_.end(), wanted.begin(), wanted.end(),
                      std::back_inserter(leaving));
  for (const int index : joining) {
    const int error = ring_->set_promiscuous(index, true);
    if (error == 0) continue;
    spdlog::warn("cannot enter promiscuous mode index={} error=\"{}\"", index, std::generic_category().message(error));
  }
  // Of an interface that was removed the kernel has dropped the membership already.
  for (const int index : leaving) ring_->set_promiscuous(index, false);
  promiscuous_ = std::move(wanted);
}

void RingSource::update_statistics() noexcept {
  // The kernel's counters have 32 bits; one reading a second keeps them from running over between two scrapes.
  if (now_ - statistics_at_ < kNanosecondsPerSecond) return;
  statistics_at_ = now_;
  ring_->read_statistics();
}

void RingSource::wait(int wake_fd) noexcept {
  std::array<pollfd, 3> waiting{{{ring_->fd(), POLLIN, 0}, {monitor_.fd(), POLLIN, 0}, {wake_fd, POLLIN, 0}}};
  ::poll(waiting.data(), waiting.size(), kPollMilliseconds);
  if ((waiting[0].revents & POLLERR) != 0) {
    spdlog::warn("the packet socket reports error=\"{}\"", std::generic_category().message(ring_->take_error()));
  }
  if (waiting[1].revents != 0) follow_interfaces();
  if (ring_->is_block_ready()) return;

  now_ = std::max(now_, read_clock() - kIdleLag);
  verdicts_.forget_removed(now_ - kRemovedMemory);
  ring_->read_statistics();
}

CaptureCounters RingSource::counters() const noexcept {
  CaptureCounters counters = counters_;
  const RingStatistics statistics = ring_->read_statistics();
  counters.dropped_packets = statistics.dropped_packets;
  counters.ring_freezes = statistics.freezes;
  return counters;
}

}  // namespace iptraf::capture
