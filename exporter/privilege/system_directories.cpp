// SPDX-License-Identifier: GPL-2.0-or-later
// Directories of the system, by hier(7): whatever is in them today, they are nobody's to take over.
#include "privilege/system_directories.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace iptraf::privilege {

bool is_of_system(const std::filesystem::path& real) {
  constexpr std::array<std::string_view, 9> kSystem{"etc", "usr", "bin", "sbin", "lib", "lib64", "boot", "proc", "sys"};
  const std::string text = real.string();
  if (text.starts_with("/usr/local/")) return false;
  return std::any_of(kSystem.begin(), kSystem.end(),
                     [&](std::string_view name) { return (text + "/").starts_with("/" + std::string(name) + "/"); });
}

bool is_shared(const std::filesystem::path& real) {
  constexpr std::array<std::string_view, 13> kShared{"/",    "/dev", "/dev/shm",  "/home", "/media",
                                                     "/mnt", "/opt", "/run",      "/root", "/srv",
                                                     "/tmp", "/var", "/usr/local"};
  const std::filesystem::path above = real.parent_path();
  return is_of_system(real) || above == "/var" || above == "/home" || above == "/usr/local" ||
         std::find(kShared.begin(), kShared.end(), real.string()) != kShared.end();
}

}  // namespace iptraf::privilege
