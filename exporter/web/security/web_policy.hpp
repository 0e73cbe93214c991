// SPDX-License-Identifier: GPL-2.0-or-later
// WebPolicy: a web configuration with all it names loaded. Complete or not there at all.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/file_version.hpp"
#include "web/security/rate_limiter.hpp"
#include "web/security/tls_context.hpp"
#include "web/security/web_config.hpp"

namespace iptraf::web {

/// The files that a policy was read from, as they were then.
using FileVersions = std::vector<std::pair<std::string, FileVersion>>;

struct WebPolicy {
  WebConfig config;
  std::shared_ptr<const TlsContext> tls;  ///< null: no TLS
  int login_cost = 0;                     ///< bcrypt's, of the dearest login
  std::shared_ptr<RateLimiter> requests;  ///< never null
  FileVersions versions;                  ///< the configuration first
};

/// Reads the file and what it names. `versions` are those of the files, also when this throws: config::ConfigError with
/// every problem found.
std::shared_ptr<const WebPolicy> load_web_policy(const std::string& path, FileVersions& versions);

/// The same files as they are now.
FileVersions versions_now(const FileVersions& before);

/// What a person should know about a policy that is in order, a line each.
std::vector<std::string> warnings_of(const WebPolicy& policy);

}  // namespace iptraf::web
