// SPDX-License-Identifier: GPL-2.0-or-later
// TlsContext: certificate, key, client CA and priorities, loaded whole and given to each new TLS session.
#pragma once

#include <gnutls/gnutls.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "web/security/web_config.hpp"

namespace iptraf::web {

/// The certificate, the key or the CA cannot be used. what() names it and says why; no secret is in it.
class TlsError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Nothing changes after construction; any thread. Outlives the sessions it is attached to.
class TlsContext {
 public:
  /// Reads the files that `settings` name. Throws TlsError, or config::ConfigError for a file that cannot be read.
  explicit TlsContext(const TlsSettings& settings);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// Makes a server session, before its handshake, use this context. False: there is no memory.
  bool attach(gnutls_session_t session) const noexcept;

  /// Whether the same clients are let in by both: mode, client CA and allowed names are the same.
  bool judges_clients_like(const TlsContext& other) const noexcept { return client_rules_ == other.client_rules_; }

  /// Whether certificates of clients are verified.
  bool is_verifying() const;

  /// After the handshake: whether the client showed a certificate that the client CA has signed.
  bool has_verified_client(gnutls_session_t session) const noexcept;

 private:
  struct FreeCredentials {
    void operator()(gnutls_certificate_credentials_st* credentials) const;
  };
  struct FreePriorities {
    void operator()(gnutls_priority_st* priorities) const;
  };
  using Priorities = std::unique_ptr<gnutls_priority_st, FreePriorities>;

  static Priorities make_priorities(const std::string& text);
  static int use_tls12_suites(gnutls_session_t session) noexcept;
  static int verify_client(gnutls_session_t session) noexcept;
  int judge_client(gnutls_session_t session) const;
  void load_pair(const TlsSettings& settings);
  void load_client_ca(const TlsSettings& settings);

  const ClientAuth client_auth_;
  const std::vector<std::string> allowed_sans_;
  std::string client_rules_;  ///< all that a client is judged by, as one text
  std::unique_ptr<gnutls_certificate_credentials_st, FreeCredentials> credentials_;
  Priorities priorities_;
  Priorities tls12_priorities_;
};

}  // namespace iptraf::web
