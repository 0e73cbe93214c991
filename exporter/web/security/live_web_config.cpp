// SPDX-License-Identifier: GPL-2.0-or-later
// Watching the files of the web configuration.
#include "web/security/live_web_config.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

#include "config/problems.hpp"

namespace iptraf::web {
namespace {

void log_warnings(const WebPolicy& policy) {
  for (const std::string& warning : warnings_of(policy)) spdlog::warn("{}", warning);
}

}  // namespace

LiveWebConfig::LiveWebConfig(std::string path) : path_(std::move(path)) {
  policy_ = load_web_policy(path_, seen_);
  has_tls_ = policy_->tls != nullptr;
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
  FileStamps ignored;
  return read(ignored);
}

std::shared_ptr<const WebPolicy> LiveWebConfig::read(FileStamps& stamps) const {
  std::shared_ptr<const WebPolicy> policy = load_web_policy(path_, stamps);
  if ((policy->tls != nullptr) == has_tls_) return policy;
  throw config::ConfigError(
      {path_ + ": tls_server_config: TLS cannot be turned " + (has_tls_ ? "off" : "on") + " without a restart"});
}

void LiveWebConfig::adopt(std::shared_ptr<const WebPolicy> policy) {
  const std::lock_guard reading(reading_);
  log_warnings(*policy);
  const std::lock_guard lock(mutex_);
  seen_ = policy->stamps;
  policy_ = std::move(policy);
}

void LiveWebConfig::look_for_change() {
  const std::unique_lock reading(reading_, std::try_to_lock);
  if (!reading.owns_lock()) return;
  FileStamps stamps;
  {
    const std::lock_guard lock(mutex_);
    stamps = seen_;
  }
  if (stamps_now(stamps) == stamps) return;
  std::shared_ptr<const WebPolicy> policy;
  try {
    policy = read(stamps);
    log_warnings(*policy);
    spdlog::info("{}: the web configuration or a file that it names has changed, and is in effect", path_);
  } catch (const config::ConfigError& error) {
    for (const std::string& problem : error.problems()) spdlog::error("{}", problem);
    spdlog::error("{}: the web configuration was not read again; the old one stays in effect", path_);
  } catch (const std::exception& error) {
    spdlog::error("{}: the web configuration was not read again: {}", path_, error.what());
  }
  const std::lock_guard lock(mutex_);
  seen_ = std::move(stamps);
  if (policy) policy_ = std::move(policy);
}

}  // namespace iptraf::web
