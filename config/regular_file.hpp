// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a file whose path a person wrote, and which may lead anywhere.
#pragma once

#include <cstddef>
#include <string>

namespace iptraf::config {

/// The bytes of the regular file at `path`; of a longer file, a few more than `max_bytes`. No device or pipe is
/// opened. Any thread. Throws ConfigError, `FILE: message`.
std::string read_regular_file(const std::string& path, std::size_t max_bytes);

}  // namespace iptraf::config
