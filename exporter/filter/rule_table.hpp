// SPDX-License-Identifier: GPL-2.0-or-later
// RuleTable: the rules of a filter as flat arrays of masked compares, what the compiler makes and judging reads.
#pragma once

#include <bit>
#include <bitset>
#include <cstdint>
#include <vector>

#include "config/config.hpp"
#include "core/packet.hpp"

namespace iptraf::filter {

/// An address as two words in memory order.
struct AddressWords {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

inline AddressWords words_of(const IpAddress& address) noexcept { return std::bit_cast<AddressWords>(address); }

/// Bits of a set of address families.
inline constexpr std::uint8_t kIpv4Family = 1;
inline constexpr std::uint8_t kIpv6Family = 2;

/// Matches an address of one of `families` whose bits under `mask` are those of `value`. By default every address.
struct AddressMatch {
  AddressWords value;  ///< zero outside the mask
  AddressWords mask;
  std::uint8_t families = kIpv4Family | kIpv6Family;
};

/// Part of one of the table's arrays.
struct Slice {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// One side of a rule: any of the addresses, and any of the port ranges. The first of each stands here, because most
/// rules have no other.
struct EndpointMatch {
  AddressMatch address;
  config::PortRange ports;
  bool has_ports = false;  ///< false: every port
  Slice more_addresses;
  Slice more_ports;
};

/// IP protocol numbers, told apart by the version of IP.
using ProtocolSet = std::bitset<512>;

constexpr std::size_t protocol_index(std::uint8_t number, bool is_ipv6) noexcept {
  return number + (is_ipv6 ? std::size_t{256} : 0);
}

struct RuleMatch {
  ProtocolSet protocols;
  EndpointMatch a;
  EndpointMatch b;
  bool is_include = false;
  bool is_both_ways = false;
  bool is_catch_all = false;  ///< without any condition: matches also what is not IP
};

struct RuleTable {
  std::vector<RuleMatch> rules;
  std::vector<AddressMatch> more_addresses;
  std::vector<config::PortRange> more_ports;
};

}  // namespace iptraf::filter
