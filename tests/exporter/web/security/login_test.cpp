// SPDX-License-Identifier: GPL-2.0-or-later
// Logins in parts: the header, bcrypt, the cache, the token bucket.
#include <numeric>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "web/security/basic_credentials.hpp"
#include "web/security/login_cache.hpp"
#include "web/security/password_hash.hpp"
#include "web/security/rate_limiter.hpp"

namespace {

using iptraf::web::bcrypt_cost;
using iptraf::web::has_bcrypt_hash;
using iptraf::web::LoginCache;
using iptraf::web::parse_basic_credentials;
using iptraf::web::RateLimiter;

// Of crypt_blowfish's tests: cost 5, for "U*U".
const std::string kHash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

TEST_CASE("Basic credentials are split at the first colon", "[login]") {
  const auto credentials = parse_basic_credentials("Basic QWxhZGRpbjpvcGVuOnNlc2FtZQ==");
  REQUIRE(credentials);
  CHECK(credentials->user == "Aladdin");
  CHECK(credentials->password == "open:sesame");
  CHECK(parse_basic_credentials("bASIC  Og==")->user.empty());
}

TEST_CASE("What is no basic login is none", "[login]") {
  for (const char* text : {"", "Basic", "Basic ", "Bearer QTpC", "Basic QUJD", "Basic Q!pC", "BasicQTpC",
                           "Basic QTpC QTpC", "Digest username=\"A\""}) {
    CAPTURE(text);
    CHECK_FALSE(parse_basic_credentials(text));
  }
}

TEST_CASE("bcrypt tells the right password from others", "[login]") {
  CHECK(iptraf::web::is_bcrypt_available());
  CHECK(has_bcrypt_hash("U*U", kHash));
  CHECK(has_bcrypt_hash("U*U", "$2b$" + kHash.substr(4)));
  CHECK(has_bcrypt_hash("U*U", "$2y$" + kHash.substr(4)));
  CHECK_FALSE(has_bcrypt_hash("U*u", kHash));
  CHECK_FALSE(has_bcrypt_hash("", kHash));
  CHECK_FALSE(has_bcrypt_hash(std::string("U*U\0", 4), kHash));
}

TEST_CASE("A hash that nobody has takes the same setting and no password", "[login]") {
  CHECK(bcrypt_cost(kHash) == 5);
  for (const int cost : {4, 10, 16}) CHECK(bcrypt_cost(iptraf::web::unmatched_bcrypt_hash(cost)) == cost);
  CHECK_FALSE(has_bcrypt_hash("", iptraf::web::unmatched_bcrypt_hash(4)));
  CHECK_FALSE(has_bcrypt_hash("U*U", iptraf::web::unmatched_bcrypt_hash(4)));
}

TEST_CASE("The cache knows a login by user, hash and password together", "[login]") {
  LoginCache cache;
  cache.add(cache.key_of("bob", "hash", "password"));
  CHECK(cache.has(cache.key_of("bob", "hash", "password")));
  CHECK_FALSE(cache.has(cache.key_of("eve", "hash", "password")));
  CHECK_FALSE(cache.has(cache.key_of("bob", "other", "password")));
  CHECK_FALSE(cache.has(cache.key_of("bob", "hash", "Password")));
  CHECK_FALSE(cache.has(cache.key_of("bobhash", "", "password")));
  CHECK_FALSE(cache.has(cache.key_of("bob", "hashpass", "word")));
}

TEST_CASE("Two caches have different keys for the same login", "[login]") {
  CHECK(LoginCache().key_of("a", "b", "c") != LoginCache().key_of("a", "b", "c"));
}

TEST_CASE("A full cache forgets its oldest login", "[login]") {
  LoginCache cache;
  const auto key = [&cache](std::size_t i) { return cache.key_of("bob", "hash", std::to_string(i)); };
  for (std::size_t i = 0; i < LoginCache::kCapacity; ++i) cache.add(key(i));
  cache.add(key(0));
  CHECK(cache.has(key(0)));
  cache.add(key(LoginCache::kCapacity));
  CHECK_FALSE(cache.has(key(0)));
  CHECK(cache.has(key(1)));
  CHECK(cache.has(key(LoginCache::kCapacity)));
}

TEST_CASE("A wrong password of a cheap hash takes the time of the dearest one", "[login]") {
  for (const int own : {4, 5, 9, 10}) {
    const std::vector<int> costs = iptraf::web::costs_of_wrong_password(own, 10);
    CHECK(costs.front() == own);
    CHECK(std::accumulate(costs.begin(), costs.end(), 0U, [](unsigned sum, int cost) { return sum + (1U << cost); }) ==
          1U << 10U);
  }
  CHECK(iptraf::web::has_bcrypt_hash_at_cost("U*U", kHash, 7));
  CHECK_FALSE(iptraf::web::has_bcrypt_hash_at_cost("x", kHash, 7));
}

TEST_CASE("The token bucket lets a burst pass, then one each interval", "[login]") {
  const RateLimiter::Moment start{};
  const auto at = [start](int ms) { return start + std::chrono::milliseconds(ms); };
  RateLimiter bucket({{2}, 3}, start);
  CHECK(bucket.take(start));
  CHECK(bucket.take(start));
  CHECK(bucket.take(start));
  CHECK_FALSE(bucket.take(start));
  CHECK_FALSE(bucket.take(at(1999)));
  CHECK(bucket.take(at(2000)));
  CHECK_FALSE(bucket.take(at(2000)));
  CHECK_FALSE(bucket.take(at(1000)));
  CHECK(bucket.take(at(4000)));
  for (int i = 0; i < 3; ++i) CHECK(bucket.take(at(1'000'000)));
  CHECK_FALSE(bucket.take(at(1'000'000)));
}

TEST_CASE("A token bucket without an interval is never empty", "[login]") {
  RateLimiter bucket({{0}, 0}, {});
  for (int i = 0; i < 1000; ++i) REQUIRE(bucket.take({}));
}

}  // namespace
