// SPDX-License-Identifier: GPL-2.0-or-later
// Files that a reload names: whether they lie where the process may still look.
#include "config/new_directory.hpp"

#include <algorithm>
#include <filesystem>

namespace iptraf::config {

std::optional<std::string> new_directory_problem(const std::string& subject, const std::string& file,
                                                 const std::vector<std::string>& first_files) {
  const auto directory_of = [](const std::string& path) { return std::filesystem::path(path).parent_path(); };
  const std::filesystem::path directory = directory_of(file);
  const bool is_in_etc = directory == "/etc" || directory.string().starts_with("/etc/");
  const bool is_known = std::any_of(first_files.begin(), first_files.end(),
                                    [&](const std::string& first) { return directory_of(first) == directory; });
  if (is_known || is_in_etc) return std::nullopt;
  return subject + " names a file in " + directory.string() +
         ", where none was named at the start: this needs a restart";
}

}  // namespace iptraf::config
