// SPDX-License-Identifier: GPL-2.0-or-later
// Rate limit, login and headers of the web configuration.
#include "web/security/gatekeeper.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "web/router.hpp"
#include "web/security/basic_credentials.hpp"
#include "web/security/password_hash.hpp"

namespace iptraf::web {
namespace {

using State = Admission::State;

constexpr std::size_t kMaxWaitingLogins = 16;
constexpr int kBcryptNiceness = 10;  // guessing of passwords must not take the processor from capture

std::optional<BasicCredentials> credentials_of(const Request& request) {
  const auto header = request.headers.find("authorization");
  return header == request.headers.end() ? std::nullopt : parse_basic_credentials(header->second);
}

void settle(Admission& admission, bool is_right) {
  admission.state = is_right ? State::kAdmitted : State::kUnauthorized;
  admission.is_authenticated = is_right;
}

}  // namespace

Gatekeeper::Gatekeeper(std::shared_ptr<LiveWebConfig> config, std::uint32_t max_connections)
    : config_(std::move(config)) {
  if (config_) {
    worker_.emplace("http-password", std::clamp<std::size_t>(max_connections / 2, 1, kMaxWaitingLogins),
                    kBcryptNiceness);
  }
}

std::shared_ptr<const TlsContext> Gatekeeper::tls_context() {
  return has_tls() ? config_->current(std::chrono::steady_clock::now())->tls : nullptr;
}

void Gatekeeper::judge(const Request& request, bool has_verified_client, Admission& admission) {
  admission.is_authenticated = has_verified_client;
  admission.network = request.network;
  if (!config_) {
    admission.state = State::kAdmitted;
    return;
  }
  admission.state = State::kBusy;
  const auto now = std::chrono::steady_clock::now();
  admission.policy = config_->current(now);
  const WebPolicy& policy = *admission.policy;
  if (!policy.requests->take(now)) {
    admission.state = State::kTooMany;
    return;
  }
  if (policy.config.users.empty()) {
    admission.state = State::kAdmitted;
    return;
  }
  std::optional<BasicCredentials> login = credentials_of(request);
  if (!login) return settle(admission, false);
  const auto user = policy.config.users.find(login->user);
  const bool is_known = user != policy.config.users.end();
  admission.hash = is_known ? user->second : unmatched_bcrypt_hash(policy.login_cost);
  admission.user = std::move(login->user);
  admission.password = std::move(login->password);
  if (logins_.has(logins_.key_of(admission.user, admission.hash, admission.password))) return settle(admission, true);
  admission.state = State::kPasswordToCheck;
}

/// Without memory for it the password is not checked.
void Gatekeeper::settle_by_password(Admission& admission) noexcept {
  try {
    const bool is_right = has_bcrypt_hash_at_cost(admission.password, admission.hash, admission.policy->login_cost);
    if (is_right) logins_.add(logins_.key_of(admission.user, admission.hash, admission.password));
    settle(admission, is_right);
  } catch (const std::exception&) {
    admission.state = State::kBusy;
  }
}

void Gatekeeper::check_password(Admission& admission, const std::function<void()>& when_done) {
  admission.state = State::kBusy;
  const auto job = [this, &admission, when_done](bool may_run) {
    if (may_run) settle_by_password(admission);
    when_done();
  };
  worker_->ask(admission.network, job);  // which is there with the configuration that wants passwords
}

std::optional<Response> refusal(const Admission& admission, const std::string& path) {
  if (admission.state == State::kAdmitted) return std::nullopt;
  if (admission.state == State::kUnauthorized) {
    Response response = error_response(401, "Log in with a user name and a password of the web configuration.", path);
    response.headers["WWW-Authenticate"] = "Basic";
    return response;
  }
  const bool is_limited = admission.state == State::kTooMany;
  Response response = is_limited
                          ? error_response(429, "There are more requests than rate_limit allows.", path)
                          : error_response(503, "Too many passwords are being checked. Try again in a second.", path);
  const double wait_seconds = is_limited ? std::ceil(admission.policy->config.rate_limit.interval.seconds) : 1;
  response.headers["Retry-After"] = std::to_string(static_cast<long>(std::max(wait_seconds, 1.0)));
  return response;
}

void set_configured_headers(const Admission& admission, Response& response) {
  if (!admission.policy) return;
  for (const auto& [name, value] : admission.policy->config.headers) {
    if (value.empty()) {
      response.headers.erase(name);
    } else {
      response.headers[name] = value;
    }
  }
}

}  // namespace iptraf::web
