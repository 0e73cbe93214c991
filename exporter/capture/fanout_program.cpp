// SPDX-License-Identifier: GPL-2.0-or-later
// The program of PACKET_FANOUT_CBPF, put together by a small assembler with labels.
#include "capture/fanout_program.hpp"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>

#include <cstdint>

#include "core/packet.hpp"

namespace iptraf::capture {
namespace {

/// EtherTypes of VLAN tags: 802.1Q, 802.1ad and what came before it.
constexpr std::uint32_t kTagTypes[]{ETH_P_8021Q, ETH_P_8021AD, 0x9100, 0x9200, 0x9300};
constexpr int kMaxTags = 3;
constexpr int kMaxLabels = 4;
constexpr std::uint32_t kMemoryOfPair = 1;  ///< first scratch cell of the words of the address pair

constexpr std::uint32_t ancillary(int offset) noexcept { return static_cast<std::uint32_t>(SKF_AD_OFF + offset); }

/// Emits instructions; conditional jumps go forward to labels that are placed later.
class Assembler {
 public:
  using Label = std::size_t;

  Label make_label() {
    places_.push_back(0);
    return places_.size() - 1;
  }
  void place(Label label) { places_[label] = program_.size(); }

  void emit(int code, std::uint32_t value = 0) { program_.push_back({static_cast<std::uint16_t>(code), 0, 0, value}); }
  void jump(Label label) {
    jumps_.push_back({program_.size(), label});
    emit(BPF_JMP | BPF_JA);
  }
  /// Goes on with the next instruction when the comparison fails.
  void jump_if(int comparison, std::uint32_t value, Label label) {
    emit(BPF_JMP | comparison | BPF_K, value);
    program_.back().jf = 1;
    jump(label);
  }

  std::vector<sock_filter> finish() {
    for (const auto& [at, label] : jumps_) program_[at].k = static_cast<std::uint32_t>(places_[label] - at - 1);
    return std::move(program_);
  }

 private:
  struct Jump {
    std::size_t at;
    Label label;
  };

  std::vector<sock_filter> program_;
  std::vector<std::size_t> places_;
  std::vector<Jump> jumps_;
};

/// X holds the offset of the header that is looked at, A the EtherType while the link layer is walked.
class FanoutProgram {
 public:
  explicit FanoutProgram(std::uint32_t shards) : shards_(shards) {}

  std::vector<sock_filter> make() {
    find_network_header();
    walk_tags();
    dispatch_ethertype();
    walk_pppoe();
    walk_mpls();
    fold_ipv4();
    fold_ipv6();
    asm_.place(hash_);
    // The constants of shard_of().
    asm_.emit(BPF_ALU | BPF_MUL | BPF_K, 0x9E3779B1U);
    asm_.emit(BPF_ALU | BPF_RSH | BPF_K, 16);
    asm_.emit(BPF_ALU | BPF_MUL | BPF_K, shards_);
    asm_.emit(BPF_ALU | BPF_RSH | BPF_K, 16);
    asm_.emit(BPF_RET | BPF_A);
    asm_.place(not_ip_);
    asm_.emit(BPF_RET | BPF_K, 0);
    return asm_.finish();
  }

 private:
  using Label = Assembler::Label;

  void load(int size, std::uint32_t offset) { asm_.emit(BPF_LD | size | BPF_IND, offset); }
  void load_fact(int offset) { asm_.emit(BPF_LD | BPF_W | BPF_ABS, ancillary(offset)); }
  void set_x(std::uint32_t value) { asm_.emit(BPF_LDX | BPF_W | BPF_IMM, value); }

  /// A = halfword or byte at X + offset, then X += bytes.
  void load_and_skip(int size, std::uint32_t offset, std::uint32_t bytes) {
    load(size, offset);
    asm_.emit(BPF_ST, 0);
    asm_.emit(BPF_MISC | BPF_TXA);
    asm_.emit(BPF_ALU | BPF_ADD | BPF_K, bytes);
    asm_.emit(BPF_MISC | BPF_TAX);
    asm_.emit(BPF_LD | BPF_W | BPF_MEM, 0);
  }

  /// A received Ethernet frame is shown from its network header on, an outgoing one from its link header. On other
  /// interfaces the kernel knows where the network header is.
  void find_network_header() {
    const Label ethernet = asm_.make_label();
    const Label outgoing = asm_.make_label();
    load_fact(SKF_AD_HATYPE);
    asm_.jump_if(BPF_JEQ, ARPHRD_ETHER, ethernet);
    asm_.jump_if(BPF_JEQ, ARPHRD_LOOPBACK, ethernet);
    set_x(static_cast<std::uint32_t>(SKF_NET_OFF));
    load_fact(SKF_AD_PROTOCOL);
    asm_.jump(ethertype_);
    asm_.place(ethernet);
    load_fact(SKF_AD_PKTTYPE);
    asm_.jump_if(BPF_JEQ, PACKET_OUTGOING, outgoing);
    set_x(0);
    load_fact(SKF_AD_PROTOCOL);
    asm_.jump(ethertype_);
    asm_.place(outgoing);
    asm_.emit(BPF_LD | BPF_H | BPF_ABS, ETH_HLEN - 2);
    set_x(ETH_HLEN);
  }

