// SPDX-License-Identifier: GPL-2.0-or-later
// What reading a mapping has to say when the file is wrong.
#include "config/fields.hpp"

#include "config/suggest.hpp"
#include "config/values.hpp"

namespace iptraf::config {

void report_unknown_key(const Node::Key& key, const std::string& path, const std::vector<std::string_view>& known,
                        Problems& problems) {
  const std::string where = path.empty() ? std::string() : " in " + path;
  problems.add(key.place, "unknown key " + quote(key.text) + where + suggestion(key.text, known));
}

std::string join_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

bool check_mapping(const Node& node, const std::string& path, Problems& problems) {
  if (node.kind == Node::Kind::kMapping) return true;
  if (node.kind != Node::Kind::kRefused && node.kind != Node::Kind::kNothing) {
    report_unexpected(node, path.empty() ? "the configuration" : path, "a mapping (key: value)", problems);
  }
  return false;
}

}  // namespace iptraf::config
