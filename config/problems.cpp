// SPDX-License-Identifier: GPL-2.0-or-later
// Formatting of configuration problems.
#include "config/problems.hpp"

#include <algorithm>

namespace iptraf::config {
namespace {

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

}  // namespace

std::vector<std::string> Problems::format(std::string_view file_name) const {
  std::vector<Problem> ordered = list_;
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Problem& left, const Problem& right) { return left.place < right.place; });
  std::vector<std::string> lines;
  lines.reserve(ordered.size());
  for (const Problem& problem : ordered) {
    std::string line(file_name);
    if (problem.place.line > 0) {
      line += ':' + std::to_string(problem.place.line) + ':' + std::to_string(problem.place.column);
    }
    lines.push_back(line + ": " + problem.message);
  }
  return lines;
}

ConfigError::ConfigError(std::vector<std::string> problems)
    : std::runtime_error(join_lines(problems)), problems_(std::move(problems)) {}

}  // namespace iptraf::config
