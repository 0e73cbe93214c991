// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of logins: RFC 2104 with SHA-256.
#include "web/security/login_cache.hpp"

#include <gnutls/crypto.h>

#include <stdexcept>

namespace iptraf::web {
namespace {

/// With its length, so that no two triples give the same text.
void append(std::string& text, const std::string& part) { text += std::to_string(part.size()) + ":" + part; }

}  // namespace

LoginCache::LoginCache() {
  if (gnutls_rnd(GNUTLS_RND_KEY, secret_.data(), secret_.size()) != GNUTLS_E_SUCCESS) {
    throw std::runtime_error("there are no random bytes for the cache of logins");
  }
}

LoginCache::Key LoginCache::key_of(const std::string& user, const std::string& hash,
                                   const std::string& password) const {
  std::string text;
  append(text, user);
  append(text, hash);
  append(text, password);
  Key key{};
  const int error =
      gnutls_hmac_fast(GNUTLS_MAC_SHA256, secret_.data(), secret_.size(), text.data(), text.size(), key.data());
  gnutls_memset(text.data(), 0, text.size());
  if (error != GNUTLS_E_SUCCESS) throw std::runtime_error(gnutls_strerror(error));
  return key;
}

bool LoginCache::has(const Key& key) const {
  const std::lock_guard lock(mutex_);
  return keys_.count(key) > 0;
}

void LoginCache::add(const Key& key) {
  const std::lock_guard lock(mutex_);
  if (!keys_.insert(key).second) return;
  ages_.push_back(key);
  if (ages_.size() <= kCapacity) return;
  keys_.erase(ages_.front());
  ages_.pop_front();
}

}  // namespace iptraf::web
