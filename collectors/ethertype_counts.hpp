// SPDX-License-Identifier: GPL-2.0-or-later
// EthertypeCounts: what is not IP, by EtherType, on one device.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/metric.hpp"
#include "core/packet.hpp"
#include "core/zeroed_array.hpp"

namespace iptraf::collectors {

struct KnownEthertype {
  std::uint16_t number;
  std::string_view word;
};

inline constexpr std::uint16_t kNoEthertype = 0;
inline constexpr std::uint16_t kArpEthertype = 0x0806;
inline constexpr std::uint16_t kRarpEthertype = 0x8035;

/// Those that have a series from the start (IEEE "Registration Authority: Ethertype"; 0x2000 is Cisco's), in the order
/// of their numbers.
inline constexpr std::array<KnownEthertype, 28> kKnownEthertypes{{{kNoEthertype, "link"},
                                                                  {kEthertypeLlc, "llc"},
                                                                  {kArpEthertype, "arp"},
                                                                  {0x0842, "wake_on_lan"},
                                                                  {0x2000, "cdp"},
                                                                  {0x6001, "dec_mop_dump"},
                                                                  {0x6002, "dec_mop_console"},
                                                                  {0x6003, "decnet"},
                                                                  {0x6004, "dec_lat"},
                                                                  {0x6005, "dec_diagnostics"},
                                                                  {0x6006, "dec_customer"},
                                                                  {0x6007, "dec_sca"},
                                                                  {kRarpEthertype, "rarp"},
                                                                  {0x809b, "appletalk"},
                                                                  {0x80f3, "aarp"},
                                                                  {0x8137, "ipx"},
                                                                  {0x8809, "slow_protocols"},
                                                                  {0x8847, "mpls"},
                                                                  {0x8863, "pppoe_discovery"},
                                                                  {0x8864, "pppoe_session"},
                                                                  {0x888e, "eapol"},
                                                                  {0x8892, "profinet"},
                                                                  {0x88a4, "ethercat"},
                                                                  {0x88cc, "lldp"},
                                                                  {0x88e5, "macsec"},
                                                                  {0x88f7, "ptp"},
                                                                  {0x8902, "cfm"},
                                                                  {0x9000, "loopback"}}};

/// Label value of what has no series of its own; sorts behind every EtherType.
inline constexpr std::uint64_t kOtherEthertype = 0x10000;

/// The word of an EtherType, 0x and four digits when it has none.
inline std::string ethertype_text(std::uint16_t ethertype) {
  for (const KnownEthertype& known : kKnownEthertypes) {
    if (known.number == ethertype) return std::string(known.word);
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "0x";
  for (int shift = 12; shift >= 0; shift -= 4) text += kDigits[static_cast<std::size_t>(ethertype >> shift) & 0x0fU];
  return text;
}

inline void format_ethertype(std::uint64_t value, const LabelContext& /*context*/, std::string& out) {
  out += value == kOtherEthertype ? "other" : ethertype_text(static_cast<std::uint16_t>(value));
}

/// EtherTypes without a word that have series, on each device.
inline constexpr std::uint32_t kMaxUnknownEthertypes = 64;

/// An index of all EtherTypes, whose untouched pages cost nothing, makes a look-up one load.
class EthertypeCounts {
 public:
  struct Count {
    std::uint64_t packets = 0;
    std::uint64_t frame_bytes = 0;
  };

  /// Null when the EtherType has not been seen.
  Count* find(std::uint16_t ethertype) noexcept {
    const std::uint8_t place = places_[ethertype];
    return place == 0 ? nullptr : &counts_[place];
  }

  /// Null when the EtherType has no word.
  Count* add_known(std::uint16_t ethertype) noexcept {
    for (std::size_t i = 0; i < kKnownEthertypes.size(); ++i) {
      if (kKnownEthertypes[i].number == ethertype) return &place(ethertype, kFirstKnown + i);
    }
    return nullptr;
  }

  /// There is no room for another EtherType without a word.
  bool is_full() const noexcept { return unknown_count_ == kMaxUnknownEthertypes; }

  /// Not when is_full().
  Count& add_unknown(std::uint16_t ethertype) noexcept {
    unknown_[unknown_count_] = ethertype;
    return place(ethertype, kFirstUnknown + unknown_count_++);
  }

  /// The EtherType counts as `other` from now on.
  Count& add_to_other(std::uint16_t ethertype) noexcept { return place(ethertype, kOther); }

  /// EtherTypes that count as `other` are judged anew when they come again.
  void forget_refusals() noexcept {
    for (std::size_t ethertype = 0; ethertype < places_.size(); ++ethertype) {
      if (places_[ethertype] == kOther) places_[ethertype] = 0;
    }
  }

  std::size_t unknown_count() const noexcept { return unknown_count_; }

  /// The known ones and `other` from the start, unknown ones once seen.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::size_t i = 0; i < kKnownEthertypes.size(); ++i) {
      visit(std::uint64_t{kKnownEthertypes[i].number}, counts_[kFirstKnown + i]);
    }
    for (std::size_t i = 0; i < unknown_count_; ++i) visit(std::uint64_t{unknown_[i]}, counts_[kFirstUnknown + i]);
    visit(kOtherEthertype, counts_[kOther]);
  }

 private:
  static constexpr std::size_t kOther = 1;
  static constexpr std::size_t kFirstKnown = 2;
  static constexpr std::size_t kFirstUnknown = kFirstKnown + kKnownEthertypes.size();
  static constexpr std::size_t kPlaces = kFirstUnknown + kMaxUnknownEthertypes;
  static_assert(kPlaces <= 256);

  Count& place(std::uint16_t ethertype, std::size_t at) noexcept {
    places_[ethertype] = static_cast<std::uint8_t>(at);
    return counts_[at];
  }

  ZeroedArray<std::uint8_t> places_{0x10000};  ///< 0: not seen; else the index into counts_
  std::array<Count, kPlaces> counts_{};
  std::array<std::uint16_t, kMaxUnknownEthertypes> unknown_{};
  std::size_t unknown_count_ = 0;
};

}  // namespace iptraf::collectors
