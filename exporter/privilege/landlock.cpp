// SPDX-License-Identifier: GPL-2.0-or-later
// landlock(7): which directories the process may still use.
#include "privilege/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "core/file_descriptor.hpp"

namespace iptraf::privilege {
namespace {

// Not in the headers of Linux 6.1: rights that later versions of the interface added.
constexpr std::uint64_t kRefer = 1ULL << 13;     // version 2
constexpr std::uint64_t kTruncate = 1ULL << 14;  // version 3
constexpr std::uint64_t kBindTcp = 1ULL << 0;    // version 4

/// landlock_ruleset_attr of version 4. Older kernels take its first part.
struct RulesetAttributes {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWrite = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                 LANDLOCK_ACCESS_FS_MAKE_REG;
constexpr std::uint64_t kNever = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

/// What the kernel's version of the interface knows beside the rights of version 1.
std::uint64_t later_writes(long version) { return (version >= 2 ? kRefer : 0) | (version >= 3 ? kTruncate : 0); }

void allow(int ruleset, const std::string& directory, std::uint64_t access) {
  const FileDescriptor opened(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) return;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = opened.get();
  ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

}  // namespace

std::string restrict_to(const DirectoryRules& rules) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return std::strerror(errno);
  const std::uint64_t write = kWrite | later_writes(version);
  RulesetAttributes attributes{kRead | write | kNever, version >= 4 ? kBindTcp : 0};
  const std::size_t bytes = version >= 4 ? sizeof attributes : sizeof attributes.handled_access_fs;
  const FileDescriptor ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, bytes, 0)));
  if (!ruleset.is_open()) return std::strerror(errno);
  for (const std::string& directory : rules.readable) allow(ruleset.get(), directory, kRead);
  for (const std::string& directory : rules.writable) allow(ruleset.get(), directory, kRead | write);
  return ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0 ? "" : std::strerror(errno);
}

}  // namespace iptraf::privilege
