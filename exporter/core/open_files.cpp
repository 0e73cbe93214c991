// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the limit and what is open already.
#include "core/open_files.hpp"

#include <sys/resource.h>

#include <filesystem>
#include <iterator>
#include <limits>
#include <system_error>

namespace iptraf {

void raise_open_file_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t open_files_left() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
    return std::numeric_limits<std::size_t>::max();
  }
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return 0;
  const auto open = static_cast<std::size_t>(std::distance(files, std::filesystem::directory_iterator()));
  return limit.rlim_cur > open ? limit.rlim_cur - open : 0;
}

}  // namespace iptraf
