// SPDX-License-Identifier: GPL-2.0-or-later
// FileStamp: tells whether a file has been written or exchanged since it was read.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace iptraf::web {

/// Read before the file is, so that a later change shows. Equal: the same file, unchanged. Any thread.
class FileStamp {
 public:
  explicit FileStamp(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return;
    exists_ = true;
    device_ = status.st_dev;
    inode_ = status.st_ino;
    size_bytes_ = status.st_size;
    written_ = to_nanoseconds(status.st_mtim);
    changed_ = to_nanoseconds(status.st_ctim);
    is_readable_by_all_ = (status.st_mode & S_IROTH) != 0;
  }

  bool is_readable_by_all() const { return is_readable_by_all_; }

  friend bool operator==(const FileStamp&, const FileStamp&) = default;

 private:
  static std::int64_t to_nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  }

  bool exists_ = false;
  bool is_readable_by_all_ = false;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  off_t size_bytes_ = 0;
  std::int64_t written_ = 0;
  std::int64_t changed_ = 0;  // of the inode: owner and mode too
};

}  // namespace iptraf::web
