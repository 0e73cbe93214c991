// SPDX-License-Identifier: GPL-2.0-or-later
// crypt(5), "bcrypt".
#include "web/security/password_hash.hpp"

#include <crypt.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <memory>

namespace iptraf::web {
namespace {

constexpr std::size_t kHashBytes = 60;
constexpr std::size_t kPrefixBytes = 7;  // $2b$10$
constexpr std::string_view kAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<int> bcrypt_cost(std::string_view text) {
  if (text.size() != kHashBytes) return std::nullopt;
  const std::string_view kind = text.substr(0, 4);
  if (kind != "$2a$" && kind != "$2b$" && kind != "$2y$") return std::nullopt;
  if (!is_digit(text[4]) || !is_digit(text[5]) || text[6] != '$') return std::nullopt;
  if (text.substr(kPrefixBytes).find_first_not_of(kAlphabet) != std::string_view::npos) return std::nullopt;
  const int cost = (text[4] - '0') * 10 + (text[5] - '0');
  if (cost < kMinBcryptCost || cost > 31) return std::nullopt;
  return cost;
}

std::string unmatched_bcrypt_hash(int cost) {
  const std::string digits = std::to_string(std::clamp(cost, kMinBcryptCost, kMaxBcryptCost));
  return "$2b$" + std::string(2 - digits.size(), '0') + digits + "$" + std::string(kHashBytes - kPrefixBytes, '.');
}

bool has_bcrypt_hash(const std::string& password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();
  const bool has_nul = password.find('\0') != std::string::npos;
  const char* const found = crypt_r(password.c_str(), hash.c_str(), data.get());
  const bool is_same = found != nullptr && std::string_view(found).size() == hash.size() &&
                       gnutls_memcmp(found, hash.data(), hash.size()) == 0;
  return is_same && !has_nul;
}

std::vector<int> costs_of_wrong_password(int own, int cost) {
  std::vector<int> costs{own};
  for (int more = own; more < cost; ++more) costs.push_back(more);  // 2^own + 2^own + ... + 2^(cost - 1) = 2^cost
  return costs;
}

bool has_bcrypt_hash_at_cost(const std::string& password, const std::string& hash, int cost) {
  if (has_bcrypt_hash(password, hash)) return true;
  const std::vector<int> costs = costs_of_wrong_password(bcrypt_cost(hash).value_or(cost), cost);
  std::for_each(costs.begin() + 1, costs.end(),
                [&](int more) { static_cast<void>(has_bcrypt_hash(password, unmatched_bcrypt_hash(more))); });
  return false;
}

bool is_bcrypt_available() {
  // A test vector of crypt_blowfish, by Openwall, with the least cost.
  return has_bcrypt_hash("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
}

}  // namespace iptraf::web
