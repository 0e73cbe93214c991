// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 7617, and base64 by GnuTLS.
#include "web/security/basic_credentials.hpp"

#include <gnutls/gnutls.h>

#include "web/header_text.hpp"

namespace iptraf::web {
namespace {

std::optional<std::string> decode_base64(std::string_view text) {
  std::string input(text);
  if (input.empty() || input.find_first_of(" \t\r\n") != std::string::npos) return std::nullopt;
  const gnutls_datum_t encoded{reinterpret_cast<unsigned char*>(input.data()), static_cast<unsigned>(input.size())};
  gnutls_datum_t decoded{};
  if (gnutls_base64_decode2(&encoded, &decoded) != GNUTLS_E_SUCCESS) return std::nullopt;
  std::string bytes(reinterpret_cast<const char*>(decoded.data), decoded.size);
  gnutls_free(decoded.data);
  return bytes;
}

}  // namespace

std::optional<BasicCredentials> parse_basic_credentials(std::string_view authorization) {
  std::string_view rest = trim(authorization);
  const std::string scheme = lower_case(take_until(rest, ' '));
  if (scheme != "basic") return std::nullopt;
  const std::optional<std::string> pair = decode_base64(trim(rest));
  if (!pair) return std::nullopt;
  const std::size_t colon = pair->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return BasicCredentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

}  // namespace iptraf::web
