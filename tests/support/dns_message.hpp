// SPDX-License-Identifier: GPL-2.0-or-later
// DNS messages for tests, good ones and others.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "support/packet_builder.hpp"

namespace iptraf::test {

inline constexpr std::uint16_t kDnsCname = 5;
inline constexpr std::uint16_t kDnsPtr = 12;
inline constexpr std::uint16_t kDnsTruncated = 0x8380;  ///< flags: a response with the TC bit
inline constexpr std::uint16_t kDnsServerFailure = 0x8182;
inline constexpr std::uint16_t kDnsNoName = 0x8183;  ///< NXDOMAIN

/// A resource record of class IN; an empty owner is the name that the question asks for.
struct DnsRecord {
  Bytes data{};
  std::uint16_t type = kDnsPtr;
  std::uint32_t ttl_seconds = 300;
  Bytes owner{};
  std::uint16_t record_class = 1;
};

/// "a.example" as a name on the wire: each label behind its length, then a zero.
Bytes dns_name(const std::string& dotted);

/// The same of labels that may hold any byte.
Bytes dns_labels(const std::vector<std::string>& labels);

/// A question for the PTR record of `name`.
Bytes dns_query(const std::string& name, std::uint16_t id = 7);

/// The answer to `query`: its id and its question, then the records.
Bytes dns_reply(std::span<const std::uint8_t> query, const std::vector<DnsRecord>& records,
                std::uint16_t flags = 0x8180);

}  // namespace iptraf::test
