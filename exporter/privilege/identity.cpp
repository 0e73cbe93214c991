// SPDX-License-Identifier: GPL-2.0-or-later
// Identity: the user that the process is to become.
#include "privilege/identity.hpp"

#include <grp.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

namespace iptraf::privilege {
namespace {

constexpr const char* kServiceUser = "iptraf_exporter";
constexpr const char* kLastUser = "nobody";

/// Then nothing is known of the user; other errors say that there is none, each system in its own way.
bool is_shortage(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

std::optional<Identity> find_user(const std::string& name) {
  constexpr std::size_t kEntryBytes = 16'384;
  std::vector<char> strings(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  const int error = ::getpwnam_r(name.c_str(), &entry, strings.data(), strings.size(), &found);
  if (found == nullptr && is_shortage(error)) {
    throw std::system_error(error, std::generic_category(), "the users of this system cannot be read");
  }
  if (found == nullptr) return std::nullopt;
  return Identity{name, entry.pw_uid, entry.pw_gid};
}

bool set_ids(const Identity& identity) {
  return ::initgroups(identity.name.c_str(), identity.gid) == 0 &&
         ::setresgid(identity.gid, identity.gid, identity.gid) == 0 &&
         ::setresuid(identity.uid, identity.uid, identity.uid) == 0;
}

}  // namespace

std::optional<Identity> target_identity(const std::optional<std::string>& wanted) {
  if (::geteuid() != 0) return std::nullopt;
  if (wanted) {
    if (const auto user = find_user(*wanted)) return user;
    throw PrivilegeError("--user=" + *wanted + ": there is no such user; adduser --system --group " + *wanted +
                         " makes it");
  }
  for (const char* name : {kServiceUser, kLastUser}) {
    if (const auto user = find_user(name)) return user;
  }
  throw PrivilegeError(std::string("there is neither a user ") + kServiceUser + " nor " + kLastUser +
                       " to become after the start; name one with --user=NAME, or stay root with --user=root");
}

void become(const std::optional<Identity>& identity, bool is_demanded) {
  if (!identity || identity->uid == 0) return;
  if (set_ids(*identity)) return;
  const std::string why = std::strerror(errno);
  if (::geteuid() != 0 || is_demanded) {
    throw PrivilegeError("cannot become the user " + identity->name + ": " + why +
                         "; that needs CAP_SETUID and CAP_SETGID at the start");
  }
  spdlog::warn("staying root, without any capability: becoming the user {} failed: {}", identity->name, why);
}

}  // namespace iptraf::privilege
