// SPDX-License-Identifier: GPL-2.0-or-later
// keep_directory(): an output directory of a process that stays who it is, which nobody else may lead elsewhere.
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "privilege/directory_walk.hpp"
#include "privilege/output_directory.hpp"

namespace iptraf::privilege {
namespace {

/// The system's directories and files of others are root's to write beside, since nothing is given away.
class RootDirectory {
 public:
  explicit RootDirectory(const OutputDirectory& output) : output_(output) {}

  void run() const {
    if (const Directory directory = make_directory(output_)) judge(directory.get(), "", 0);
  }

 private:
  /// `inside`: where the directory is below the output's own; empty for that itself.
  void judge(DIR* directory, const std::string& inside, int depth) const {
    judge_rights(directory, inside);
    for_each_entry(directory, [&](const std::string& name, const struct stat& entry) {
      const std::string path = inside.empty() ? name : inside + "/" + name;
      const bool may_hold_directories = depth < output_.depth;
      const bool is_of_use = may_hold_directories || output_.is_own_file(name);
      if (S_ISLNK(entry.st_mode) && entry.st_uid != 0 && is_of_use) {
        refuse(output_,
               "holds " + path + ", a link of the user " + user_name(entry.st_uid) + ", which is not the exporter's",
               "remove it, or name a directory of its own");
      }
      if (S_ISDIR(entry.st_mode) && may_hold_directories) judge(open(directory, name, path).get(), path, depth + 1);
    });
  }

  Directory open(DIR* parent, const std::string& name, const std::string& path) const {
    Directory child = open_directory(::dirfd(parent), name);
    if (child) return child;
    refuse(output_, "holds " + path + ", which cannot be read: " + std::strerror(errno), "name a directory of its own");
  }

  void judge_rights(DIR* directory, const std::string& inside) const {
    const std::string subject = inside.empty() ? "" : "holds " + inside + ", which ";
    const std::string path = inside.empty() ? output_.path : output_.path + "/" + inside;
    struct stat status {};
    if (::fstat(::dirfd(directory), &status) != 0) return;
    if (status.st_uid != 0) {
      refuse(output_, subject + "belongs to the user " + user_name(status.st_uid),
             "let it be root's (chown -R root " + path + ", after a look at what is in it), " +
                 advice_to_run_as(status.st_uid) + "or name another directory");
    }
    // Volumes of containers are so: it is the administrator who knows of these others.
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
      spdlog::warn(
          "{} {} is root's, and others may write to it: with links there they can lead root elsewhere; "
          "chmod go-w {}",
          output_.key, path, path);
    }
  }

  const OutputDirectory& output_;
};

}  // namespace

void keep_directory(const OutputDirectory& output) {
  if (::geteuid() == 0) return RootDirectory(output).run();
  std::error_code ignored;
  std::filesystem::create_directories(output.path, ignored);
}

}  // namespace iptraf::privilege
