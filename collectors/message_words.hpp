// SPDX-License-Identifier: GPL-2.0-or-later
// The words of ICMP, ICMPv6 and OSPF messages and of ARP operations: one entry for each series.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace iptraf::collectors {

struct NumberedWord {
  std::uint8_t number;
  std::string_view word;
};

/// IANA "ICMP Type Numbers".
inline constexpr std::array<NumberedWord, 15> kIcmpTypes{{{0, "echo_reply"},
                                                          {3, "dest_unreach"},
                                                          {4, "source_quench"},
                                                          {5, "redirect"},
                                                          {8, "echo_request"},
                                                          {9, "router_adv"},
                                                          {10, "router_sol"},
                                                          {11, "time_exceeded"},
                                                          {12, "parameter_problem"},
                                                          {13, "timestamp_req"},
                                                          {14, "timestamp_rep"},
                                                          {15, "info_req"},
                                                          {16, "info_rep"},
                                                          {17, "addr_mask_req"},
                                                          {18, "addr_mask_rep"}}};

/// IANA "ICMPv6 'type' Numbers".
inline constexpr std::array<NumberedWord, 15> kIcmpv6Types{{{1, "dest_unreach"},
                                                            {2, "packet_too_big"},
                                                            {3, "time_exceeded"},
                                                            {4, "parameter_problem"},
                                                            {128, "echo_request"},
                                                            {129, "echo_reply"},
                                                            {130, "mld_query"},
                                                            {131, "mld_report"},
                                                            {132, "mld_done"},
                                                            {133, "router_sol"},
                                                            {134, "router_adv"},
                                                            {135, "neighbor_sol"},
                                                            {136, "neighbor_adv"},
                                                            {137, "redirect"},
                                                            {143, "mldv2_report"}}};

/// Codes of destination unreachable by number: RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1.
inline constexpr std::array<std::string_view, 16> kUnreachableCodes{"network",
                                                                    "host",
                                                                    "protocol",
                                                                    "port",
                                                                    "df_set",
                                                                    "src_route_failed",
                                                                    "dest_net_unknown",
                                                                    "dest_host_unknown",
                                                                    "src_isolated",
                                                                    "net_comm_denied",
                                                                    "host_comm_denied",
                                                                    "net_unreach_for_tos",
                                                                    "host_unreach_for_tos",
                                                                    "packet_filtered",
                                                                    "precedence_violation",
                                                                    "precedence_cutoff"};

/// RFC 4443 section 3.1.
inline constexpr std::array<std::string_view, 7> kUnreachableCodesV6{
    "no_route", "admin_prohibited", "beyond_scope", "address", "port", "policy_failed", "reject_route"};

/// One series of iptraf_ip_traffic_icmp_packets_total.
struct IcmpMessage {
  std::string_view version;
  std::string_view type;
  std::string_view code;
};

inline constexpr std::string_view kUnreachable = "dest_unreach";
inline constexpr std::string_view kUnknown = "unknown";

inline constexpr std::size_t kIcmpv4Messages = kIcmpTypes.size() + kUnreachableCodes.size() + 1;
inline constexpr std::size_t kIcmpv6Messages = kIcmpv6Types.size() + kUnreachableCodesV6.size() + 1;

/// By type, unreachable also by code; the last of each version is what has no word.
inline constexpr std::array<IcmpMessage, kIcmpv4Messages + kIcmpv6Messages> kIcmpMessages = [] {
  std::array<IcmpMessage, kIcmpv4Messages + kIcmpv6Messages> messages{};
  std::size_t next = 0;
  const auto add_version = [&](std::string_view version, const auto& types, const auto& codes) {
    for (const NumberedWord& type : types) {
      if (type.word != kUnreachable) {
        messages[next++] = {version, type.word, ""};
        continue;
      }
      for (const std::string_view code : codes) messages[next++] = {version, type.word, code};
      messages[next++] = {version, type.word, kUnknown};
    }
    messages[next++] = {version, kUnknown, ""};
  };
  add_version("4", kIcmpTypes, kUnreachableCodes);
  add_version("6", kIcmpv6Types, kUnreachableCodesV6);
  return messages;
}();

namespace detail {

/// Where the messages of each type begin.
inline constexpr std::array<std::array<std::uint8_t, 256>, 2> kIcmpMessageByType = [] {
  std::array<std::array<std::uint8_t, 256>, 2> table{};
  const auto fill = [](auto& by_type, std::size_t next, const auto& types, std::size_t codes) {
    by_type.fill(static_cast<std::uint8_t>(next + types.size() + codes));
    for (const NumberedWord& type : types) {
      by_type[type.number] = static_cast<std::uint8_t>(next);
      next += type.word == kUnreachable ? codes + 1 : 1;
    }
  };
  fill(table[0], 0, kIcmpTypes, kUnreachableCodes.size());
  fill(table[1], kIcmpv4Messages, kIcmpv6Types, kUnreachableCodesV6.size());
  return table;
}();

}  // namespace detail

/// Index into kIcmpMessages. `version` is that of IP: 4 or 6.
constexpr std::size_t icmp_message(int version, std::uint8_t type, std::uint8_t code) noexcept {
  const std::size_t first = detail::kIcmpMessageByType[version == 4 ? 0 : 1][type];
  if (version == 4 && type == 3) return first + std::min<std::size_t>(code, kUnreachableCodes.size());
  if (version == 6 && type == 1) return first + std::min<std::size_t>(code, kUnreachableCodesV6.size());
  return first;
}

/// One series of iptraf_ip_traffic_ospf_packets_total.
struct OspfMessage {
  std::string_view version;
  std::string_view type;
};

inline constexpr std::array<std::string_view, 6> kOspfTypes{"other",      "hello",     "db_description",
                                                            "ls_request", "ls_update", "ls_ack"};

/// Types of OSPFv2 (RFC 2328 section A.3.1) and v3 (RFC 5340 section A.3.1); the last is a version that there is not.
inline constexpr std::array<OspfMessage, 2 * kOspfTypes.size() + 1> kOspfMessages = [] {
  std::array<OspfMessage, 2 * kOspfTypes.size() + 1> messages{};
  std::size_t next = 0;
  for (const std::string_view version : {"2", "3"}) {
    for (const std::string_view type : kOspfTypes) messages[next++] = {version, type};
  }
  messages[next] = {"other", "other"};
  return messages;
}();

/// Index into kOspfMessages.
constexpr std::size_t ospf_message(std::uint8_t version, std::uint8_t type) noexcept {
  if (version != 2 && version != 3) return kOspfMessages.size() - 1;
  const std::size_t known = type < kOspfTypes.size() ? type : 0;
  return version == 2 ? known : kOspfTypes.size() + known;
}

/// Operations 1 and 2 (RFC 826), 3 and 4 (RFC 903).
enum class ArpOperation : std::uint8_t { kRequest, kReply, kRarpRequest, kRarpReply, kOther };
inline constexpr std::array<std::string_view, 5> kArpOperationWords{"request", "reply", "rarp_request", "rarp_reply",
                                                                    "other"};

constexpr ArpOperation arp_operation(std::uint8_t number) noexcept {
  return number >= 1 && number <= 4 ? static_cast<ArpOperation>(number - 1) : ArpOperation::kOther;
}

}  // namespace iptraf::collectors
