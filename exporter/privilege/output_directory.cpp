// SPDX-License-Identifier: GPL-2.0-or-later
// Directories that the process goes on to write to after it has become somebody else.
#include "privilege/output_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>
#include <system_error>

#include "core/file_descriptor.hpp"

namespace iptraf::privilege {
namespace {

std::string user_name(uid_t uid) {
  const passwd* const entry = ::getpwuid(uid);
  return entry != nullptr ? entry->pw_name : "number " + std::to_string(uid);
}

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

Directory open_directory(int parent, const std::string& name) {
  FileDescriptor opened(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  Directory directory(opened.is_open() ? ::fdopendir(opened.get()) : nullptr);
  if (directory) opened.release();
  return directory;
}

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

/// An empty directory of the system's is nobody's to give away, though it holds nothing.
bool is_of_system(const std::filesystem::path& real) {
  constexpr std::array<std::string_view, 9> kSystem{"etc", "usr", "bin", "sbin", "lib", "lib64", "boot", "proc", "sys"};
  const std::string text = real.string();
  if (text.starts_with("/usr/local/")) return false;
  return std::any_of(kSystem.begin(), kSystem.end(),
                     [&](std::string_view name) { return (text + "/").starts_with("/" + std::string(name) + "/"); });
}

class HandOver {
 public:
  HandOver(const OutputDirectory& output, const Identity& identity) : output_(output), identity_(identity) {}

  void run() const {
    find();  // before anything is made where a link of somebody leads
    std::error_code ignored;
    std::filesystem::create_directories(output_.path, ignored);
    const FileDescriptor found = find();
    const Directory directory = found.is_open() ? open_directory(found.get(), ".") : nullptr;
    struct stat status {};
    if (!directory || ::fstat(::dirfd(directory.get()), &status) != 0 || status.st_uid == identity_.uid) return;
    if (status.st_uid != 0) {
      fail("belongs to the user " + user_name(status.st_uid),
           "let it be " + identity_.name + "'s (chown -R " + identity_.name + " " + output_.path +
               "), run as that user (--user=" + user_name(status.st_uid) + "), or name another directory");
    }
    judge(directory.get(), 0);
    if (is_of_system(std::filesystem::canonical(output_.path, ignored))) {
      fail("is the system's", "name a directory of its own, such as one below /var/lib/iptraf_exporter");
    }
    give(directory.get());
    spdlog::info("{} {} is handed over to the user {}", output_.key, output_.path, identity_.name);
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& advice) const {
    throw PrivilegeError(output_.key + " " + output_.path + " " + what + "; " + advice);
  }

  /// Where the path leads; closed when it leads nowhere. Links on the way are followed if root made them: with
  /// another's link its owner would choose what is given away.
  FileDescriptor find() const {
    constexpr int kMaxLinks = 40;  // as the kernel's own
    std::error_code error;
    std::filesystem::path left = std::filesystem::absolute(output_.path, error);
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
        fail("leads over " + name + ", a link of the user " + user_name(status.st_uid),
             "name the directory where it leads, or let the link be root's");
      }
      const std::filesystem::path target = link_target(place.get(), name);
      if (++links > kMaxLinks || target.empty()) return FileDescriptor();
      if (target.is_absolute()) place = FileDescriptor(::open("/", kFind));
      left = target / left;
    }
    return place;
  }

  [[noreturn]] void fail_to_give() const {
    const int error = errno;
    fail("cannot be given to the user " + identity_.name + ": " + std::strerror(error),
         error == EPERM ? "that needs CAP_CHOWN at the start; or give it beforehand: chown -R " + identity_.name + " " +
                              output_.path
                        : "choose a directory on a file system that keeps owners");
  }

  /// Calls `visit(name, status)` for every entry.
  template <typename Visit>
  static void for_each_entry(DIR* directory, Visit visit) {
    ::rewinddir(directory);
    while (const dirent* const entry = ::readdir(directory)) {
      const std::string name = entry->d_name;
      struct stat status {};
      if (name == "." || name == "..") continue;
      const bool is_there = ::fstatat(::dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0;
      if (is_there) visit(name, status);
    }
  }

  void judge(DIR* directory, int depth) const {
    struct stat status {};
    if (::fstat(::dirfd(directory), &status) != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
      fail("is root's, and others may write to it", "chmod go-w " + output_.path + " after a look at what is in it");
    }
    for_each_entry(directory, [&](const std::string& name, const struct stat& entry) {
      const bool is_own_file = S_ISREG(entry.st_mode) && entry.st_nlink == 1 && output_.is_own_file(name);
      const bool is_directory = S_ISDIR(entry.st_mode) && depth < output_.depth;
      if (is_own_file || (is_directory && entry.st_uid == identity_.uid)) return;
      const bool is_of_root = is_directory && entry.st_uid == 0;
      const Directory child = is_of_root ? open_directory(::dirfd(directory), name) : nullptr;
      if (child) return judge(child.get(), depth + 1);
      fail("holds " + name + ", which is not the exporter's",
           "name a directory of its own, or give this one to the user " + identity_.name + " yourself");
    });
  }

  /// Entries first: as long as the directory is root's nobody else can exchange them.
  void give(DIR* directory) const {
    for_each_entry(directory, [&](const std::string& name, const struct stat& entry) {
      if (entry.st_uid != 0) return;
      if (S_ISDIR(entry.st_mode)) {
        if (const Directory child = open_directory(::dirfd(directory), name)) give(child.get());
      } else if (::fchownat(::dirfd(directory), name.c_str(), identity_.uid, identity_.gid, AT_SYMLINK_NOFOLLOW) != 0) {
        fail_to_give();
      }
    });
    if (::fchown(::dirfd(directory), identity_.uid, identity_.gid) != 0) fail_to_give();
  }

  const OutputDirectory& output_;
  const Identity& identity_;
};

}  // namespace

void hand_over_directory(const OutputDirectory& output, const Identity& identity) { HandOver(output, identity).run(); }

bool is_database_name(std::string_view name) noexcept { return name.ends_with(".rrd"); }

bool is_log_name(std::string_view name) noexcept {
  const std::size_t end = name.rfind(".log");
  if (end == std::string_view::npos) return false;
  const std::string_view rotation = name.substr(end + 4);  // "", ".1", ".2.gz", "-20260131"
  return std::all_of(rotation.begin(), rotation.end(),
                     [](char c) { return c == '.' || c == '-' || (c >= '0' && c <= '9') || c == 'g' || c == 'z'; }) &&
         (name.starts_with("tcp_udp_services") || name.starts_with("iface_stats_") || name.starts_with("packet_size") ||
          name.starts_with("lan_statistics") || name.starts_with("ip_traffic"));
}

}  // namespace iptraf::privilege
