// SPDX-License-Identifier: GPL-2.0-or-later
// Cipher suites by their IANA names, which Go uses (TLS_RSA_* without forward secrecy and 3DES are left out).
#include "web/security/tls_names.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace iptraf::web {
namespace {

struct CipherSuite {
  std::string_view name;
  std::optional<KeyKind> key;  // none: of TLS 1.3, for every key
  std::string_view cipher;
  bool is_default;
};

constexpr std::optional<KeyKind> kTls13;

constexpr std::array kCipherSuites{
    CipherSuite{"TLS_AES_128_GCM_SHA256", kTls13, "AES-128-GCM", true},
    CipherSuite{"TLS_AES_256_GCM_SHA384", kTls13, "AES-256-GCM", true},
    CipherSuite{"TLS_CHACHA20_POLY1305_SHA256", kTls13, "CHACHA20-POLY1305", true},
    CipherSuite{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", KeyKind::kEcdsa, "AES-128-GCM", true},
    CipherSuite{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", KeyKind::kEcdsa, "AES-256-GCM", true},
    CipherSuite{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", KeyKind::kEcdsa, "CHACHA20-POLY1305", true},
    CipherSuite{"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", KeyKind::kEcdsa, "AES-128-CBC", false},
    CipherSuite{"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", KeyKind::kEcdsa, "AES-256-CBC", false},
    CipherSuite{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", KeyKind::kRsa, "AES-128-GCM", true},
    CipherSuite{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", KeyKind::kRsa, "AES-256-GCM", true},
    CipherSuite{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", KeyKind::kRsa, "CHACHA20-POLY1305", true},
    CipherSuite{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", KeyKind::kRsa, "AES-128-CBC", false},
    CipherSuite{"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", KeyKind::kRsa, "AES-256-CBC", false},
};

struct Curve {
  std::string_view name;
  std::string_view group;
};

constexpr std::array kCurves{
    Curve{"X25519", "GROUP-X25519"},
    Curve{"CurveP256", "GROUP-SECP256R1"},
    Curve{"CurveP384", "GROUP-SECP384R1"},
    Curve{"CurveP521", "GROUP-SECP521R1"},
};

/// Those for TLS 1.2 with this key, in the order of preference.
std::vector<CipherSuite> wanted_tls12_suites(const TlsSettings& tls, KeyKind key) {
  std::vector<CipherSuite> wanted;
  if (tls.cipher_suites.empty()) {
    for (const CipherSuite& suite : kCipherSuites) {
      if (suite.key == key && suite.is_default) wanted.push_back(suite);
    }
  }
  for (const std::string& name : tls.cipher_suites) {
    for (const CipherSuite& suite : kCipherSuites) {
      if (suite.key == key && suite.name == name) wanted.push_back(suite);
    }
  }
  return wanted;
}

std::string key_exchange(KeyKind key) { return key == KeyKind::kRsa ? ":+ECDHE-RSA" : ":+ECDHE-ECDSA"; }

std::string groups(const TlsSettings& tls) {
  std::string text = ":-GROUP-ALL";
  if (tls.curve_preferences.empty()) {
    for (const Curve& curve : kCurves) text += ":+" + std::string(curve.group);
  }
  for (const std::string& name : tls.curve_preferences) {
    const auto* const curve =
        std::find_if(kCurves.begin(), kCurves.end(), [&](const Curve& c) { return c.name == name; });
    if (curve != kCurves.end()) text += ":+" + std::string(curve->group);
  }
  return text;
}

/// `NORMAL` gives the signature algorithms; all else is said here.
std::string begin(const TlsSettings& tls, bool has_tls12, bool has_tls13, KeyKind key) {
  std::string text = "NORMAL:-VERS-ALL";
  if (has_tls13) text += ":+VERS-TLS1.3";
  if (has_tls12) text += ":+VERS-TLS1.2";
  text += groups(tls) + ":-KX-ALL" + key_exchange(key) + ":-CIPHER-ALL:-MAC-ALL:+AEAD:+SHA1";
  return text;
}

std::string end(const TlsSettings& tls) { return tls.prefer_server_cipher_suites ? ":%SERVER_PRECEDENCE" : ""; }

}  // namespace

std::vector<std::string_view> cipher_suite_names() {
  std::vector<std::string_view> names;
  names.reserve(kCipherSuites.size());
  for (const CipherSuite& suite : kCipherSuites) names.push_back(suite.name);
  return names;
}

std::vector<std::string_view> curve_names() {
  std::vector<std::string_view> names;
  names.reserve(kCurves.size());
  for (const Curve& curve : kCurves) names.push_back(curve.name);
  return names;
}

std::string priorities(const TlsSettings& tls, KeyKind key) {
  const std::vector<CipherSuite> tls12 = wanted_tls12_suites(tls, key);
  const bool has_tls12 = tls.min_version <= TlsVersion::k12 && !tls12.empty();
  const bool has_tls13 = tls.max_version >= TlsVersion::k13;
  if (!has_tls12 && !has_tls13) return {};
  std::string text = begin(tls, has_tls12, has_tls13, key);
  for (const CipherSuite& suite : kCipherSuites) {
    if (!suite.key) text += ":+" + std::string(suite.cipher);
  }
  for (const CipherSuite& suite : tls12) text += ":+" + std::string(suite.cipher);
  return text + end(tls);
}

std::string tls12_priorities(const TlsSettings& tls, KeyKind key) {
  std::string text = begin(tls, true, false, key);
  for (const CipherSuite& suite : wanted_tls12_suites(tls, key)) text += ":+" + std::string(suite.cipher);
  return text + end(tls);
}

}  // namespace iptraf::web
