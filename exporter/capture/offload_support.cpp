// SPDX-License-Identifier: GPL-2.0-or-later
// Which kernels tell the segments of a super-packet: by release, since asking would take sending such a packet.
#include "capture/offload_support.hpp"

#include <sys/utsname.h>

#include <charconv>
#include <system_error>
#include <utility>

namespace iptraf::capture {

bool can_express_udp_segments(std::string_view kernel_release) noexcept {
  const char* const end = kernel_release.data() + kernel_release.size();
  unsigned major = 0;
  unsigned minor = 0;
  const auto after_major = std::from_chars(kernel_release.data(), end, major);
  if (after_major.ec != std::errc{} || after_major.ptr == end || *after_major.ptr != '.') return false;
  if (std::from_chars(after_major.ptr + 1, end, minor).ec != std::errc{}) return false;
  return std::pair(major, minor) >= std::pair(6U, 2U);
}

bool uses_vnet_header(config::Offload offload) noexcept {
  if (offload != config::Offload::kAuto) return offload == config::Offload::kExact;
  utsname system{};
  return ::uname(&system) == 0 && can_express_udp_segments(system.release);
}

}  // namespace iptraf::capture
