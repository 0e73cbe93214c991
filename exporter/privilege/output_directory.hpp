// SPDX-License-Identifier: GPL-2.0-or-later
// Directories that the process goes on to write to when its privileges are given up.
#pragma once

#include <string>
#include <string_view>

#include "privilege/identity.hpp"

namespace iptraf::privilege {

/// A directory that an output goes on to write to.
struct OutputDirectory {
  std::string key;  ///< what the configuration calls it
  std::string path;
  bool (*is_own_file)(std::string_view name) = nullptr;  ///< names of its files; null: it stays whose it is
  int depth = 0;                                         ///< how many directories it makes one in another
};

/// Makes the directory and what is missing above it, and gives it to `identity` with the files in it that are root's,
/// which the log tells. All is judged before anything is changed: refused are a directory of a third user, one
/// behind a link that is not root's, one of the system's such as below /etc, one of root's that others may write to,
/// since they could have put links there, and one of root's that holds anything but the output's own files, which is no
/// directory of the exporter's. One that cannot be made is left to the output, which tells of it and goes on trying.
/// Throws PrivilegeError. Only for root.
void hand_over_directory(const OutputDirectory& output, const Identity& identity);

/// Makes the directory and what is missing above it, for a process that stays who it is; one that cannot be made is
/// left to the output. Root writes wherever a link leads: when it stays root, refused are a directory of another user,
/// one behind a link that is not root's, and, as deep as the output goes, one that holds any of these. One of root's
/// that others may write to is a warning. A link of root's in it is the administrator's choice. Throws PrivilegeError.
void keep_directory(const OutputDirectory& output);

/// Names of round-robin databases, and of IPTraf's logs, rotated ones too.
bool is_database_name(std::string_view name) noexcept;
bool is_log_name(std::string_view name) noexcept;

}  // namespace iptraf::privilege
