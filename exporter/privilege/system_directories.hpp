// SPDX-License-Identifier: GPL-2.0-or-later
// Directories of the system, by hier(7): whatever is in them today, they are nobody's to take over.
#pragma once

#include <filesystem>

namespace iptraf::privilege {

/// The system's own, with all that is below it. An empty one is nobody's to give away either. `real`: without links.
bool is_of_system(const std::filesystem::path& real);

/// That, and where programs and users keep things beside each other, such as /var/log, /tmp and homes: what is below
/// may well be the exporter's, but not the directory itself.
bool is_shared(const std::filesystem::path& real);

}  // namespace iptraf::privilege
