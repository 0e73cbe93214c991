// SPDX-License-Identifier: GPL-2.0-or-later
// Progress: how far a long job is, on one line of a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

namespace iptraf::importer {

/// Silent where nobody looks at a terminal, and for the first half second.
class Progress {
 public:
  /// `out` outlives it.
  Progress(std::ostream& out, bool is_terminal) : out_(out), is_terminal_(is_terminal) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Rewrites the line about twice a second.
  void show(const std::string& what, std::uint64_t done, std::uint64_t all);

  /// Takes the line away, so that something else can be written.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& out_;
  bool is_terminal_;
  bool is_shown_ = false;
  Clock::time_point last_ = Clock::now();
};

}  // namespace iptraf::importer
