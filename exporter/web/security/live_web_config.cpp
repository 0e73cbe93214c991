// SPDX-License-Identifier: GPL-2.0-or-later
// Watching the files of the web configuration.
#include "web/security/live_web_config.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "config/new_directory.hpp"
#include "config/problems.hpp"
#include "core/shortage.hpp"

namespace iptraf::web {
namespace {

void log_warnings(const WebPolicy& policy) {
  for (const std::string& warning : warnings_of(policy)) spdlog::warn("{}", warning);
}

void log_change_of_clients(const WebPolicy& before, const WebPolicy& after) {
  if (!before.tls || !after.tls || after.tls->judges_clients_like(*before.tls)) return;
  spdlog::info(
      "other client certificates are let in than before: connections of before are closed at their next "
      "request");
}

}  // namespace

LiveWebConfig::LiveWebConfig(std::string path) : path_(std::move(path)) {
  policy_ = load_web_policy(path_, seen_);
  has_tls_ = policy_->tls != nullptr;
  for (const auto& [file, version] : policy_->versions) {
    first_files_.push_back(file);
    std::error_code error;
    const std::string target = std::filesystem::canonical(file, error).string();
    if (!error && target != file) first_files_.push_back(target);
  }
  log_warnings(*policy_);
}

std::shared_ptr<const WebPolicy> LiveWebConfig::current(Moment now) {
  {
    const std::lock_guard lock(mutex_);
    if (now < next_check_) return policy_;
    next_check_ = now + kCheckPeriod;
  }
  look_for_change();
  const std::lock_guard lock(mutex_);
  return policy_;
}

std::shared_ptr<const WebPolicy> LiveWebConfig::read() const {
  FileVersions ignored;
  return read(ignored);
}

std::shared_ptr<const WebPolicy> LiveWebConfig::read(FileVersions& versions) const {
  std::shared_ptr<const WebPolicy> policy;
  try {
    policy = load_web_policy(path_, versions);
  } catch (const config::ConfigError& error) {
    std::vector<std::string> problems = error.problems();
    for (std::string& problem : new_directory_problems(versions)) problems.push_back(std::move(problem));
    throw config::ConfigError(std::move(problems));
  }
  if ((policy->tls != nullptr) != has_tls_) {
    throw config::ConfigError(
        {path_ + ": tls_server_config: TLS cannot be turned " + (has_tls_ ? "off" : "on") + " without a restart"});
  }
  check_protection(*policy);
  return policy;
}

/// A file that is empty, or was written by half, must not open the pages to everybody.
void LiveWebConfig::check_protection(const WebPolicy& policy) const {
  std::shared_ptr<const WebPolicy> before;
  {
    const std::lock_guard lock(mutex_);
    before = policy_;
  }
  std::vector<std::string> problems;
  if (!before->config.users.empty() && policy.config.users.empty()) {
    problems.push_back(path_ + ": basic_auth_users: logins cannot be turned off without a restart");
  }
  if (before->tls && before->tls->is_verifying() && !policy.tls->is_verifying()) {
    problems.push_back(path_ +
                       ": tls_server_config.client_auth_type: the verification of clients cannot be turned off " +
                       "without a restart");
  }
  if (!before->config.tls.client_allowed_sans.empty() && policy.config.tls.client_allowed_sans.empty()) {
    problems.push_back(path_ +
                       ": tls_server_config.client_allowed_sans: the check of clients' names cannot be turned " +
                       "off without a restart");
  }
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
}

/// What could not be read may lie where this process cannot look.
std::vector<std::string> LiveWebConfig::new_directory_problems(const FileVersions& versions) const {
  std::vector<std::string> problems;
  for (const auto& [file, version] : versions) {
    const auto problem = config::new_directory_problem(path_ + ":", file, first_files_);
    if (problem) problems.push_back(*problem);
  }
  return problems;
}

void LiveWebConfig::adopt(std::shared_ptr<const WebPolicy> policy) {
  const std::lock_guard reading(reading_);
  log_warnings(*policy);
  FileVersions versions = policy->versions;
  take_up(std::move(policy), std::move(versions));
}

/// Null: only the versions have been seen. `reading_` is held.
void LiveWebConfig::take_up(std::shared_ptr<const WebPolicy> policy, FileVersions versions) {
  {
    const std::lock_guard lock(mutex_);
    seen_ = std::move(versions);
    if (!policy) return;
    policy_.swap(policy);
  }
  log_change_of_clients(*policy, *policy_);
}

void LiveWebConfig::look_for_change() {
  const std::unique_lock reading(reading_, std::try_to_lock);
  if (!reading.owns_lock()) return;
  FileVersions versions;
  {
    const std::lock_guard lock(mutex_);
    versions = seen_;
  }
  if (versions_now(versions) == versions) return;
  std::shared_ptr<const WebPolicy> policy;
  try {
    policy = read(versions);
    log_warnings(*policy);
    spdlog::info("{}: the web configuration or a file that it names has changed, and is in effect", path_);
  } catch (const config::ConfigError& error) {
    for (const std::string& problem : error.problems()) spdlog::error("{}", problem);
    spdlog::error("{}: the web configuration was not read again; the old one stays in effect", path_);
  } catch (const std::exception& error) {
    spdlog::error("{}: the web configuration was not read again: {}", path_, reason_of(error));
  }
  take_up(std::move(policy), std::move(versions));
}

}  // namespace iptraf::web
