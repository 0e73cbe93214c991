// SPDX-License-Identifier: GPL-2.0-or-later
// ProblemReport: says which lines of a log were not used, without flooding whoever reads it.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace iptraf::importer {

/// One for each log. Writes "FILE:LINE: why: text" for the first lines and, when it is closed, how many more there
/// were.
class ProblemReport {
 public:
  static constexpr std::uint64_t kMaxReported = 20;

  /// `out` outlives the report.
  ProblemReport(std::ostream& out, std::string path) : out_(out), path_(std::move(path)) {}

  /// `why` follows the word "line": "is no ..."; `text` is the line.
  void add(std::uint64_t line_number, std::string_view why, std::string_view text);

  void close();

  /// Lines that were not used, and records, each counted as one.
  std::uint64_t count() const noexcept { return count_; }

 private:
  std::ostream& out_;
  std::string path_;
  std::uint64_t count_ = 0;
};

}  // namespace iptraf::importer
