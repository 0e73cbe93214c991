// SPDX-License-Identifier: GPL-2.0-or-later
// GnuTLS credentials, and the judgement of client certificates inside the handshake.
#include "web/security/tls_context.hpp"

#include <arpa/inet.h>
#include <gnutls/x509.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <new>

#include "config/regular_file.hpp"
#include "web/security/tls_names.hpp"

namespace iptraf::web {
namespace {

constexpr std::size_t kMaxPemBytes = std::size_t{1} << 20;

using Certificate = std::unique_ptr<gnutls_x509_crt_int, decltype(&gnutls_x509_crt_deinit)>;

Certificate parse_certificate(const gnutls_datum_t& der) {
  gnutls_x509_crt_t parsed = nullptr;
  if (gnutls_x509_crt_init(&parsed) != GNUTLS_E_SUCCESS) throw std::bad_alloc();
  Certificate certificate(parsed, &gnutls_x509_crt_deinit);
  const int error = gnutls_x509_crt_import(parsed, &der, GNUTLS_X509_FMT_DER);
  if (error != GNUTLS_E_SUCCESS) throw TlsError(gnutls_strerror(error));
  return certificate;
}

std::string read_pem(const std::string& path, const std::string& text) {
  return path.empty() ? text : config::read_regular_file(path, kMaxPemBytes);
}

gnutls_datum_t datum(std::string& text) {
  return {reinterpret_cast<unsigned char*>(text.data()), static_cast<unsigned>(text.size())};
}

std::string name_of(const std::string& path, const char* key) { return path.empty() ? std::string(key) : path; }

/// An IP address in a certificate is its bytes alone.
std::string address_text(const std::string& bytes) {
  char text[INET6_ADDRSTRLEN];
  const int family = bytes.size() == sizeof(in6_addr) ? AF_INET6 : AF_INET;
  const bool is_address = bytes.size() == sizeof(in6_addr) || bytes.size() == sizeof(in_addr);
  return is_address && inet_ntop(family, bytes.data(), text, sizeof text) != nullptr ? text : "";
}

/// The subject's alternative names (RFC 5280 section 4.2.1.6): DNS names, e-mail addresses, URIs and IP addresses.
std::vector<std::string> alternative_names(gnutls_x509_crt_t certificate) {
  std::vector<std::string> names;
  for (unsigned i = 0;; ++i) {
    std::size_t size = 0;
    unsigned type = 0;
    int result = gnutls_x509_crt_get_subject_alt_name2(certificate, i, nullptr, &size, &type, nullptr);
    if (result != GNUTLS_E_SHORT_MEMORY_BUFFER) return names;
    std::string name(size, '\0');
    result = gnutls_x509_crt_get_subject_alt_name2(certificate, i, name.data(), &size, &type, nullptr);
    if (result < 0) return names;
    name.resize(size);
    if (type == GNUTLS_SAN_IPADDRESS) name = address_text(name);
    const bool is_text = type == GNUTLS_SAN_DNSNAME || type == GNUTLS_SAN_RFC822NAME || type == GNUTLS_SAN_URI;
    if (is_text || type == GNUTLS_SAN_IPADDRESS) names.push_back(name);
  }
}

std::string verification_text(int error, unsigned status) {
  if (error != GNUTLS_E_SUCCESS) return gnutls_strerror(error);
  gnutls_datum_t text{};
  if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) != GNUTLS_E_SUCCESS) return "";
  std::string copy(reinterpret_cast<const char*>(text.data));
  gnutls_free(text.data);
  return copy;
}

KeyKind key_kind(gnutls_certificate_credentials_t credentials) {
  gnutls_datum_t der{};
  const int error = gnutls_certificate_get_crt_raw(credentials, 0, 0, &der);
  if (error != GNUTLS_E_SUCCESS) throw TlsError(gnutls_strerror(error));
  const int algorithm = gnutls_x509_crt_get_pk_algorithm(parse_certificate(der).get(), nullptr);
  const bool is_rsa = algorithm == GNUTLS_PK_RSA || algorithm == GNUTLS_PK_RSA_PSS;
  return is_rsa ? KeyKind::kRsa : KeyKind::kEcdsa;
}

}  // namespace

void TlsContext::FreeCredentials::operator()(gnutls_certificate_credentials_st* credentials) const {
  gnutls_certificate_free_credentials(credentials);
}

void TlsContext::FreePriorities::operator()(gnutls_priority_st* priorities) const {
  gnutls_priority_deinit(priorities);
}

TlsContext::TlsContext(const TlsSettings& settings)
    : client_auth_(settings.client_auth), allowed_sans_(settings.client_allowed_sans) {
  gnutls_certificate_credentials_t allocated = nullptr;
  if (gnutls_certificate_allocate_credentials(&allocated) != GNUTLS_E_SUCCESS) throw std::bad_alloc();
  credentials_.reset(allocated);
  load_pair(settings);
  load_client_ca(settings);
  gnutls_certificate_set_verify_function(credentials_.get(), &verify_client);
  const KeyKind key = key_kind(credentials_.get());
  const std::string text = priorities(settings, key);
  if (text.empty()) {
    throw TlsError(std::string("cipher_suites: none fits the ") + (key == KeyKind::kRsa ? "RSA" : "ECDSA") +
                   " key of the certificate");
  }
  priorities_ = make_priorities(text);
  if (text.find("VERS-TLS1.2") != std::string::npos) {
    tls12_priorities_ = make_priorities(tls12_priorities(settings, key));
  }
}

TlsContext::~TlsContext() = default;

