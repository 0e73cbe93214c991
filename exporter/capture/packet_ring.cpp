// SPDX-License-Identifier: GPL-2.0-or-later
// PacketRing: opening and reading of the ring. Source: packet(7), Documentation/networking/packet_mmap.rst.
#include "capture/packet_ring.hpp"
#include "capture/net_raw_capability.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "capture/net_raw_capability.hpp"
#include "capture/packet_source.hpp"
#include "core/shortage.hpp"

namespace iptraf::capture {
namespace {

/// A partly filled block is handed over after this time, so that a quiet link is read soon.
constexpr unsigned kRetireMilliseconds = 30;
/// Blocks per ring at least; few large blocks cost the fewest hand-overs.
constexpr std::uint32_t kMinBlocks = 8;
constexpr std::uint64_t kMaxBlockBytes = 1 << 20;
constexpr std::uint64_t kMebibyte = 1 << 20;
/// Only checked by the kernel: in version 3 a frame takes what it needs.
constexpr std::uint32_t kNominalFrameBytes = 2048;

constexpr const char* kCapabilityAdvice =
    "Capturing needs the capability CAP_NET_RAW: start the program as root, or give it the capability with "
    "`setcap cap_net_raw+p /path/to/iptraf_exporter`, or with AmbientCapabilities=CAP_NET_RAW in its systemd unit";

std::string reason(int error) { return std::generic_category().message(error); }

CaptureError socket_error(int error) {
  std::string message = "cannot open a packet socket: " + reason(error) + ". ";
  if (error == EPERM || error == EACCES) return CaptureError(message + kCapabilityAdvice);
  if (error == EAFNOSUPPORT || error == EPROTONOSUPPORT) {
    return CaptureError(message + "Load the kernel module af_packet, or allow AF_PACKET in the sandbox");
  }
  if (error == EMFILE || error == ENFILE)
    return CaptureError(std::string("cannot open a packet socket: ") + kTooManyOpenFiles);
  return CaptureError(message + "Check the limits of the process");
}

CaptureError memory_error(std::uint32_t ring_mib, int error) {
  return CaptureError("cannot get " + std::to_string(ring_mib) + " MiB for the capture ring: " + reason(error) +
                      ". Lower capture.ring_mib, or allow the process more memory");
}

std::uint64_t machine_memory_bytes() noexcept {
  struct sysinfo info {};
  return ::sysinfo(&info) == 0 ? std::uint64_t{info.totalram} * info.mem_unit : 0;
}

std::size_t tpacket_align(std::size_t bytes) noexcept {
  return (bytes + TPACKET_ALIGNMENT - 1) & ~(std::size_t{TPACKET_ALIGNMENT} - 1);
}

/// The kernel copies the program; the interface merely lacks a const.
sock_fprog to_request(std::span<const sock_filter> program) noexcept {
  return {static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
}

template <typename T>
const T* view_at(const std::uint8_t* at) noexcept {
  return reinterpret_cast<const T*>(at);
}

/// What PACKET_VNET_HDR puts before each frame, in host byte order. linux/virtio_net.h is no C++.
/// Source: OASIS virtio 1.2 section 5.1.6, legacy layout.
struct VnetHeader {
  std::uint8_t flags;
  std::uint8_t gso_type;
  std::uint16_t header_bytes;
  std::uint16_t gso_size;
  std::uint16_t checksum_start;
  std::uint16_t checksum_offset;
};
static_assert(sizeof(VnetHeader) == 10);

Segments to_segments(std::uint8_t gso_type) noexcept {
  constexpr std::uint8_t kTcpIpv4 = 1;
  constexpr std::uint8_t kTcpIpv6 = 4;
  constexpr std::uint8_t kUdp = 5;
  constexpr std::uint8_t kEcnBit = 0x80;
  switch (gso_type & static_cast<std::uint8_t>(~kEcnBit)) {
    case kTcpIpv4:
    case kTcpIpv6:
      return Segments::kTcp;
    case kUdp:
      return Segments::kUdp;
    default:
      return Segments::kNone;
  }
}

void fill_segments(const std::uint8_t* at, RingFrame& frame) noexcept {
  VnetHeader header;
  std::memcpy(&header, at, sizeof header);
  frame.segments = to_segments(header.gso_type);
  frame.segment_payload_bytes = frame.segments == Segments::kNone ? std::uint16_t{0} : header.gso_size;
}

}  // namespace

PacketRing::PacketRing(const RingOptions& options, std::span<const sock_filter> program) {
  open_socket();
  if (!set_filter(program)) throw CaptureError("cannot attach the socket filter: " + reason(errno));
  const int version = TPACKET_V3;
  set_option(PACKET_VERSION, &version, sizeof version, "TPACKET_V3 (the kernel must be at least 3.2)");
  if (options.with_vnet_header) {
    const int on = 1;
    set_option(PACKET_VNET_HDR, &on, sizeof on, "PACKET_VNET_HDR; set capture.offload to estimate");
    vnet_header_bytes_ = sizeof(VnetHeader);
  }
  set_up_ring(options.ring_mib);
}

PacketRing::~PacketRing() {
  if (memory_ != nullptr) ::munmap(memory_, memory_bytes_);
}

void PacketRing::open_socket() {
  // Protocol 0 receives nothing until start(), so that no packet slips in before the filter.
  raise_net_raw();
  socket_ = FileDescriptor(::socket(PF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_.is_open()) throw socket_error(errno);
}

void PacketRing::set_option(int name, const void* value, std::size_t bytes, const char* what) {
  if (::setsockopt(socket_.get(), SOL_PACKET, name, value, static_cast<socklen_t>(bytes)) == 0) return;
  throw CaptureError("the kernel refuses the packet socket option " + std::string(what) + ": " + reason(errno));
}

void PacketRing::set_up_ring(std::uint32_t ring_mib) {
  const std::uint64_t ring_bytes = std::uint64_t{ring_mib} * kMebibyte;
  // Asked for more than there is, some kernels end other programs before they refuse.
  if (ring_bytes > machine_memory_bytes() / 2) throw memory_error(ring_mib, ENOMEM);
  block_bytes_ = std::bit_floor(std::min<std::uint64_t>(kMaxBlockBytes, ring_bytes / kMinBlocks));
  block_count_ = static_cast<std::uint32_t>(ring_bytes / block_bytes_);
  tpacket_req3 request{};
  request.tp_block_size = static_cast<unsigned>(block_bytes_);
  request.tp_block_nr = block_count_;
  request.tp_frame_size = kNominalFrameBytes;
  request.tp_frame_nr = static_cast<unsigned>(block_bytes_ / kNominalFrameBytes) * block_count_;
  request.tp_retire_blk_tov = kRetireMilliseconds;
  if (::setsockopt(socket_.get(), SOL_PACKET, PACKET_RX_RING, &request, sizeof request) != 0) {
    throw memory_error(ring_mib, errno);
  }
  memory_bytes_ = block_bytes_ * block_count_;
  void* memory = ::mmap(nullptr, memory_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, socket_.get(), 0);
  if (memory == MAP_FAILED) throw memory_error(ring_mib, errno);
  memory_ = static_cast<std::uint8_t*>(memory);
}

void PacketRing::start() {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw CaptureError("cannot start capturing: " + reason(errno));
  }
}

int PacketRing::open_fanout_group(std::span<const sock_filter> program) {
  // The kernel chooses the id: one of our own could be that of another program, which would share its packets.
  const std::uint32_t new_group = (PACKET_FANOUT_CBPF | PACKET_FANOUT_FLAG_UNIQUEID) << 16;
  set_option(PACKET_FANOUT, &new_group, sizeof new_group, "PACKET_FANOUT; set capture.threads to 1");
  const sock_fprog request = to_request(program);
  set_option(PACKET_FANOUT_DATA, &request, sizeof request, "PACKET_FANOUT_DATA; set capture.threads to 1");
  int group = 0;
  socklen_t bytes = sizeof group;
  if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_FANOUT, &group, &bytes) != 0) {
    throw CaptureError("cannot read the fanout group: " + reason(errno) + ". Set capture.threads to 1");
  }
  return group & 0xffff;
}

