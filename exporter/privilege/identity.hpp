// SPDX-License-Identifier: GPL-2.0-or-later
// Identity: the user that the process is to become.
#pragma once

#include <sys/types.h>

#include <optional>
#include <stdexcept>
#include <string>

namespace iptraf::privilege {

/// Privileges cannot be given up as asked. what() says what failed and what to do about it.
class PrivilegeError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A user and its group, by passwd(5).
struct Identity {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
};

/// Whom to become, `wanted` by name or number: nobody else when the process is not root, with a warning; root itself
/// only when `wanted` says so; else `wanted`, or the user `iptraf_exporter` if it exists, else `nobody`. Throws
/// PrivilegeError when there is no such user.
std::optional<Identity> target_identity(const std::optional<std::string>& wanted);

/// Becomes `identity` with its groups. Nothing happens when it is none or root. Throws PrivilegeError.
/// A root that may not change its identity, as in some containers, stays unless `is_demanded`; a warning says so.
void become(const std::optional<Identity>& identity, bool is_demanded);

}  // namespace iptraf::privilege
