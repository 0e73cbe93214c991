// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses as people read them.
#include "core/address_text.hpp"

#include <arpa/inet.h>

#include <array>
#include <string_view>

#include "core/ipv4_mapped.hpp"

namespace iptraf {

std::string to_text(const IpAddress& address) {
  const bool is_ipv4 = is_ipv4_mapped(address);
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(is_ipv4 ? AF_INET : AF_INET6, address.data() + (is_ipv4 ? kIpv4Offset : 0), text.data(), text.size());
  return text.data();
}

std::string to_text(const MacAddress& address) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : address) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

}  // namespace iptraf
