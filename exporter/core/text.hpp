// SPDX-License-Identifier: GPL-2.0-or-later
// Text that came from outside, made fit for a page.
#pragma once

#include <string>
#include <string_view>

namespace iptraf {

/// Valid UTF-8 (RFC 3629) without control characters: every byte that does not belong becomes `\xNN`.
std::string printable_utf8(std::string_view text);

}  // namespace iptraf
