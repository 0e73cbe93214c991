// SPDX-License-Identifier: GPL-2.0-or-later
// bcrypt by crypt(3): what a password is compared with, and how long that takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// The costs of what runs for a wrong password of a hash of cost `own`: together they take the time of one of `cost`.
std::vector<int> costs_of_wrong_password(int own, int cost);

/// As has_bcrypt_hash, but a wrong password takes as long as with a hash of `cost`, at least: so the time does not tell
/// whose hash it is, nor that it is nobody's.
bool has_bcrypt_hash_at_cost(const std::string& password, const std::string& hash, int cost);

/// Whether the C library of this machine knows bcrypt.
bool is_bcrypt_available();

}  // namespace iptraf::web
