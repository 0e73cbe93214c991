// SPDX-License-Identifier: GPL-2.0-or-later
// CAP_NET_RAW: what opening the ring takes, and nothing after it.
#include "capture/net_raw_capability.hpp"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace iptraf::capture {

void raise_net_raw() noexcept {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return;
  __user_cap_data_struct& set = sets[CAP_TO_INDEX(CAP_NET_RAW)];
  const __u32 net_raw = 1U << (CAP_NET_RAW % 32);
  if ((set.permitted & net_raw) == 0 || (set.effective & net_raw) != 0) return;
  set.effective |= net_raw;
  ::syscall(SYS_capset, &header, sets.data());
}

}  // namespace iptraf::capture
