// SPDX-License-Identifier: GPL-2.0-or-later
// LoginCache: remembers which logins were right, so that a scrape costs no bcrypt.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <set>
#include <string>

namespace iptraf::web {

/// Any thread. Holds no password: a login is kept as HMAC-SHA256 of user, hash and password under a key that is drawn
/// at random for each cache. A changed hash in the configuration makes another login of it. At kCapacity the oldest
/// goes.
class LoginCache {
 public:
  using Key = std::array<std::uint8_t, 32>;

  /// Throws std::runtime_error when there are no random bytes.
  LoginCache();

  Key key_of(const std::string& user, const std::string& hash, const std::string& password) const;
  bool has(const Key& key) const;
  void add(const Key& key);

  static constexpr std::size_t kCapacity = 256;

 private:
  Key secret_{};
  mutable std::mutex mutex_;
  std::set<Key> keys_;
  std::deque<Key> ages_;  // oldest first
};

}  // namespace iptraf::web