TlsContext::Priorities TlsContext::make_priorities(const std::string& text) {
  gnutls_priority_t made = nullptr;
  const int error = gnutls_priority_init(&made, text.c_str(), nullptr);
  if (error != GNUTLS_E_SUCCESS) {
    throw TlsError("GnuTLS on this machine does not allow these versions, ciphers or curves (" + text +
                   "): " + gnutls_strerror(error));
  }
  return Priorities(made);
}

void TlsContext::load_pair(const TlsSettings& settings) {
  std::string cert = read_pem(settings.cert_file, settings.cert);
  std::string key = read_pem(settings.key_file, settings.key);
  const gnutls_datum_t cert_datum = datum(cert);
  const gnutls_datum_t key_datum = datum(key);
  const int error = gnutls_certificate_set_x509_key_mem2(credentials_.get(), &cert_datum, &key_datum,
                                                         GNUTLS_X509_FMT_PEM, nullptr, 0);
  gnutls_memset(key.data(), 0, key.size());
  if (error >= 0) return;
  throw TlsError("the certificate " + name_of(settings.cert_file, "cert") + " and the key " +
                 name_of(settings.key_file, "key") + " cannot be used: " + gnutls_strerror(error));
}

void TlsContext::load_client_ca(const TlsSettings& settings) {
  std::string pem = read_pem(settings.client_ca_file, settings.client_ca);
  client_rules_ = std::to_string(static_cast<int>(client_auth_)) + '\n' + pem;
  for (const std::string& name : allowed_sans_) client_rules_ += '\n' + name;
  if (pem.empty() && settings.client_ca_file.empty()) return;
  const gnutls_datum_t pem_datum = datum(pem);
  const int count = gnutls_certificate_set_x509_trust_mem(credentials_.get(), &pem_datum, GNUTLS_X509_FMT_PEM);
  if (count > 0) return;
  throw TlsError("the client CA " + name_of(settings.client_ca_file, "client_ca") +
                 " cannot be used: " + (count == 0 ? "there is no certificate in it" : gnutls_strerror(count)));
}

bool TlsContext::attach(gnutls_session_t session) const noexcept {
  if (gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_.get()) != GNUTLS_E_SUCCESS) return false;
  if (gnutls_priority_set(session, priorities_.get()) != GNUTLS_E_SUCCESS) return false;
  // The session's own pointer is the HTTP library's. That of its database is free: sessions are not resumed here.
  gnutls_db_set_ptr(session, const_cast<TlsContext*>(this));
  gnutls_handshake_set_post_client_hello_function(session, &use_tls12_suites);
  if (client_auth_ != ClientAuth::kNone) {
    const bool is_required = client_auth_ == ClientAuth::kRequireAny || client_auth_ == ClientAuth::kRequireAndVerify;
    gnutls_certificate_server_set_request(session, is_required ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST);
  }
  return true;
}

/// The version is agreed on by then, the suite not yet.
int TlsContext::use_tls12_suites(gnutls_session_t session) noexcept {
  const auto* const context = static_cast<const TlsContext*>(gnutls_db_get_ptr(session));
  const bool is_tls12 = gnutls_protocol_get_version(session) == GNUTLS_TLS1_2;
  if (!is_tls12 || !context->tls12_priorities_) return 0;
  return gnutls_priority_set(session, context->tls12_priorities_.get());
}

int TlsContext::verify_client(gnutls_session_t session) noexcept {
  int error = GNUTLS_E_CERTIFICATE_ERROR;
  try {
    error = static_cast<const TlsContext*>(gnutls_db_get_ptr(session))->judge_client(session);
  } catch (const std::exception&) {
    error = GNUTLS_E_CERTIFICATE_ERROR;  // only memory can be short
  }
  // The HTTP library closes without a word; the client should see what was wrong.
  if (error != 0) gnutls_alert_send(session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
  return error;
}

bool TlsContext::is_verifying() const {
  return client_auth_ == ClientAuth::kVerifyIfGiven || client_auth_ == ClientAuth::kRequireAndVerify;
}

int TlsContext::judge_client(gnutls_session_t session) const {
  unsigned count = 0;
  const gnutls_datum_t* const chain = gnutls_certificate_get_peers(session, &count);
  if (chain == nullptr || count == 0) return 0;  // where one is required, GnuTLS has refused already
  if (is_verifying()) {
    gnutls_typed_vdata_st purpose{};
    purpose.type = GNUTLS_DT_KEY_PURPOSE_OID;
    purpose.data = reinterpret_cast<unsigned char*>(const_cast<char*>(GNUTLS_KP_TLS_WWW_CLIENT));
    unsigned status = 0;
    const int error = gnutls_certificate_verify_peers(session, &purpose, 1, &status);
    if (error != GNUTLS_E_SUCCESS || status != 0) {
      spdlog::debug("a client certificate was refused: {}", verification_text(error, status));
      return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
    }
  }
  if (allowed_sans_.empty()) return 0;
  const std::vector<std::string> names = alternative_names(parse_certificate(chain[0]).get());
  const bool is_allowed = std::any_of(names.begin(), names.end(), [this](const std::string& name) {
    return std::find(allowed_sans_.begin(), allowed_sans_.end(), name) != allowed_sans_.end();
  });
  if (is_allowed) return 0;
  spdlog::debug("a client certificate was refused: no name of it is in client_allowed_sans");
  return GNUTLS_E_CERTIFICATE_ERROR;
}

bool TlsContext::has_verified_client(gnutls_session_t session) const noexcept {
  unsigned count = 0;
  return is_verifying() && gnutls_certificate_get_peers(session, &count) != nullptr && count > 0;
}

}  // namespace iptraf::web
