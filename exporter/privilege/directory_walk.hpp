// SPDX-License-Identifier: GPL-2.0-or-later
// Walks to and through output directories, in which no link of another user's is followed.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <memory>
#include <string>

#include "privilege/output_directory.hpp"

namespace iptraf::privilege {

/// Throws PrivilegeError that names the output, what is wrong with it, and what to do.
[[noreturn]] void refuse(const OutputDirectory& output, const std::string& what, const std::string& advice);

/// By passwd(5), else its number.
std::string user_name(uid_t uid);

/// "run as that user (--user=NAME), "; empty for a user without a name, whom nobody can become.
std::string advice_to_run_as(uid_t uid);

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

/// Null when it cannot be read; errno says why.
Directory open_directory(int parent, const std::string& name);

/// Makes the directory and what is missing above it, but nothing where a link leads that is not root's: with another's
/// link its owner would choose what root makes. Null when it cannot be made or read. Throws PrivilegeError for such a
/// link.
Directory make_directory(const OutputDirectory& output);

/// Calls `visit(name, status)` for every entry; links are not followed.
template <typename Visit>
void for_each_entry(DIR* directory, Visit visit) {
  ::rewinddir(directory);
  while (const dirent* const entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    struct stat status {};
    if (name == "." || name == "..") continue;
    const bool is_there = ::fstatat(::dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (is_there) visit(name, status);
  }
}

}  // namespace iptraf::privilege
