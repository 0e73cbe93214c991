// SPDX-License-Identifier: GPL-2.0-or-later
// Builds netlink messages byte by byte, for tests of what reads them.
#pragma once

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace iptraf::test {

using ByteVector = std::vector<std::uint8_t>;

template <typename T>
void append(ByteVector& bytes, const T& value) {
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

inline void append_attribute(ByteVector& bytes, int type, const ByteVector& value) {
  append(bytes, rtattr{static_cast<unsigned short>(sizeof(rtattr) + value.size()), static_cast<unsigned short>(type)});
  bytes.insert(bytes.end(), value.begin(), value.end());
  bytes.resize((bytes.size() + 3) & ~std::size_t{3});
}

inline ByteVector to_bytes(const std::string& text) {
  ByteVector bytes(text.begin(), text.end());
  bytes.push_back(0);
  return bytes;
}

inline ByteVector netlink_message(int type, const ByteVector& payload, int flags = 0, std::uint32_t sequence = 0) {
  ByteVector bytes;
  append(bytes, nlmsghdr{static_cast<std::uint32_t>(sizeof(nlmsghdr) + payload.size()),
                         static_cast<std::uint16_t>(type), static_cast<std::uint16_t>(flags), sequence, 0});
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

struct LinkFields {
  int index = 7;
  std::string name = "eth0";
  std::uint32_t mtu_bytes = 1500;
  unsigned flags = 0;
  unsigned char family = 0;
  unsigned short hardware_type = 1;
};

inline ByteVector link_message(int type, const LinkFields& fields, int flags = 0, std::uint32_t sequence = 0) {
  ByteVector payload;
  ifinfomsg info{};
  info.ifi_family = fields.family;
  info.ifi_type = fields.hardware_type;
  info.ifi_index = fields.index;
  info.ifi_flags = fields.flags;
  append(payload, info);
  append_attribute(payload, IFLA_IFNAME, to_bytes(fields.name));
  ByteVector mtu;
  append(mtu, fields.mtu_bytes);
  append_attribute(payload, IFLA_MTU, mtu);
  return netlink_message(type, payload, flags, sequence);
}

}  // namespace iptraf::test
