// SPDX-License-Identifier: GPL-2.0-or-later
// Which known word a misspelt one was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace iptraf::config {

/// The known word with the least edit distance (insert, delete, replace, swap of neighbours), the first of
/// equals; empty when the nearest one differs in more than a third of the longer word.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

/// `; did you mean "x"?`, or nothing when no known word is near.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace iptraf::config
