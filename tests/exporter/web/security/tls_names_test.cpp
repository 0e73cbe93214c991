// SPDX-License-Identifier: GPL-2.0-or-later
// Go's names as GnuTLS negotiates them.
#include "web/security/tls_names.hpp"

#include <gnutls/gnutls.h>

#include <map>
#include <set>

#include "support/catch.hpp"

namespace {

using iptraf::web::KeyKind;
using iptraf::web::TlsSettings;
using iptraf::web::TlsVersion;

/// The suites that a priority string stands for, as GnuTLS calls them, from versions up to `newest` on.
std::set<std::string> suites_of(const std::string& text, gnutls_protocol_t newest = GNUTLS_TLS1_3) {
  gnutls_priority_t priorities = nullptr;
  REQUIRE(gnutls_priority_init(&priorities, text.c_str(), nullptr) == GNUTLS_E_SUCCESS);
  std::set<std::string> names;
  unsigned index = 0;
  for (unsigned i = 0;
       gnutls_priority_get_cipher_suite_index(priorities, i, &index) != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE; ++i) {
    gnutls_protocol_t oldest = GNUTLS_VERSION_UNKNOWN;
    const char* const name = gnutls_cipher_suite_info(index, nullptr, nullptr, nullptr, nullptr, &oldest);
    if (name != nullptr && oldest <= newest) names.insert(name);
  }
  gnutls_priority_deinit(priorities);
  return names;
}

std::vector<std::string> groups_of(const std::string& text) {
  gnutls_priority_t priorities = nullptr;
  REQUIRE(gnutls_priority_init(&priorities, text.c_str(), nullptr) == GNUTLS_E_SUCCESS);
  const unsigned* list = nullptr;
  const int count = gnutls_priority_group_list(priorities, &list);
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.emplace_back(gnutls_group_get_name(static_cast<gnutls_group_t>(list[i])));
  gnutls_priority_deinit(priorities);
  return names;
}

const std::set<std::string> kTls13{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};

TEST_CASE("Each cipher suite of TLS 1.2 is that of GnuTLS alone", "[tls_names]") {
  const std::map<std::string, std::string> equal{
      {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_AES_128_GCM_SHA256"},
      {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_AES_256_GCM_SHA384"},
      {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_ECDSA_CHACHA20_POLY1305"},
      {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_AES_128_CBC_SHA1"},
      {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_ECDSA_AES_256_CBC_SHA1"},
      {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_AES_128_GCM_SHA256"},
      {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_AES_256_GCM_SHA384"},
      {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_CHACHA20_POLY1305"},
      {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_AES_128_CBC_SHA1"},
      {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_RSA_AES_256_CBC_SHA1"}};
  std::size_t tls12_names = 0;
  for (const std::string_view name : iptraf::web::cipher_suite_names()) {
    if (name.find("_WITH_") == std::string_view::npos) continue;
    ++tls12_names;
    CAPTURE(name);
    TlsSettings tls;
    tls.cipher_suites = {std::string(name)};
    const KeyKind key = name.find("ECDSA") == std::string_view::npos ? KeyKind::kRsa : KeyKind::kEcdsa;
    CHECK(suites_of(iptraf::web::tls12_priorities(tls, key), GNUTLS_TLS1_2) ==
          std::set<std::string>{equal.at(std::string(name))});
  }
  CHECK(tls12_names == equal.size());
}

TEST_CASE("By default only suites with forward secrecy and AEAD are spoken", "[tls_names]") {
  CHECK(suites_of(iptraf::web::tls12_priorities({}, KeyKind::kRsa), GNUTLS_TLS1_2) ==
        std::set<std::string>{"TLS_ECDHE_RSA_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_AES_256_GCM_SHA384",
                              "TLS_ECDHE_RSA_CHACHA20_POLY1305"});
  CHECK(suites_of(iptraf::web::tls12_priorities({}, KeyKind::kEcdsa), GNUTLS_TLS1_2) ==
        std::set<std::string>{"TLS_ECDHE_ECDSA_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_AES_256_GCM_SHA384",
                              "TLS_ECDHE_ECDSA_CHACHA20_POLY1305"});
}

TEST_CASE("TLS 1.3 keeps its suites whatever cipher_suites says", "[tls_names]") {
  TlsSettings tls;
  tls.cipher_suites = {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"};
  tls.min_version = TlsVersion::k13;
  CHECK(suites_of(iptraf::web::priorities(tls, KeyKind::kRsa)) == kTls13);
  CHECK(suites_of(iptraf::web::priorities(tls, KeyKind::kEcdsa)) == kTls13);
}

TEST_CASE("A list without a suite for the key leaves TLS 1.2 out", "[tls_names]") {
  TlsSettings tls;
  tls.cipher_suites = {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"};
  CHECK(suites_of(iptraf::web::priorities(tls, KeyKind::kEcdsa)) == kTls13);
  CHECK(suites_of(iptraf::web::priorities(tls, KeyKind::kRsa)).count("TLS_ECDHE_RSA_AES_128_GCM_SHA256") == 1);
  tls.max_version = TlsVersion::k12;
  CHECK(iptraf::web::priorities(tls, KeyKind::kEcdsa).empty());
}

TEST_CASE("Curves keep their order and stand alone", "[tls_names]") {
  TlsSettings tls;
  CHECK(groups_of(iptraf::web::priorities(tls, KeyKind::kRsa)) ==
        std::vector<std::string>{"X25519", "SECP256R1", "SECP384R1", "SECP521R1"});
  tls.curve_preferences = {"CurveP521", "CurveP256"};
  CHECK(groups_of(iptraf::web::priorities(tls, KeyKind::kRsa)) == std::vector<std::string>{"SECP521R1", "SECP256R1"});
  CHECK(groups_of(iptraf::web::tls12_priorities(tls, KeyKind::kRsa)) ==
        std::vector<std::string>{"SECP521R1", "SECP256R1"});
  tls.curve_preferences = {"CurveP384"};
  CHECK(groups_of(iptraf::web::priorities(tls, KeyKind::kRsa)) == std::vector<std::string>{"SECP384R1"});
}

TEST_CASE("The server's order counts unless the file says otherwise", "[tls_names]") {
  TlsSettings tls;
  CHECK(iptraf::web::priorities(tls, KeyKind::kRsa).find("%SERVER_PRECEDENCE") != std::string::npos);
  tls.prefer_server_cipher_suites = false;
  CHECK(iptraf::web::priorities(tls, KeyKind::kRsa).find("%SERVER_PRECEDENCE") == std::string::npos);
}

}  // namespace
