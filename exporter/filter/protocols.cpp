// SPDX-License-Identifier: GPL-2.0-or-later
// Names, numbers and ranges of IP protocols.
#include "filter/protocols.hpp"

#include "config/values.hpp"
#include "core/protocol_names.hpp"

namespace iptraf::filter {
std::optional<ProtocolRange> parse_protocols(std::string_view word) {
  for (const NamedProtocol& protocol : kNamedProtocols) {
    if (word != protocol.name) continue;
    return ProtocolRange{protocol.number, protocol.number, protocol.is_in_ipv4, protocol.is_in_ipv6};
  }
  const std::size_t dash = word.find('-');
  const auto first = config::parse_whole_number(word.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : config::parse_whole_number(word.substr(dash + 1));
  if (!first || !last || *first > *last || *last > 255) return std::nullopt;
  return ProtocolRange{static_cast<std::uint8_t>(*first), static_cast<std::uint8_t>(*last), true, true};
}

}  // namespace iptraf::filter
