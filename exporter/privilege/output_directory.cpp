// SPDX-License-Identifier: GPL-2.0-or-later
// Directories that the process goes on to write to after it has become somebody else.
#include "privilege/output_directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "core/file_descriptor.hpp"

namespace iptraf::privilege {
namespace {

constexpr int kMaxDepth = 4;  // device, lan_stations, file, and one to spare

std::string user_name(uid_t uid) {
  const passwd* const entry = ::getpwuid(uid);
  return entry != nullptr ? entry->pw_name : "number " + std::to_string(uid);
}

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

class HandOver {
 public:
  HandOver(std::string key, std::string path, const Identity& identity)
      : key_(std::move(key)), path_(std::move(path)), identity_(identity) {}

  void run() const {
    std::error_code ignored;
    std::filesystem::create_directories(path_, ignored);
    FileDescriptor directory(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!directory.is_open() || ::fstat(directory.get(), &status) != 0) return;
    if (status.st_uid == identity_.uid) return;
    if (status.st_uid != 0) {
      fail("belongs to the user " + user_name(status.st_uid),
           "let it be " + identity_.name + "'s (chown -R " + identity_.name + " " + path_ +
               "), run as that user (--user=" + user_name(status.st_uid) + "), or name another directory");
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
      fail("is root's, and others may write to it", "chmod go-w " + path_ + " after a look at what is in it");
    }
    give(std::move(directory), 0);
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& advice) const {
    throw PrivilegeError(key_ + " " + path_ + " " + what + "; " + advice);
  }

  /// Entries first: as long as the directory is root's nobody else can exchange them.
  void give(FileDescriptor directory, int depth) const {
    const int fd = directory.get();
    const std::unique_ptr<DIR, CloseDirectory> entries(::fdopendir(fd));
    if (!entries) fail(std::string("cannot be read: ") + std::strerror(errno), "name another directory");
    directory.release();
    while (const dirent* const entry = ::readdir(entries.get())) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") give_entry(fd, name, depth);
    }
    if (::fchown(fd, identity_.uid, identity_.gid) != 0) fail_to_give();
  }

  [[noreturn]] void fail_to_give() const {
    fail("cannot be given to the user " + identity_.name + ": " + std::strerror(errno),
         "choose a directory on a file system that keeps owners");
  }

  void give_entry(int parent, const std::string& name, int depth) const {
    struct stat status {};
    if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || status.st_uid != 0) return;
    if (S_ISREG(status.st_mode) && status.st_nlink == 1) {
      if (::fchownat(parent, name.c_str(), identity_.uid, identity_.gid, AT_SYMLINK_NOFOLLOW) != 0) fail_to_give();
    } else if (S_ISDIR(status.st_mode) && depth < kMaxDepth) {
      FileDescriptor child(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (child.is_open()) give(std::move(child), depth + 1);
    }
  }

  const std::string key_;
  const std::string path_;
  const Identity& identity_;
};

}  // namespace

void hand_over_directory(const std::string& key, const std::string& path, const Identity& identity) {
  HandOver(key, path, identity).run();
}

}  // namespace iptraf::privilege
