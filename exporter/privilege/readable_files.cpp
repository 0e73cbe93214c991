// SPDX-License-Identifier: GPL-2.0-or-later
// Files that a reload reads: whether the user can read them that the process has become.
#include "privilege/readable_files.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/file_descriptor.hpp"
#include "privilege/identity.hpp"

namespace iptraf::privilege {
namespace {

std::string own_name() {
  const passwd* const entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

std::string own_group() {
  const group* const entry = ::getgrgid(::getegid());
  return entry != nullptr ? entry->gr_name : std::to_string(::getegid());
}

/// The first directory above `file` that cannot be entered; empty when it is the file itself that cannot be read.
std::string closed_directory(const std::filesystem::path& file) {
  std::filesystem::path directory;
  for (const std::filesystem::path& part : std::filesystem::absolute(file).parent_path()) {
    directory /= part;
    if (::access(directory.c_str(), X_OK) != 0) return directory.string();
  }
  return "";
}

std::string remedy(const std::string& file) {
  const std::string directory = closed_directory(file);
  if (!directory.empty()) {
    return "chgrp " + own_group() + " " + directory + " && chmod g+x " + directory + ", or move it elsewhere";
  }
  return "chgrp " + own_group() + " " + file + " && chmod g+r " + file;
}

}  // namespace

void check_readable(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    const FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (opened.is_open()) continue;
    const int error = errno;
    std::string message =
        "a reload could not read " + file + " as the user " + own_name() + ": " + std::strerror(error);
    if (error == EACCES) message += "; " + remedy(file) + "; or choose another user with --user=NAME";
    throw PrivilegeError(message);
  }
}

}  // namespace iptraf::privilege
