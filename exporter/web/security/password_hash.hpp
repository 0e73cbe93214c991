// SPDX-License-Identifier: GPL-2.0-or-later
// bcrypt by crypt(3): what a password is compared with, and how long that takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace iptraf::web {

/// Each step doubles the time: 10 takes some 70 ms, 16 some 5 s.
inline constexpr int kMinBcryptCost = 4;
inline constexpr int kMaxBcryptCost = 16;

/// The cost of a bcrypt hash; nothing when `text` is none ($2a$, $2b$ or $2y$, cost, 53 characters). Any thread.
std::optional<int> bcrypt_cost(std::string_view text);

/// A hash that takes as long as any other of this cost, and that no password has.
std::string unmatched_bcrypt_hash(int cost);

/// Whether `password` has this hash. Takes the time that the hash's cost says; any thread. A password with a NUL byte
/// has none. As everywhere with bcrypt, bytes behind the 72nd make no difference.
bool has_bcrypt_hash(const std::string& password, const std::string& hash);

/// Whether the C library of this machine knows bcrypt.
bool is_bcrypt_available();

}  // namespace iptraf::web
