// SPDX-License-Identifier: GPL-2.0-or-later
// Identity: the user that the process is to become.
#include "privilege/identity.hpp"

#include <cap-ng.h>
#include <grp.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>
#include <vector>

namespace iptraf::privilege {
namespace {

constexpr const char* kServiceUser = "iptraf_exporter";
constexpr const char* kLastUser = "nobody";

/// Then nothing is known of the user; other errors say that there is none, each system in its own way.
bool is_shortage(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// By name, or by number where nobody has that name.
std::optional<Identity> find_user(const std::string& text) {
  constexpr std::size_t kEntryBytes = 16'384;
  std::vector<char> strings(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  int error = ::getpwnam_r(text.c_str(), &entry, strings.data(), strings.size(), &found);
  uid_t uid = 0;
  const char* const end = text.data() + text.size();
  if (found == nullptr && is_number(text) && std::from_chars(text.data(), end, uid).ec == std::errc()) {
    error = ::getpwuid_r(uid, &entry, strings.data(), strings.size(), &found);
  }
  if (found == nullptr && is_shortage(error)) {
    throw std::system_error(error, std::generic_category(), "the users of this system cannot be read");
  }
  if (found == nullptr) return std::nullopt;
  return Identity{entry.pw_name, entry.pw_uid, entry.pw_gid};
}

/// Without root nobody else can be become.
void warn_without_effect(const std::string& wanted) {
  const std::optional<Identity> user = find_user(wanted);
  if (user && user->uid == ::geteuid()) return;
  spdlog::warn("--user={} has no effect: only a program that root starts can become another user", wanted);
}

bool may_become_another() {
  return ::capng_get_caps_process() == 0 && ::capng_have_capability(CAPNG_EFFECTIVE, CAP_SETUID) == 1 &&
         ::capng_have_capability(CAPNG_EFFECTIVE, CAP_SETGID) == 1;
}

bool set_ids(const Identity& identity) {
  return ::initgroups(identity.name.c_str(), identity.gid) == 0 &&
         ::setresgid(identity.gid, identity.gid, identity.gid) == 0 &&
         ::setresuid(identity.uid, identity.uid, identity.uid) == 0;
}

}  // namespace

std::optional<Identity> target_identity(const std::optional<std::string>& wanted) {
  if (::geteuid() != 0) {
    if (wanted) warn_without_effect(*wanted);
    return std::nullopt;
  }
  if (wanted) {
    if (auto user = find_user(*wanted)) return user;
    if (is_number(*wanted)) throw PrivilegeError("--user=" + *wanted + ": no user has this number; name one");
    throw PrivilegeError("--user=" + *wanted + ": there is no such user; adduser --system --group " + *wanted +
                         " makes it");
  }
  if (!may_become_another()) {
    spdlog::warn(
        "staying root, without any capability: to become another user needs CAP_SETUID and CAP_SETGID; grant "
        "them, or say --user=root");
    return std::nullopt;
  }
  for (const char* name : {kServiceUser, kLastUser}) {
    if (auto user = find_user(name)) return user;
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
