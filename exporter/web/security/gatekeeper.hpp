// SPDX-License-Identifier: GPL-2.0-or-later
// Gatekeeper: what a request must pass before its page is made: the rate limit, then the login.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "web/fair_worker.hpp"
#include "web/http_server.hpp"
#include "web/security/live_web_config.hpp"
#include "web/security/login_cache.hpp"

namespace iptraf::web {

/// How one request stands. Belongs to the request; one thread at a time.
struct Admission {
  enum class State {
    kNew,              ///< not judged yet
    kPasswordToCheck,  ///< check_password() comes next
    kAdmitted,
    kUnauthorized,
    kTooMany,
    kBusy,
  };
  State state = State::kNew;
  bool is_authenticated = false;            ///< by a login or by a verified client certificate
  std::shared_ptr<const WebPolicy> policy;  ///< null: there is no web configuration
  std::uint64_t network = 0;                ///< of the peer, see peer_network()
  std::string user;                         ///< kPasswordToCheck: the login that is to be checked
  std::string hash;
  std::string password;
};

/// Any thread.
class Gatekeeper {
 public:
  /// `config` may be null: then everybody passes, and nobody is authenticated. Logins that wait for bcrypt take at
  /// most half of the server's `max_connections`.
  Gatekeeper(std::shared_ptr<LiveWebConfig> config, std::uint32_t max_connections);

  /// The TLS settings of a new connection; null without TLS.
  std::shared_ptr<const TlsContext> tls_context();
  bool has_tls() const { return config_ && config_->has_tls(); }

  /// Judges a new request as far as that takes no time.
  void judge(const Request& request, bool has_verified_client, Admission& admission);

  /// Runs bcrypt elsewhere; `when_done` is called on another thread, or on this one when there is no room, once the
  /// state says how the request stands. `admission` stays alive and untouched until then.
  void check_password(Admission& admission, const std::function<void()>& when_done);

  /// Starts the thread that checks passwords, if there can be any. Main thread.
  void start_checking() {
    if (worker_) worker_->start();
  }

  /// Ends all checks of passwords; from now on every login that is not known is kBusy. Main thread.
  void stop_checking() {
    if (worker_) worker_->stop();
  }

 private:
  void settle_by_password(Admission& admission) noexcept;

  const std::shared_ptr<LiveWebConfig> config_;
  LoginCache logins_;
  std::optional<FairWorker> worker_;  ///< for bcrypt
};

/// The answer to a request that is not admitted; nothing for one that is.
std::optional<Response> refusal(const Admission& admission, const std::string& path);

/// Sets the headers of the web configuration, in place of the server's own of the same name.
void set_configured_headers(const Admission& admission, Response& response);

}  // namespace iptraf::web
