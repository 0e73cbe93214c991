// SPDX-License-Identifier: GPL-2.0-or-later
// Parser of rtnetlink link messages: from the bytes of a datagram to what it says of an interface.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace iptraf::capture {

/// What one netlink message says. Views point into the buffer that was parsed.
struct LinkMessage {
  enum class Kind : std::uint8_t {
    kPresent,   ///< RTM_NEWLINK: the interface is new or changed
    kRemoved,   ///< RTM_DELLINK
    kDumpDone,  ///< NLMSG_DONE: the list of all interfaces is complete
    kError,     ///< NLMSG_ERROR: a request was refused
  };

  Kind kind = Kind::kPresent;
  bool is_dump_interrupted = false;  ///< NLM_F_DUMP_INTR: the list changed while it was read
  std::uint32_t sequence = 0;        ///< of the request that is answered; 0 for an event
  int error = 0;                     ///< errno of kError and kDumpDone, 0: none

  int index = 0;
  std::uint16_t hardware_type = 0;         ///< ARPHRD_*
  std::uint32_t flags = 0;                 ///< IFF_*
  std::string_view name;                   ///< empty: not told
  std::optional<std::uint32_t> mtu_bytes;  ///< nothing: not told
};

/// Takes messages off the front of `buffer` up to and with the next one of interest and returns it; nothing when
/// none is left. Total for any bytes: a message longer than the buffer ends it, and of a message with a damaged
/// attribute only what stands before the damage counts. Messages of an address family of their own (such as a
/// bridge telling of its ports) are skipped. Any thread. Source: rtnetlink(7), netlink(7).
std::optional<LinkMessage> next_link_message(std::span<const std::uint8_t>& buffer) noexcept;

}  // namespace iptraf::capture
