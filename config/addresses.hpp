// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses and names as people write them: IP, prefix, MAC, host, interface, glob.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/packet.hpp"

namespace iptraf::config {

/// An IP network. IPv4 is mapped (core/ipv4_mapped.hpp), so 10.0.0.0/8 has 104 bits. Host bits are zero.
struct Prefix {
  IpAddress address{};
  std::uint8_t bits = 128;

  /// True when the first `bits` bits of `other` are those of `address`. An IPv6 prefix holds no IPv4 address.
  bool contains(const IpAddress& other) const noexcept;
  friend bool operator==(const Prefix&, const Prefix&) = default;
};

/// What `--capture.local` names: the sources whose packets of a capture file count as transmitted.
using LocalMatch = std::variant<Prefix, MacAddress>;

/// IPv4 in dotted decimal or IPv6 text (RFC 4291 section 2.2), without a zone.
std::optional<IpAddress> parse_ip_address(std::string_view text);

/// True when parse_ip_address() reads an IPv4 address in dotted decimal.
bool is_ipv4_text(std::string_view text);

/// ADDRESS or ADDRESS/BITS. Host bits may be set and are cleared: 192.168.1.7/24 is 192.168.1.0/24.
std::optional<Prefix> parse_prefix(std::string_view text);

/// Six two-digit hex numbers, all joined by ':' or all by '-'; upper and lower case.
std::optional<MacAddress> parse_mac(std::string_view text);

/// A MAC address, an IP address or a prefix.
std::optional<LocalMatch> parse_local_match(std::string_view text);

/// Labels of letters, digits, '-' and '_' of 1 to 63 bytes joined by dots, 253 bytes in all (RFC 1123 section 2.1);
/// the last label is no number, so that a mistyped IPv4 address is no host name.
bool is_host_name(std::string_view text);

/// What the kernel accepts: 1 to 15 bytes, no '/', ':', white space or control character; not "." or "..".
bool is_interface_name(std::string_view text);

/// A pattern for interface names: 1 to 64 bytes without '/', white space or control characters.
bool is_interface_glob(std::string_view text);

}  // namespace iptraf::config
