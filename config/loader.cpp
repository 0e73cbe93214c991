// SPDX-License-Identifier: GPL-2.0-or-later
// Hands the text of the configuration file to the schema.
#include "config/loader.hpp"

#include "config/regular_file.hpp"
#include "config/schema.hpp"
#include "config/yaml_document.hpp"

namespace iptraf::config {

Config load_file(const std::string& path) { return parse(read_regular_file(path, kMaxDocumentBytes), path); }

Config parse(std::string_view text, std::string_view file_name) {
  Problems problems;
  const auto root = read_yaml(text, problems);
  Config config;
  if (root) config = read_config(*root, problems);
  if (!problems.empty()) throw ConfigError(problems.format(file_name));
  return config;
}

}  // namespace iptraf::config
