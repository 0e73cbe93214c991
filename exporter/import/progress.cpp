// SPDX-License-Identifier: GPL-2.0-or-later
// Progress on one line of a terminal.
#include "import/progress.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace iptraf::importer {
namespace {

constexpr std::chrono::milliseconds kInterval{500};
constexpr std::size_t kShownBytes = 60;
constexpr const char* kEraseLine = "\r\033[K";

}  // namespace

void Progress::show(const std::string& what, std::uint64_t done, std::uint64_t all) {
  if (!is_terminal_) return;
  const Clock::time_point now = Clock::now();
  if (now - last_ < kInterval) return;
  last_ = now;
  is_shown_ = true;
  const std::string end = what.size() > kShownBytes ? "..." + what.substr(what.size() - kShownBytes) : what;
  const std::uint64_t percent = all == 0 ? 100 : std::min<std::uint64_t>(100, done * 100 / all);
  out_ << kEraseLine << percent << " % of " << printable_utf8(end) << std::flush;
}

void Progress::clear() {
  if (is_shown_) out_ << kEraseLine << std::flush;
  is_shown_ = false;
}

}  // namespace iptraf::importer
