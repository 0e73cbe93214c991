// SPDX-License-Identifier: GPL-2.0-or-later
// Directories that the process goes on to write to after it has become somebody else.
#include "privilege/output_directory.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "privilege/directory_walk.hpp"
#include "privilege/system_directories.hpp"

namespace iptraf::privilege {
namespace {

class HandOver {
 public:
  HandOver(const OutputDirectory& output, const Identity& identity) : output_(output), identity_(identity) {}

  void run() const {
    const Directory directory = make_directory(output_);
    struct stat status {};
    if (!directory || ::fstat(::dirfd(directory.get()), &status) != 0 || status.st_uid == identity_.uid) return;
    if (status.st_uid != 0) {
      fail("belongs to the user " + user_name(status.st_uid),
           "let it be " + identity_.name + "'s (chown -R " + identity_.name + " " + output_.path + "), " +
               advice_to_run_as(status.st_uid) + "or name another directory");
    }
    judge(directory.get(), 0);
    std::error_code ignored;
    if (is_of_system(std::filesystem::canonical(output_.path, ignored))) {
      fail("is the system's", "name a directory of its own, such as one below /var/lib/iptraf_exporter");
    }
    give(directory.get());
    spdlog::info("{} {} is handed over to the user {}", output_.key, output_.path, identity_.name);
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& advice) const { refuse(output_, what, advice); }

  [[noreturn]] void fail_to_give() const {
    const int error = errno;
    fail("cannot be given to the user " + identity_.name + ": " + std::strerror(error),
         error == EPERM ? "that needs CAP_CHOWN at the start; or give it beforehand: chown -R " + identity_.name + " " +
                              output_.path
                        : "choose a directory on a file system that keeps owners");
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
