// SPDX-License-Identifier: GPL-2.0-or-later
// FrameFilter: `capture.filter`, a pcap-filter expression compiled by libpcap and run in the program.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

struct bpf_program;

namespace iptraf::capture {

/// The expression cannot be used; what() holds libpcap's message or names the word that needs the kernel.
/// A configuration error: the program exits with 1.
class FilterError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One expression for one link type. Construction may resolve host names; matches() is pure: any thread.
class FrameFilter {
 public:
  /// `dlt` is libpcap's DLT_* value of the frames. Throws FilterError. An expression that needs packet facts of the
  /// kernel (inbound, outbound, ifindex) is refused: the bytes of a frame do not hold them, it would match nothing.
  FrameFilter(const std::string& expression, int dlt);

  /// `bytes` begin with the link header; `wire_bytes` is their number before the snapshot length cut them. A test
  /// of a byte that was cut off does not match (pcap-filter(7)).
  bool matches(std::span<const std::uint8_t> bytes, std::uint32_t wire_bytes) const noexcept;

 private:
  struct FreeProgram {
    void operator()(bpf_program* program) const noexcept;
  };

  std::unique_ptr<bpf_program, FreeProgram> program_;
};

/// Throws FilterError when the expression cannot be used on Ethernet frames; an empty one is fine.
void check_filter(const std::string& expression);

/// Length of a VLAN tag, IEEE 802.1Q clause 9.3.
inline constexpr std::size_t kVlanTagBytes = 4;

/// The Ethernet frame as it was before the kernel took a VLAN tag off: `bytes` with `tag_protocol` and `tag_control`
/// behind the MAC addresses, written into `scratch` and cut to its size. A frame without whole MAC addresses, or
/// one that `scratch` has no room for, comes back as it is.
std::span<const std::uint8_t> restore_vlan_tag(std::span<const std::uint8_t> bytes, std::uint16_t tag_protocol,
                                               std::uint16_t tag_control, std::span<std::uint8_t> scratch) noexcept;

}  // namespace iptraf::capture
