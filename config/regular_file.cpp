// SPDX-License-Identifier: GPL-2.0-or-later
// Opens a file with care, since its path may be anything.
#include "config/regular_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "config/problems.hpp"
#include "core/file_descriptor.hpp"

namespace iptraf::config {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& message) {
  throw ConfigError({path + ": " + message});
}

[[noreturn]] void fail_with_errno(const std::string& path, const std::string& what) {
  const int error = errno;
  const char* const advice =
      error == EACCES ? "; let the user that the exporter runs as read it (chgrp and chmod g+r)" : "";
  fail(path, what + ": " + std::generic_category().message(error) + advice);
}

const char* kind_name(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "of another kind";
}

void check_is_regular(const std::string& path, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) fail(path, std::string("must be a regular file, but is ") + kind_name(status.st_mode));
}

int open_regular_file(const std::string& path) {
  struct stat status {};
  // Looked at before it is opened, since opening a device can have effects.
  if (::stat(path.c_str(), &status) != 0) fail_with_errno(path, "cannot be opened");
  check_is_regular(path, status);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) fail_with_errno(path, "cannot be opened");
  return fd;
}

}  // namespace

std::string read_regular_file(const std::string& path, std::size_t max_bytes) {
  const FileDescriptor file(open_regular_file(path));
  struct stat status {};
  // The path may lead elsewhere by now.
  if (::fstat(file.get(), &status) != 0) fail_with_errno(path, "cannot be read");
  check_is_regular(path, status);
  std::string text;
  std::array<char, 16384> buffer{};
  while (text.size() <= max_bytes) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_with_errno(path, "cannot be read");
    if (count == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace iptraf::config
