// SPDX-License-Identifier: GPL-2.0-or-later
// Says which lines of a log were not used.
#include "import/problem_report.hpp"

#include "core/text.hpp"

namespace iptraf::importer {
namespace {

constexpr std::size_t kShownBytes = 120;

}  // namespace

void ProblemReport::add(std::uint64_t line_number, std::string_view why, std::string_view text) {
  if (++count_ > kMaxReported) return;
  out_ << path_ << ':' << line_number << ": " << why;
  if (!text.empty()) out_ << ": " << printable_utf8(text.substr(0, kShownBytes));
  if (text.size() > kShownBytes) out_ << " ...";
  out_ << '\n';
}

void ProblemReport::close() {
  if (count_ > kMaxReported) out_ << path_ << ": " << count_ - kMaxReported << " more lines were skipped\n";
}

}  // namespace iptraf::importer
