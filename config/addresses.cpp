// SPDX-License-Identifier: GPL-2.0-or-later
// Parsing of addresses and names; inet_pton() knows the address families.
#include "config/addresses.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "config/values.hpp"
#include "core/ipv4_mapped.hpp"

namespace iptraf::config {
namespace {

constexpr std::uint8_t kMappedBits = kIpv4Offset * 8;
constexpr std::size_t kMacTextBytes = 17;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank_or_control(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }

std::optional<unsigned> hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10U;
  return std::nullopt;
}

/// The bits of byte `index` that belong to a prefix of `bits` bits.
std::uint8_t byte_mask(std::size_t index, std::uint8_t bits) {
  const std::size_t first = index * 8;
  if (bits >= first + 8) return 0xFF;
  if (bits <= first) return 0;
  return static_cast<std::uint8_t>(0xFFU << (8U - (bits - first)));
}

bool is_host_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; });
}

}  // namespace

bool Prefix::contains(const IpAddress& other) const noexcept {
  if (bits < kMappedBits && is_ipv4_mapped(other)) return false;  // a short IPv6 prefix, ::/0 above all
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (((address[i] ^ other[i]) & byte_mask(i, bits)) != 0) return false;
  }
  return true;
}

bool is_ipv4_text(std::string_view text) {
  in_addr address{};
  return text.find('\0') == std::string_view::npos && inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  // inet_pton() would stop at a NUL byte and take the part before it for the whole.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string copy(text);
  IpAddress address{};
  if (inet_pton(AF_INET6, copy.c_str(), address.data()) == 1) return address;
  in_addr ipv4{};
  if (inet_pton(AF_INET, copy.c_str(), &ipv4) != 1) return std::nullopt;
  store_ipv4(&ipv4, address);
  return address;
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const auto address = parse_ip_address(host);
  if (!address) return std::nullopt;
  Prefix prefix{*address, 128};
  if (slash == std::string_view::npos) return prefix;
  const auto bits = parse_whole_number(text.substr(slash + 1));
  const bool is_v4 = is_ipv4_text(host);
  if (!bits || *bits > (is_v4 ? 32U : 128U)) return std::nullopt;
  prefix.bits = static_cast<std::uint8_t>(*bits + (is_v4 ? kMappedBits : 0U));
  for (std::size_t i = 0; i < prefix.address.size(); ++i) {
    prefix.address[i] = static_cast<std::uint8_t>(prefix.address[i] & byte_mask(i, prefix.bits));
  }
  return prefix;
}

std::optional<MacAddress> parse_mac(std::string_view text) {
  if (text.size() != kMacTextBytes || (text[2] != ':' && text[2] != '-')) return std::nullopt;
  MacAddress mac{};
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const auto high = hex_value(text[i * 3]);
    const auto low = hex_value(text[i * 3 + 1]);
    const bool is_joined = i + 1 == mac.size() || text[i * 3 + 2] == text[2];
    if (!high || !low || !is_joined) return std::nullopt;
    mac[i] = static_cast<std::uint8_t>(*high * 16U + *low);
  }
  return mac;
}

std::optional<LocalMatch> parse_local_match(std::string_view text) {
  if (const auto mac = parse_mac(text)) return *mac;
  if (const auto prefix = parse_prefix(text)) return *prefix;
  return std::nullopt;
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    if (!is_host_label(label)) return false;
    if (dot == std::string_view::npos) return !std::all_of(label.begin(), label.end(), is_digit);
    text.remove_prefix(dot + 1);
  }
}

bool is_interface_name(std::string_view text) {
  if (text.empty() || text.size() > 15 || text == "." || text == "..") return false;
  return std::none_of(text.begin(), text.end(), [](char c) { return is_blank_or_control(c) || c == '/' || c == ':'; });
}

bool is_interface_glob(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  return std::none_of(text.begin(), text.end(), [](char c) { return is_blank_or_control(c) || c == '/'; });
}

}  // namespace iptraf::config
