// SPDX-License-Identifier: GPL-2.0-or-later
// Parser of rtnetlink link messages, bounds-checked against every length that a message claims.
#include "capture/link_message.hpp"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace iptraf::capture {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// Copies a T from the front of `bytes`, which may be unaligned; nothing when it is too short.
template <typename T>
std::optional<T> read_front(Bytes bytes) noexcept {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// Drops `length` bytes and the padding to the next multiple of four, as far as there are any.
Bytes skip_aligned(Bytes bytes, std::size_t length) noexcept {
  const std::size_t aligned = (length + 3) & ~std::size_t{3};
  return bytes.subspan(std::min(aligned, bytes.size()));
}

std::string_view to_name(Bytes value) noexcept {
  const auto end = std::find(value.begin(), value.end(), std::uint8_t{0});
  const auto length = static_cast<std::size_t>(end - value.begin());
  if (end == value.end() || length == 0 || length >= IFNAMSIZ) return {};
  return {reinterpret_cast<const char*>(value.data()), length};
}

void read_attributes(Bytes bytes, LinkMessage& message) noexcept {
  while (const auto attribute = read_front<rtattr>(bytes)) {
    const std::size_t length = attribute->rta_len;
    if (length < sizeof(rtattr) || length > bytes.size()) return;
    const Bytes value = bytes.subspan(sizeof(rtattr), length - sizeof(rtattr));
    if (attribute->rta_type == IFLA_IFNAME) message.name = to_name(value);
    if (attribute->rta_type == IFLA_MTU) message.mtu_bytes = read_front<std::uint32_t>(value);
    bytes = skip_aligned(bytes, length);
  }
}

bool read_link(Bytes payload, LinkMessage& message) noexcept {
  const auto info = read_front<ifinfomsg>(payload);
  if (!info || info->ifi_family != AF_UNSPEC || info->ifi_index <= 0) return false;
  message.index = info->ifi_index;
  message.hardware_type = info->ifi_type;
  message.flags = info->ifi_flags;
  read_attributes(skip_aligned(payload, sizeof(ifinfomsg)), message);
  return true;
}

std::optional<LinkMessage> to_message(const nlmsghdr& header, Bytes payload) noexcept {
  LinkMessage message;
  message.sequence = header.nlmsg_seq;
  message.is_dump_interrupted = (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
  switch (header.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
      message.kind = header.nlmsg_type == RTM_NEWLINK ? LinkMessage::Kind::kPresent : LinkMessage::Kind::kRemoved;
      if (!read_link(payload, message)) return std::nullopt;
      return message;
    case NLMSG_DONE:
    case NLMSG_ERROR: {
      message.kind = header.nlmsg_type == NLMSG_DONE ? LinkMessage::Kind::kDumpDone : LinkMessage::Kind::kError;
      const std::int64_t code = read_front<std::int32_t>(payload).value_or(0);
      message.error = static_cast<int>(std::min<std::int64_t>(code < 0 ? -code : code, 4095));
      return message;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<LinkMessage> next_link_message(std::span<const std::uint8_t>& buffer) noexcept {
  while (const auto header = read_front<nlmsghdr>(buffer)) {
    const std::size_t length = header->nlmsg_len;
    if (length < sizeof(nlmsghdr) || length > buffer.size()) break;
    const Bytes payload = buffer.subspan(sizeof(nlmsghdr), length - sizeof(nlmsghdr));
    buffer = skip_aligned(buffer, length);
    if (auto message = to_message(*header, payload)) return message;
  }
  buffer = {};
  return std::nullopt;
}

}  // namespace iptraf::capture
