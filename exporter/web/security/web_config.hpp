// SPDX-License-Identifier: GPL-2.0-or-later
// WebConfig: the file of --web.config.file, in the format of Prometheus' exporter-toolkit. Plain data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace iptraf::web {

/// What is asked of a client's certificate; Go's crypto/tls has the same five.
enum class ClientAuth : std::uint8_t {
  kNone,              ///< NoClientCert
  kRequest,           ///< RequestClientCert: asked for, never looked at
  kRequireAny,        ///< RequireAnyClientCert: must be there, whoever signed it
  kVerifyIfGiven,     ///< VerifyClientCertIfGiven
  kRequireAndVerify,  ///< RequireAndVerifyClientCert
};

enum class TlsVersion : std::uint8_t { k10, k11, k12, k13 };

/// `tls_server_config`. Paths are as they can be opened; an empty text was not given.
struct TlsSettings {
  std::string cert_file;
  std::string key_file;
  std::string cert;  ///< PEM, in place of cert_file
  std::string key;
  std::string client_ca_file;
  std::string client_ca;
  ClientAuth client_auth = ClientAuth::kNone;
  std::vector<std::string> client_allowed_sans;
  TlsVersion min_version = TlsVersion::k12;
  TlsVersion max_version = TlsVersion::k13;
  std::vector<std::string> cipher_suites;      ///< Go's names; empty: the default
  std::vector<std::string> curve_preferences;  ///< Go's names; empty: the default
  bool prefer_server_cipher_suites = true;

  /// Whether the server speaks TLS.
  bool is_enabled() const;
};

/// `rate_limit`: a token bucket for all requests together.
struct RateLimit {
  config::Duration interval;  ///< a token comes each time; 0: no limit
  std::uint32_t burst = 0;    ///< tokens that the bucket holds
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

struct WebConfig {
  TlsSettings tls;
  std::map<std::string, std::string> headers;  ///< of every response; an empty value takes one of ours away
  std::map<std::string, std::string> users;    ///< bcrypt hashes by name; empty: nobody has to log in
  RateLimit rate_limit;
  std::vector<std::string> warnings;  ///< accepted, but surely not meant: `FILE:LINE:COLUMN: message`
};

/// Reads and checks the file; not what it names. Relative paths in it begin at its folder. Any thread.
/// Throws config::ConfigError with every problem, each `FILE:LINE:COLUMN: message`; passwords and keys are in none.
WebConfig load_web_config(const std::string& path);

/// The same for a text in memory; `path` is what messages call it.
WebConfig parse_web_config(std::string_view text, const std::string& path);

}  // namespace iptraf::web
