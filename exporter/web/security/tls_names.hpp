// SPDX-License-Identifier: GPL-2.0-or-later
// The names that Go gives to cipher suites and curves, as priority strings of GnuTLS.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "web/security/web_config.hpp"

namespace iptraf::web {

/// What the server's certificate can sign: it decides which suites of TLS 1.2 can be used.
enum class KeyKind { kRsa, kEcdsa };

/// The names that cipher_suites and curve_preferences accept.
std::vector<std::string_view> cipher_suite_names();
std::vector<std::string_view> curve_names();

/// Priorities (gnutls_priority_init) of a handshake whose version is not known yet: versions, curves, and every suite
/// of TLS 1.3, which cipher_suites says nothing about. Where no wanted suite fits the certificate, TLS 1.2 is left
/// out; the text is empty when then nothing is left.
std::string priorities(const TlsSettings& tls, KeyKind key);

/// The same once TLS 1.2 has been agreed on: with the wanted suites alone.
std::string tls12_priorities(const TlsSettings& tls, KeyKind key);

}  // namespace iptraf::web
