// SPDX-License-Identifier: GPL-2.0-or-later
// TextScanner: reads a line from left to right and never past its end.
#pragma once

#include <cstdint>
#include <string_view>

namespace iptraf::importer {

/// Every method moves on only when it gives true.
class TextScanner {
 public:
  explicit TextScanner(std::string_view text) : rest_(text) {}

  std::string_view rest() const noexcept { return rest_; }
  bool at_end() const noexcept { return rest_.empty(); }

  /// Passes over blanks (space and tab); always true.
  bool blanks() noexcept;

  /// Exactly `text`.
  bool literal(std::string_view text) noexcept;

  /// Decimal digits that fit in 64 bits.
  bool number(std::uint64_t& value) noexcept;

  /// All up to `end`, which is passed over; false when `end` does not come.
  bool until(char end, std::string_view& text) noexcept;

 private:
  std::string_view rest_;
};

}  // namespace iptraf::importer
