// SPDX-License-Identifier: GPL-2.0-or-later
// Capabilities: given up for good.
#include "privilege/capabilities.hpp"

#include <cap-ng.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "privilege/identity.hpp"

namespace iptraf::privilege {

/// Without CAP_SETPCAP nothing can be taken out: then no_new_privs alone keeps the rest from coming back.
void clear_bounding_set() noexcept {
  ::capng_get_caps_process();
  if (::capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) == 0) return;
  ::capng_clear(CAPNG_SELECT_BOUNDS);
  ::capng_apply(CAPNG_SELECT_BOUNDS);
}

void drop_capabilities() {
  ::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  ::capng_get_caps_process();
  ::capng_clear(CAPNG_SELECT_CAPS);
  const bool is_applied = ::capng_apply(CAPNG_SELECT_CAPS) == 0;
  ::capng_get_caps_process();
  if (!is_applied || ::capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE) {
    throw PrivilegeError("cannot give up capabilities; is something between the program and the kernel?");
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    throw PrivilegeError(std::string("cannot set no_new_privs: ") + std::strerror(errno));
  }
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace iptraf::privilege
