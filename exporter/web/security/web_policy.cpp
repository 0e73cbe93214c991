// SPDX-License-Identifier: GPL-2.0-or-later
// Loading a web configuration whole.
#include "web/security/web_policy.hpp"

#include <algorithm>

#include "config/problems.hpp"
#include "web/security/password_hash.hpp"

namespace iptraf::web {
namespace {

int login_cost(const WebConfig& config, const std::string& path) {
  if (config.users.empty()) return 0;
  if (!is_bcrypt_available()) {
    throw config::ConfigError({path + ": basic_auth_users: the C library of this machine knows no bcrypt"});
  }
  int cost = kMinBcryptCost;
  for (const auto& [name, hash] : config.users) cost = std::max(cost, bcrypt_cost(hash).value_or(cost));
  return cost;
}

std::shared_ptr<const TlsContext> load_tls(const TlsSettings& settings, const std::string& path) {
  if (!settings.is_enabled()) return nullptr;
  try {
    return std::make_shared<const TlsContext>(settings);
  } catch (const TlsError& error) {
    throw config::ConfigError({path + ": tls_server_config: " + error.what()});
  } catch (const config::ConfigError& error) {  // a file that it names
    std::vector<std::string> problems = error.problems();
    for (std::string& problem : problems) problem = path + ": tls_server_config: " + problem;
    throw config::ConfigError(std::move(problems));
  }
}

}  // namespace

std::shared_ptr<const WebPolicy> load_web_policy(const std::string& path, FileVersions& versions) {
  versions.assign(1, {path, version_of(path)});
  auto policy = std::make_shared<WebPolicy>();
  policy->config = load_web_config(path);
  const TlsSettings& tls = policy->config.tls;
  for (const std::string* file : {&tls.cert_file, &tls.key_file, &tls.client_ca_file}) {
    if (!file->empty()) versions.emplace_back(*file, version_of(*file));
  }
  policy->tls = load_tls(tls, path);
  policy->login_cost = login_cost(policy->config, path);
  policy->requests = std::make_shared<RateLimiter>(policy->config.rate_limit, std::chrono::steady_clock::now());
  policy->versions = versions;
  return policy;
}

FileVersions versions_now(const FileVersions& before) {
  FileVersions now;
  for (const auto& [path, version] : before) now.emplace_back(path, version_of(path));
  return now;
}

std::vector<std::string> warnings_of(const WebPolicy& policy) {
  std::vector<std::string> warnings = policy.config.warnings;
  const bool has_secret = !policy.config.users.empty() || !policy.config.tls.key.empty();
  for (const auto& [path, version] : policy.versions) {
    const bool is_configuration = path == policy.versions.front().first;
    const bool is_secret = is_configuration ? has_secret : path == policy.config.tls.key_file;
    if (!is_secret || !version.is_readable_by_all) continue;
    std::string warning = path + ": everyone on this machine can read ";
    warning += is_configuration ? "the secrets in it" : "this key";
    warnings.push_back(warning.append("; chmod o= ").append(path));
  }
  return warnings;
}

}  // namespace iptraf::web
