// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of the web configuration, and which of them cannot stand together.
#include "web/security/web_config.hpp"

#include <algorithm>
#include <utility>

#include "config/fields.hpp"
#include "config/regular_file.hpp"
#include "config/suggest.hpp"
#include "config/utf8.hpp"
#include "config/values.hpp"
#include "config/yaml_document.hpp"
#include "web/security/password_hash.hpp"
#include "web/security/tls_names.hpp"

namespace iptraf::web {
namespace {

using config::Field;
using config::Fields;
using config::Form;
using config::Node;
using config::Problems;

bool is_blank(const Node& node) {
  return node.kind == Node::Kind::kNothing || (node.kind == Node::Kind::kScalar && node.text.empty());
}

/// As the field inside, but a key without a value, or with an empty one, is as good as absent.
template <class Section>
Field<Section> optional(Field<Section> field) {
  field.read = [read = std::move(field.read)](const Node& node, const std::string& path, Section& section,
                                              Problems& problems) {
    if (!is_blank(node)) read(node, path, section, problems);
  };
  return field;
}

/// A text of any number of lines that no message may show.
Field<TlsSettings> secret(std::string_view key, std::string TlsSettings::*member) {
  return {key,
          [member](const Node& node, const std::string& path, TlsSettings& tls, Problems& problems) {
            if (node.kind == Node::Kind::kScalar) {
              tls.*member = node.text;
            } else if (node.kind != Node::Kind::kRefused && !is_blank(node)) {
              problems.add(node.place, path + ": expected PEM text");
            }
          },
          {}};
}

/// One of the names that a table has, or an error that lists them all.
Form<std::string> name_form(const std::vector<std::string_view>& names) {
  std::string expected = "one of";
  for (const std::string_view name : names) expected += (name == names.front() ? " " : ", ") + std::string(name);
  return {expected, [names](const Node& node) -> std::optional<std::string> {
            const bool is_known = std::find(names.begin(), names.end(), node.text) != names.end();
            return is_known ? std::optional(node.text) : std::nullopt;
          }};
}

Form<ClientAuth> client_auth_form() {
  return config::word_form<ClientAuth>({{"NoClientCert", ClientAuth::kNone},
                                        {"RequestClientCert", ClientAuth::kRequest},
                                        {"RequireClientCert", ClientAuth::kRequireAny},
                                        {"RequireAnyClientCert", ClientAuth::kRequireAny},
                                        {"VerifyClientCertIfGiven", ClientAuth::kVerifyIfGiven},
                                        {"RequireAndVerifyClientCert", ClientAuth::kRequireAndVerify}});
}

Form<TlsVersion> version_form() {
  return config::word_form<TlsVersion>(
      {{"TLS10", TlsVersion::k10}, {"TLS11", TlsVersion::k11}, {"TLS12", TlsVersion::k12}, {"TLS13", TlsVersion::k13}});
}

Fields<TlsSettings> tls_fields() {
  using T = TlsSettings;
  return {
      optional(config::scalar<T>("cert_file", &T::cert_file, config::path_form())),
      optional(config::scalar<T>("key_file", &T::key_file, config::path_form())),
      secret("cert", &T::cert),
      secret("key", &T::key),
      optional(config::scalar<T>("client_ca_file", &T::client_ca_file, config::path_form())),
      secret("client_ca", &T::client_ca),
      optional(config::scalar<T>("client_auth_type", &T::client_auth, client_auth_form())),
      optional(config::list<T>("client_allowed_sans", &T::client_allowed_sans, config::text_form())),
      config::scalar<T>("min_version", &T::min_version, version_form()),
      config::scalar<T>("max_version", &T::max_version, version_form()),
      optional(config::list<T>("cipher_suites", &T::cipher_suites, name_form(cipher_suite_names()))),
      optional(config::list<T>("curve_preferences", &T::curve_preferences, name_form(curve_names()))),
      config::scalar<T>("prefer_server_cipher_suites", &T::prefer_server_cipher_suites, config::boolean_form()),
  };
}

/// The headers that may be set, and the values of those that have a fixed choice.
struct SettableHeader {
  std::string_view name;
  std::vector<std::pair<std::string_view, std::string>> values;  // the last is the text itself
};

const std::vector<SettableHeader>& settable_headers() {
  static const std::vector<SettableHeader> kHeaders{
      {"Content-Security-Policy", {}},
      {"X-Frame-Options", {{"deny", "deny"}, {"sameorigin", "sameorigin"}}},
      {"X-Content-Type-Options", {{"nosniff", "nosniff"}}},
      {"X-XSS-Protection", {}},
      {"Strict-Transport-Security", {}},
  };
  return kHeaders;
}

Fields<WebConfig> header_fields() {
  Fields<WebConfig> fields;
  for (const SettableHeader& header : settable_headers()) {
    const auto form = header.values.empty() ? config::text_form() : config::word_form<std::string>(header.values);
    fields.push_back({header.name,
                      [form, name = std::string(header.name), is_choice = !header.values.empty()](
                          const Node& node, const std::string& path, WebConfig& web, Problems& problems) {
                        const bool is_unset = !is_choice && is_blank(node);
                        const auto value =
                            is_unset ? std::optional<std::string>("") : config::read_scalar(node, path, form, problems);
                        if (value) web.headers[name] = *value;
                      },
                      {}});
  }
  return fields;
}

Field<WebConfig> http_field() {
  // http2 is read and has no effect: the server speaks HTTP/1.1, which every client of HTTP/2 does too.
  const Fields<WebConfig> fields{{"http2",
                                  [](const Node& node, const std::string& path, WebConfig&, Problems& problems) {
                                    config::read_scalar(node, path, config::boolean_form(), problems);
                                  },
                                  {}},
                                 {"headers",
                                  [](const Node& node, const std::string& path, WebConfig& web, Problems& problems) {
                                    config::read_fields(node, path, header_fields(), web, problems);
                                  },
                                  {}}};
  return {"http_server_config",
          [fields](const Node& node, const std::string& path, WebConfig& web, Problems& problems) {
            config::read_fields(node, path, fields, web, problems);
          },
          {}};
}

/// What is wrong with a user, in words that do not show the hash; empty when all is well.
std::string user_problem(const std::string& name, const Node& hash) {
  std::string hint = "expected a bcrypt hash that begins with $2a$, $2b$ or $2y$, as htpasswd -nBC 10 NAME prints";
  if (!config::is_one_line_text(name) || name.find(':') != std::string::npos) {
    return "a user name is text on one line without a colon";
  }
  if (hash.kind != Node::Kind::kScalar) return hint;
  const auto cost = bcrypt_cost(hash.text);
  if (!cost) return hint;
  if (*cost <= kMaxBcryptCost) return {};
  return "the cost " + std::to_string(*cost) + " of the bcrypt hash is above " + std::to_string(kMaxBcryptCost) +
         ": one login would take many seconds; hash the password with a cost of 10 to 12";
}

Field<WebConfig> users_field() {
  return {"basic_auth_users",
          [](const Node& node, const std::string& path, WebConfig& web, Problems& problems) {
            if (!config::check_mapping(node, path, problems)) return;
            for (std::size_t i = 0; i < node.keys.size(); ++i) {
              const std::string& name = node.keys[i].text;
              const Node& hash = node.items[i];
              if (hash.kind == Node::Kind::kRefused) continue;
              const std::string problem = user_problem(name, hash);
              if (problem.empty()) {
                web.users[name] = hash.text;
              } else {
                problems.add(hash.place, config::join_path(path, config::quote(name)).append(": ").append(problem));
              }
            }
          },
          {}};
}

const Fields<WebConfig>& web_config_fields() {
  static const Fields<WebConfig> kFields{
      config::section<WebConfig>("tls_server_config", &WebConfig::tls, tls_fields()),
      http_field(),
      users_field(),
      config::section<WebConfig>(
          "rate_limit", &WebConfig::rate_limit,
          Fields<RateLimit>{
              config::scalar<RateLimit>("interval", &RateLimit::interval, config::duration_form("0", "1d")),
              config::scalar<RateLimit>("burst", &RateLimit::burst, config::whole_number_form(0, 1'000'000)),
          }),
  };
  return kFields;
}

/// Where `key` of a section stands, or else the section.
config::Place place_of(const Node& section, std::string_view key) {
  for (const Node::Key& found : section.keys) {
    if (found.text == key) return found.place;
  }
  return section.place;
}

/// Cross-checks of one section; what is said begins with the section's name.
class TlsCheck {
 public:
  TlsCheck(const Node& node, const TlsSettings& tls, Problems& problems, Problems& warnings)
      : node_(node), tls_(tls), problems_(problems), warnings_(warnings) {}

