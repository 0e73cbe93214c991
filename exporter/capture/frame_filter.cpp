// SPDX-License-Identifier: GPL-2.0-or-later
// FrameFilter: compiling with libpcap and running bpf_filter() over captured bytes.
#include "capture/frame_filter.hpp"

#include <pcap/pcap.h>

#include <algorithm>

namespace iptraf::capture {
namespace {

constexpr int kMaxSnapshotBytes = 262144;
constexpr std::size_t kMacAddressesBytes = 12;

struct ClosePcap {
  void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
};

/// A load from a negative offset asks the kernel for a fact that stands in no byte of the frame.
bool needs_kernel(const bpf_program& program) noexcept {
  return std::any_of(program.bf_insns, program.bf_insns + program.bf_len, [](const bpf_insn& instruction) {
    const bool is_load = BPF_CLASS(instruction.code) == BPF_LD || BPF_CLASS(instruction.code) == BPF_LDX;
    const bool is_of_packet = BPF_MODE(instruction.code) == BPF_ABS || BPF_MODE(instruction.code) == BPF_IND;
    return is_load && is_of_packet && (instruction.k & 0x80000000U) != 0;
  });
}

FilterError refused(const std::string& expression, const std::string& why) {
  return FilterError("capture.filter \"" + expression + "\": " + why);
}

}  // namespace

void FrameFilter::FreeProgram::operator()(bpf_program* program) const noexcept {
  pcap_freecode(program);
  delete program;
}

FrameFilter::FrameFilter(const std::string& expression, int dlt) : program_(new bpf_program{}) {
  const std::unique_ptr<pcap_t, ClosePcap> handle(pcap_open_dead(dlt, kMaxSnapshotBytes));
  if (!handle) throw refused(expression, "out of memory");
  if (pcap_compile(handle.get(), program_.get(), expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    throw refused(expression, pcap_geterr(handle.get()));
  }
  if (needs_kernel(*program_)) {
    throw refused(expression,
                  "inbound, outbound and ifindex are not in the bytes of a frame and would match nothing; "
                  "leave them out, the metrics tell the directions and interfaces apart");
  }
}

bool FrameFilter::matches(std::span<const std::uint8_t> bytes, std::uint32_t wire_bytes) const noexcept {
  return bpf_filter(program_->bf_insns, bytes.data(), wire_bytes, static_cast<unsigned>(bytes.size())) != 0;
}

void check_filter(const std::string& expression) {
  if (!expression.empty()) FrameFilter(expression, DLT_EN10MB);
}

std::span<const std::uint8_t> restore_vlan_tag(std::span<const std::uint8_t> bytes, std::uint16_t tag_protocol,
                                               std::uint16_t tag_control, std::span<std::uint8_t> scratch) noexcept {
  constexpr std::size_t kFrontBytes = kMacAddressesBytes + kVlanTagBytes;
  if (bytes.size() < kMacAddressesBytes || scratch.size() < kFrontBytes) return bytes;
  const auto rest = bytes.subspan(kMacAddressesBytes);
  const std::size_t kept = std::min(rest.size(), scratch.size() - kFrontBytes);
  auto at = std::copy_n(bytes.begin(), kMacAddressesBytes, scratch.begin());
  for (const std::uint16_t field : {tag_protocol, tag_control}) {
    *at++ = static_cast<std::uint8_t>(field >> 8);
    *at++ = static_cast<std::uint8_t>(field & 0xff);
  }
  std::copy_n(rest.begin(), kept, at);
  return scratch.first(kFrontBytes + kept);
}

}  // namespace iptraf::capture