void PacketRing::join_fanout_group(int group) {
  const std::uint32_t member = static_cast<std::uint32_t>(group) | PACKET_FANOUT_CBPF << 16;
  set_option(PACKET_FANOUT, &member, sizeof member, "PACKET_FANOUT; set capture.threads to 1");
}

bool PacketRing::set_filter(std::span<const sock_filter> program) noexcept {
  const sock_fprog request = to_request(program);
  return ::setsockopt(socket_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &request, sizeof request) == 0;
}

int PacketRing::set_promiscuous(int interface_index, bool is_on) noexcept {
  packet_mreq request{};
  request.mr_ifindex = interface_index;
  request.mr_type = PACKET_MR_PROMISC;
  const int name = is_on ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;
  return ::setsockopt(socket_.get(), SOL_PACKET, name, &request, sizeof request) == 0 ? 0 : errno;
}

tpacket_block_desc* PacketRing::block() const noexcept {
  return reinterpret_cast<tpacket_block_desc*>(memory_ + block_bytes_ * block_at_);
}

bool PacketRing::is_block_ready() const noexcept {
  return (__atomic_load_n(&block()->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) != 0;
}

void PacketRing::open_block() noexcept {
  const tpacket_hdr_v1& header = block()->hdr.bh1;
  is_block_open_ = true;
  frames_left_ = header.num_pkts;
  frame_at_ = reinterpret_cast<const std::uint8_t*>(block()) + header.offset_to_first_pkt;
}

bool PacketRing::next(RingFrame& frame) noexcept {
  while (frames_left_ > 0) {
    const auto* header = view_at<tpacket3_hdr>(frame_at_);
    --frames_left_;
    frame_at_ += header->tp_next_offset;
    if (frames_left_ > 0) __builtin_prefetch(frame_at_);
    // A frame that the kernel could not describe by a vnet header keeps its place in the block, but what it holds
    // is an older frame; only the status tells.
    if ((header->tp_status & TP_STATUS_USER) == 0) continue;
    fill(header, frame);
    return true;
  }
  return false;
}

void PacketRing::fill(const tpacket3_hdr* header, RingFrame& frame) const noexcept {
  const auto* start = reinterpret_cast<const std::uint8_t*>(header);
  const auto* address = view_at<sockaddr_ll>(start + tpacket_align(sizeof(tpacket3_hdr)));
  frame.bytes = {start + header->tp_mac, header->tp_snaplen};
  frame.time = Timestamp{header->tp_sec} * kNanosecondsPerSecond + Timestamp{header->tp_nsec};
  frame.interface_index = address->sll_ifindex;
  frame.wire_bytes = header->tp_len;
  frame.link_header_bytes = header->tp_net > header->tp_mac ? std::uint32_t{header->tp_net} - header->tp_mac : 0;
  frame.hardware_type = address->sll_hatype;
  frame.protocol = ntohs(address->sll_protocol);
  frame.packet_type = address->sll_pkttype;
  frame.has_stripped_tag = (header->tp_status & TP_STATUS_VLAN_VALID) != 0;
  if (frame.has_stripped_tag) {
    const bool has_protocol = (header->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    frame.tag_protocol = has_protocol ? header->hv1.tp_vlan_tpid : std::uint16_t{ETH_P_8021Q};
    frame.tag_control = static_cast<std::uint16_t>(header->hv1.tp_vlan_tci);
  }
  frame.segments = Segments::kNone;
  frame.segment_payload_bytes = 0;
  if (vnet_header_bytes_ != 0) fill_segments(start + header->tp_mac - vnet_header_bytes_, frame);
}

Timestamp PacketRing::release_block() noexcept {
  tpacket_hdr_v1& header = block()->hdr.bh1;
  const Timestamp last = Timestamp{header.ts_last_pkt.ts_sec} * kNanosecondsPerSecond + header.ts_last_pkt.ts_nsec;
  __atomic_store_n(&header.block_status, std::uint32_t{TP_STATUS_KERNEL}, __ATOMIC_RELEASE);
  is_block_open_ = false;
  frames_left_ = 0;
  block_at_ = block_at_ + 1 == block_count_ ? 0 : block_at_ + 1;
  return last;
}

RingStatistics PacketRing::read_statistics() noexcept {
  tpacket_stats_v3 fresh{};
  socklen_t bytes = sizeof fresh;
  if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &fresh, &bytes) == 0) {
    statistics_.dropped_packets += fresh.tp_drops;
    statistics_.freezes += fresh.tp_freeze_q_cnt;
  }
  return statistics_;
}

int PacketRing::take_error() noexcept {
  int error = 0;
  socklen_t bytes = sizeof error;
  return ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 ? error : errno;
}

}  // namespace iptraf::capture
