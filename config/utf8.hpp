// SPDX-License-Identifier: GPL-2.0-or-later
// What counts as text.
#pragma once

#include <cstddef>
#include <string_view>

namespace iptraf::config {

/// Offset of the first byte that is not well-formed UTF-8 (RFC 3629 section 4) or is a control character other than
/// tab, line feed and carriage return; npos when all is text.
std::size_t find_non_text(std::string_view text);

/// True when `text` is well-formed UTF-8 without any control character.
bool is_one_line_text(std::string_view text);

}  // namespace iptraf::config
