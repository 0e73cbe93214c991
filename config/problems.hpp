// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with a configuration and where: places, the list of problems, and the error that carries them.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace iptraf::config {

/// A position in a file, counted from 1, columns in bytes; line 0: the file as a whole.
struct Place {
  int line = 0;
  int column = 0;
  friend bool operator==(const Place&, const Place&) = default;
  friend bool operator<(const Place& left, const Place& right) {
    return left.line != right.line ? left.line < right.line : left.column < right.column;
  }
};

/// The problems found so far, in any order.
class Problems {
 public:
  void add(Place place, std::string message) { list_.push_back({place, std::move(message)}); }
  bool empty() const { return list_.empty(); }

  /// One line each, `FILE:LINE:COLUMN: message` or `FILE: message`, in the order of the file.
  std::vector<std::string> format(std::string_view file_name) const;

 private:
  struct Problem {
    Place place;
    std::string message;
  };
  std::vector<Problem> list_;
};

/// A configuration that cannot be used. what() is every problem on a line of its own.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<std::string> problems);
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::string> problems_;
};

}  // namespace iptraf::config
