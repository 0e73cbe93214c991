// SPDX-License-Identifier: GPL-2.0-or-later
// TextScanner: reads a line from left to right and never past its end.
#include "import/text_scanner.hpp"

#include <charconv>

namespace iptraf::importer {

bool TextScanner::blanks() noexcept {
  while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  return true;
}

bool TextScanner::literal(std::string_view text) noexcept {
  if (!rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  return true;
}

bool TextScanner::number(std::uint64_t& value) noexcept {
  std::uint64_t read = 0;
  const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), read);
  if (error != std::errc{}) return false;
  value = read;
  rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
  return true;
}

bool TextScanner::until(char end, std::string_view& text) noexcept {
  const std::size_t at = rest_.find(end);
  if (at == std::string_view::npos) return false;
  text = rest_.substr(0, at);
  rest_.remove_prefix(at + 1);
  return true;
}

}  // namespace iptraf::importer