  void run() {
    check_pair();
    check_clients();
    check_versions();
  }

 private:
  void problem(std::string_view key, const std::string& what) {
    problems_.add(place_of(node_, key), "tls_server_config: " + what);
  }

  void check_pair() {
    if (!tls_.is_enabled()) {
      if (!node_.keys.empty()) {
        warnings_.add(node_.place, "tls_server_config: without cert_file and key_file there is no TLS");
      }
      return;
    }
    if (tls_.cert_file.empty() && tls_.cert.empty())
      problem("", "cert_file (or cert, with the text itself) is missing");
    if (tls_.key_file.empty() && tls_.key.empty()) problem("", "key_file (or key, with the text itself) is missing");
    if (!tls_.cert_file.empty() && !tls_.cert.empty()) problem("cert", "cert and cert_file exclude each other");
    if (!tls_.key_file.empty() && !tls_.key.empty()) problem("key", "key and key_file exclude each other");
  }

  void check_clients() {
    const bool has_ca = !tls_.client_ca_file.empty() || !tls_.client_ca.empty();
    const bool is_verifying =
        tls_.client_auth == ClientAuth::kVerifyIfGiven || tls_.client_auth == ClientAuth::kRequireAndVerify;
    if (!tls_.client_ca_file.empty() && !tls_.client_ca.empty()) {
      problem("client_ca", "client_ca and client_ca_file exclude each other");
    }
    if (has_ca && tls_.client_auth == ClientAuth::kNone) {
      problem(tls_.client_ca.empty() ? "client_ca_file" : "client_ca",
              "a client CA needs a client_auth_type, such as RequireAndVerifyClientCert");
    }
    if (is_verifying && !has_ca) {
      problem("client_auth_type",
              "client_ca_file (or client_ca) is missing: without it every public authority would be trusted");
    }
    const bool is_required =
        tls_.client_auth == ClientAuth::kRequireAny || tls_.client_auth == ClientAuth::kRequireAndVerify;
    if (!tls_.client_allowed_sans.empty() && !is_required) {
      problem("client_allowed_sans",
              "client_allowed_sans needs the client_auth_type RequireAndVerifyClientCert or RequireAnyClientCert");
    }
  }

