// SPDX-License-Identifier: GPL-2.0-or-later
// What a reverse lookup asks, and what stands in its answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/packet.hpp"

namespace iptraf::names {

/// The name whose PTR record names the host: under in-addr.arpa for IPv4 (RFC 1035 section 3.5), under ip6.arpa for
/// IPv6 (RFC 3596 section 2.5).
std::string reverse_name(const IpAddress& address);

struct PtrAnswer {
  std::string host_name;  ///< empty when no record has a name that is fit to be shown
  std::chrono::seconds ttl{};
};

/// The first PTR record of a DNS message (RFC 1035 section 4) that names a host by the rules of config::is_host_name(),
/// with the shortest TTL on the way to it. CNAME records are followed as RFC 2317 uses them. Nothing when the message
/// is no answer, is cut or damaged before such a record, or has no PTR record for what was asked.
/// Total: any bytes may come.
std::optional<PtrAnswer> read_ptr_answer(std::span<const std::uint8_t> message);

}  // namespace iptraf::names
