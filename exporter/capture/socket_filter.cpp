// SPDX-License-Identifier: GPL-2.0-or-later
// The classic BPF program of the capture socket, as a binary search over the denied interfaces.
#include "capture/socket_filter.hpp"

#include <linux/if_packet.h>
#include <net/if_arp.h>

#include <algorithm>

namespace iptraf::capture {
namespace {

/// Interfaces compared one after the other at a leaf of the search. With 2 000 interfaces: 125 leaves of 18
/// instructions and 124 branches of two, well below BPF_MAXINSNS (4 096).
constexpr std::size_t kLeafSize = 16;

constexpr std::uint32_t ancillary(int offset) noexcept { return static_cast<std::uint32_t>(SKF_AD_OFF + offset); }

constexpr sock_filter statement(int code, std::uint32_t value) noexcept {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}

constexpr sock_filter jump(int code, std::uint32_t value, std::size_t if_true, std::size_t if_false) noexcept {
  return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true), static_cast<std::uint8_t>(if_false),
          value};
}

class FilterBuilder {
 public:
  explicit FilterBuilder(std::uint32_t snapshot_bytes) : accept_(statement(BPF_RET | BPF_K, snapshot_bytes)) {}

  void refuse_outgoing_loopback() {
    program_.push_back(statement(BPF_LD | BPF_W | BPF_ABS, ancillary(SKF_AD_HATYPE)));
    program_.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, ARPHRD_LOOPBACK, 0, 3));
    program_.push_back(statement(BPF_LD | BPF_W | BPF_ABS, ancillary(SKF_AD_PKTTYPE)));
    program_.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1));
    program_.push_back(kRefuse);
  }

  void refuse_interfaces(std::span<const int> denied) {
    if (!denied.empty()) program_.push_back(statement(BPF_LD | BPF_W | BPF_ABS, ancillary(SKF_AD_IFINDEX)));
    search(denied);
  }

  std::vector<sock_filter> take() { return std::move(program_); }

 private:
  static constexpr sock_filter kRefuse{BPF_RET | BPF_K, 0, 0, 0};

  void search(std::span<const int> denied) {
    if (denied.size() <= kLeafSize) {
      leaf(denied);
      return;
    }
    const auto lower = denied.first(denied.size() / 2);
    const auto upper = denied.subspan(lower.size());
    // The upper half may stand further away than a conditional jump reaches; BPF_JA has 32 bits.
    program_.push_back(jump(BPF_JMP | BPF_JGE | BPF_K, static_cast<std::uint32_t>(upper.front()), 0, 1));
    const std::size_t far_jump = program_.size();
    program_.push_back(statement(BPF_JMP | BPF_JA, 0));
    search(lower);
    program_[far_jump].k = static_cast<std::uint32_t>(program_.size() - far_jump - 1);
    search(upper);
  }

  void leaf(std::span<const int> denied) {
    for (std::size_t i = 0; i < denied.size(); ++i) {
      program_.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(denied[i]), denied.size() - i, 0));
    }
    program_.push_back(accept_);
    if (!denied.empty()) program_.push_back(kRefuse);
  }

  sock_filter accept_;
  std::vector<sock_filter> program_;
};

}  // namespace

std::vector<sock_filter> make_socket_filter(std::uint32_t snapshot_bytes, std::span<const int> denied) {
  FilterBuilder builder(snapshot_bytes);
  builder.refuse_outgoing_loopback();
  builder.refuse_interfaces(denied.first(std::min(denied.size(), kMaxDeniedInterfaces)));
  return builder.take();
}

std::vector<sock_filter> make_refusing_filter() { return {statement(BPF_RET | BPF_K, 0)}; }

}  // namespace iptraf::capture
