// SPDX-License-Identifier: GPL-2.0-or-later
// Walks to and through output directories, in which no link of another user's is followed.
#include "privilege/directory_walk.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "core/file_descriptor.hpp"

namespace iptraf::privilege {
namespace {

constexpr int kFind = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// A path without its first part.
std::filesystem::path rest_of(const std::filesystem::path& path) {
  std::filesystem::path rest;
  for (auto part = std::next(path.begin()); part != path.end(); ++part) rest /= *part;
  return rest;
}

/// Empty when it cannot be read.
std::filesystem::path link_target(int parent, const std::string& name) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlinkat(parent, name.c_str(), target.data(), target.size());
  return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

/// Where the path leads; closed when it leads nowhere. Links on the way are followed if root made them.
FileDescriptor find_directory(const OutputDirectory& output) {
  constexpr int kMaxLinks = 40;  // as the kernel's own
  std::error_code error;
  std::filesystem::path left = std::filesystem::absolute(output.path, error);
  FileDescriptor place(::open("/", kFind));
  for (int links = 0; place.is_open() && !left.empty();) {
    const std::string name = left.begin()->string();
    left = rest_of(left);
    struct stat status {};
    if (::fstatat(place.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (name.empty()) continue;  // behind a slash at the end
      return FileDescriptor();
    }
    if (!S_ISLNK(status.st_mode)) {
      place = FileDescriptor(::openat(place.get(), name.c_str(), kFind));
      continue;
    }
    if (status.st_uid != 0) {
      refuse(output, "leads over " + name + ", a link of the user " + user_name(status.st_uid),
             "name the directory where it leads, or let the link be root's");
    }
    const std::filesystem::path target = link_target(place.get(), name);
    if (++links > kMaxLinks || target.empty()) return FileDescriptor();
    if (target.is_absolute()) place = FileDescriptor(::open("/", kFind));
    left = target / left;
  }
  return place;
}

}  // namespace

void refuse(const OutputDirectory& output, const std::string& what, const std::string& advice) {
  throw PrivilegeError(output.key + " " + output.path + " " + what + "; " + advice);
}

std::string user_name(uid_t uid) {
  const passwd* const entry = ::getpwuid(uid);
  return entry != nullptr ? entry->pw_name : "number " + std::to_string(uid);
}

std::string advice_to_run_as(uid_t uid) {
  const passwd* const entry = ::getpwuid(uid);
  return entry != nullptr ? std::string("run as that user (--user=") + entry->pw_name + "), " : "";
}

Directory open_directory(int parent, const std::string& name) {
  FileDescriptor opened(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  Directory directory(opened.is_open() ? ::fdopendir(opened.get()) : nullptr);
  if (directory) opened.release();
  return directory;
}

Directory make_directory(const OutputDirectory& output) {
  find_directory(output);  // before anything is made where a link of somebody leads
  std::error_code ignored;
  std::filesystem::create_directories(output.path, ignored);
  const FileDescriptor found = find_directory(output);
  return found.is_open() ? open_directory(found.get(), ".") : nullptr;
}

}  // namespace iptraf::privilege
