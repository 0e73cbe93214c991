// SPDX-License-Identifier: GPL-2.0-or-later
// The name of a device as part of a file's name.
#pragma once

#include <string>
#include <string_view>

namespace iptraf::output {

/// Percent-encoded: all but [A-Za-z0-9_.@-], and "." and ".." whole.
std::string device_file_name(std::string_view device);

}  // namespace iptraf::output