  void check_versions() {
    const bool is_outdated = tls_.max_version < TlsVersion::k12;
    if (is_outdated) problem("max_version", "max_version must be TLS12 or TLS13");
    if (tls_.min_version < TlsVersion::k12) {
      warnings_.add(place_of(node_, "min_version"), "tls_server_config: nothing older than TLS 1.2 is spoken");
    }
    if (!is_outdated && tls_.min_version > tls_.max_version) problem("min_version", "min_version is above max_version");
  }

  const Node& node_;
  const TlsSettings& tls_;
  Problems& problems_;
  Problems& warnings_;
};

void check_rate_limit(const Node& node, const RateLimit& limit, Problems& problems) {
  if (limit.interval.seconds > 0 && limit.burst == 0) {
    problems.add(place_of(node, "burst"), "rate_limit: burst must be at least 1, or no request would be answered");
  }
}

/// `path` as seen from the file that names it.
void begin_at(const std::string& folder, std::string& path) {
  if (!path.empty() && path.front() != '/') path.insert(0, folder);
}

}  // namespace

bool TlsSettings::is_enabled() const {
  const bool has_pair = !cert_file.empty() || !key_file.empty() || !cert.empty() || !key.empty();
  return has_pair || !client_ca_file.empty() || !client_ca.empty() || client_auth != ClientAuth::kNone;
}

WebConfig load_web_config(const std::string& path) {
  return parse_web_config(config::read_regular_file(path, config::kMaxDocumentBytes), path);
}

WebConfig parse_web_config(std::string_view text, const std::string& path) {
  Problems problems;
  Problems warnings;
  WebConfig web;
  if (const auto root = config::read_yaml(text, problems)) {
    config::read_fields(*root, "", web_config_fields(), web, problems);
    if (const Node* tls = root->find("tls_server_config")) TlsCheck(*tls, web.tls, problems, warnings).run();
    if (const Node* limit = root->find("rate_limit")) check_rate_limit(*limit, web.rate_limit, problems);
  }
  if (!problems.empty()) throw config::ConfigError(problems.format(path));
  web.warnings = warnings.format(path);
  const std::string folder = path.substr(0, path.rfind('/') + 1);  // npos + 1 is 0
  for (std::string TlsSettings::*file :
       {&TlsSettings::cert_file, &TlsSettings::key_file, &TlsSettings::client_ca_file}) {
    begin_at(folder, web.tls.*file);
  }
  return web;
}

}  // namespace iptraf::web