  /// A tag is two bytes of control information and the EtherType behind it (IEEE 802.1Q).
  void walk_tags() {
    asm_.place(ethertype_);
    for (int i = 0; i < kMaxTags; ++i) {
      const Label tag = asm_.make_label();
      const Label next = asm_.make_label();
      for (const std::uint32_t type : kTagTypes) asm_.jump_if(BPF_JEQ, type, tag);
      asm_.jump(next);
      asm_.place(tag);
      load_and_skip(BPF_H, 2, 4);
      asm_.place(next);
    }
  }

  void dispatch_ethertype() {
    asm_.jump_if(BPF_JEQ, ETH_P_IP, ipv4_);
    asm_.jump_if(BPF_JEQ, ETH_P_IPV6, ipv6_);
    asm_.jump_if(BPF_JEQ, ETH_P_PPP_SES, pppoe_);
    asm_.jump_if(BPF_JEQ, ETH_P_MPLS_UC, mpls_);
    asm_.jump_if(BPF_JEQ, ETH_P_MPLS_MC, mpls_);
    asm_.jump(not_ip_);
  }

  /// Six bytes of PPPoE (RFC 2516 section 4), two of PPP protocol.
  void walk_pppoe() {
    asm_.place(pppoe_);
    load_and_skip(BPF_H, 6, 8);
    asm_.jump_if(BPF_JEQ, 0x0021, ipv4_);
    asm_.jump_if(BPF_JEQ, 0x0057, ipv6_);
    asm_.jump(not_ip_);
  }

  /// RFC 3032 section 2.1: the lowest bit of the third byte ends the stack.
  void walk_mpls() {
    const Label bottom = asm_.make_label();
    asm_.place(mpls_);
    for (int i = 0; i < kMaxLabels; ++i) {
      load_and_skip(BPF_B, 2, 4);
      asm_.jump_if(BPF_JSET, 1, bottom);
    }
    asm_.jump(not_ip_);
    asm_.place(bottom);
    load(BPF_B, 0);
    asm_.emit(BPF_ALU | BPF_RSH | BPF_K, 4);
    asm_.jump_if(BPF_JEQ, 4, ipv4_);
    asm_.jump_if(BPF_JEQ, 6, ipv6_);
    asm_.jump(not_ip_);
  }

  void keep_pair(std::uint32_t offset, std::uint32_t words) {
    for (std::uint32_t word = 0; word < words; ++word) {
      load(BPF_W, offset + 4 * word);
      asm_.emit(BPF_ST, kMemoryOfPair + word);
    }
  }

  void fold_pair(std::uint32_t words) {
    asm_.emit(BPF_LD | BPF_W | BPF_MEM, kMemoryOfPair);
    for (std::uint32_t word = 1; word < words; ++word) {
      asm_.emit(BPF_LDX | BPF_W | BPF_MEM, kMemoryOfPair + word);
      asm_.emit(BPF_ALU | BPF_XOR | BPF_X);
    }
    asm_.jump(hash_);
  }

  /// RFC 791; of an ICMP error (RFC 792) that is no later fragment the quoted pair.
  void fold_ipv4() {
    const Label icmp = asm_.make_label();
    const Label first = asm_.make_label();
    const Label quoted = asm_.make_label();
    const Label pair = asm_.make_label();
    asm_.place(ipv4_);
    keep_pair(12, 2);
    load(BPF_B, 9);
    asm_.jump_if(BPF_JEQ, ip_protocol::kIcmp, icmp);
    asm_.jump(pair);
    asm_.place(icmp);
    load(BPF_H, 6);
    asm_.emit(BPF_ALU | BPF_AND | BPF_K, 0x1fff);
    asm_.jump_if(BPF_JEQ, 0, first);
    asm_.jump(pair);
    asm_.place(first);
    load(BPF_B, 0);
    asm_.emit(BPF_ALU | BPF_AND | BPF_K, 0x0f);
    asm_.emit(BPF_ALU | BPF_LSH | BPF_K, 2);
    asm_.emit(BPF_ALU | BPF_ADD | BPF_X);
    asm_.emit(BPF_MISC | BPF_TAX);
    load(BPF_B, 0);
    for (const std::uint32_t type : {3U, 4U, 5U, 11U, 12U}) asm_.jump_if(BPF_JEQ, type, quoted);
    asm_.jump(pair);
    asm_.place(quoted);
    keep_pair(20, 2);
    asm_.place(pair);
    fold_pair(2);
  }

  /// RFC 8200; of an ICMPv6 error (RFC 4443: types below 128) the quoted pair.
  void fold_ipv6() {
    const Label icmp = asm_.make_label();
    const Label outer = asm_.make_label();
    const Label pair = asm_.make_label();
    asm_.place(ipv6_);
    load(BPF_B, 6);
    asm_.jump_if(BPF_JEQ, ip_protocol::kIcmpv6, icmp);
    asm_.jump(outer);
    asm_.place(icmp);
    load(BPF_B, 40);
    asm_.jump_if(BPF_JGE, 128, outer);
    keep_pair(56, 8);
    asm_.jump(pair);
    asm_.place(outer);
    keep_pair(8, 8);
    asm_.place(pair);
    fold_pair(8);
  }

  const std::uint32_t shards_;
  Assembler asm_;
  const Label ethertype_ = asm_.make_label();
  const Label ipv4_ = asm_.make_label();
  const Label ipv6_ = asm_.make_label();
  const Label pppoe_ = asm_.make_label();
  const Label mpls_ = asm_.make_label();
  const Label hash_ = asm_.make_label();
  const Label not_ip_ = asm_.make_label();
};

}  // namespace

std::vector<sock_filter> make_fanout_program(std::uint32_t shards) { return FanoutProgram(shards).make(); }

}  // namespace iptraf::capture
