// SPDX-License-Identifier: GPL-2.0-or-later
// FileVersion: tells a file that has changed since it was read.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <string>

namespace iptraf {

/// Differs once a file was replaced or written, or got another owner or mode. All zero: there is no such file.
struct FileVersion {
  dev_t device = 0;
  ino_t inode = 0;
  off_t bytes = 0;
  std::int64_t modified_nanoseconds = 0;
  std::int64_t changed_nanoseconds = 0;  ///< of the inode: owner and mode too
  bool is_readable_by_all = false;
  friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

/// To be asked before the file is read, so that a later change shows. Any thread.
inline FileVersion version_of(const std::string& path) {
  const auto nanoseconds = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev,
          status.st_ino,
          status.st_size,
          nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim),
          (status.st_mode & S_IROTH) != 0};
}

}  // namespace iptraf
