// SPDX-License-Identifier: GPL-2.0-or-later
// The web configuration's keys, and what is said of each mistake.
#include "web/security/web_config.hpp"

#include "config/problems.hpp"
#include "support/catch.hpp"

namespace {

using iptraf::config::ConfigError;
using iptraf::web::ClientAuth;
using iptraf::web::parse_web_config;
using iptraf::web::TlsVersion;
using iptraf::web::WebConfig;
using Lines = std::vector<std::string>;

const std::string kHash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";
const std::string kPair = "tls_server_config: {cert_file: c, key_file: k, ";

Lines problems_of(const std::string& text) {
  try {
    parse_web_config(text, "w");
    return {};
  } catch (const ConfigError& error) {
    return error.problems();
  }
}

TEST_CASE("An empty web configuration asks for nothing", "[web_config]") {
  for (const char* text : {"", "# nothing\n", "tls_server_config:\nbasic_auth_users:\nhttp_server_config:\n",
                           "tls_server_config: {}\nhttp_server_config: {headers: }\nrate_limit: {}\n"}) {
    const WebConfig web = parse_web_config(text, "w");
    CHECK_FALSE(web.tls.is_enabled());
    CHECK(web.users.empty());
    CHECK(web.headers.empty());
    CHECK(web.rate_limit.interval.seconds == 0);
    CHECK(web.warnings.empty());
  }
}

TEST_CASE("Every key of the web configuration reaches its member", "[web_config]") {
  const WebConfig web = parse_web_config(
      "tls_server_config:\n"
      "  cert_file: c.pem\n"
      "  key_file: /k.pem\n"
      "  client_auth_type: RequireAndVerifyClientCert\n"
      "  client_ca_file: ca/ca.pem\n"
      "  client_allowed_sans: [a.example, 192.0.2.1]\n"
      "  min_version: TLS13\n"
      "  max_version: TLS13\n"
      "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256]\n"
      "  curve_preferences: [CurveP521, X25519]\n"
      "  prefer_server_cipher_suites: false\n"
      "http_server_config:\n"
      "  http2: false\n"
      "  headers: {Content-Security-Policy: \"default-src 'self'\", X-Frame-Options: sameorigin,\n"
      "    X-Content-Type-Options: nosniff, X-XSS-Protection: \"1\", Strict-Transport-Security: max-age=1}\n"
      "basic_auth_users: {bob: \"" +
          kHash + "\", eve: \"" + kHash +
          "\"}\n"
          "rate_limit: {interval: 1m30s, burst: 7}\n",
      "/etc/x/web.yml");
  CHECK(web.tls.is_enabled());
  CHECK(web.tls.cert_file == "/etc/x/c.pem");
  CHECK(web.tls.key_file == "/k.pem");
  CHECK(web.tls.client_auth == ClientAuth::kRequireAndVerify);
  CHECK(web.tls.client_ca_file == "/etc/x/ca/ca.pem");
  CHECK(web.tls.client_allowed_sans == Lines{"a.example", "192.0.2.1"});
  CHECK(web.tls.min_version == TlsVersion::k13);
  CHECK(web.tls.max_version == TlsVersion::k13);
  CHECK(web.tls.cipher_suites == Lines{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"});
  CHECK(web.tls.curve_preferences == Lines{"CurveP521", "X25519"});
  CHECK_FALSE(web.tls.prefer_server_cipher_suites);
  CHECK(web.headers.size() == 5);
  CHECK(web.headers.at("Content-Security-Policy") == "default-src 'self'");
  CHECK(web.headers.at("X-Frame-Options") == "sameorigin");
  CHECK(web.users.size() == 2);
  CHECK(web.users.at("bob") == kHash);
  CHECK(web.rate_limit.interval.seconds == 90);
  CHECK(web.rate_limit.burst == 7);
  CHECK(web.warnings.empty());
}

TEST_CASE("Certificate, key and client CA may stand in the file itself", "[web_config]") {
  const WebConfig web = parse_web_config(
      "tls_server_config:\n  cert: |\n    A\n    B\n  key: |\n    C\n  client_ca: D\n"
      "  client_auth_type: VerifyClientCertIfGiven\n",
      "w");
  CHECK(web.tls.cert == "A\nB\n");
  CHECK(web.tls.key == "C\n");
  CHECK(web.tls.client_ca == "D");
  CHECK(web.tls.cert_file.empty());
}

TEST_CASE("Each client_auth_type has its mode", "[web_config]") {
  const auto mode = [](const std::string& word) {
    return parse_web_config(kPair + "client_ca_file: a, client_auth_type: " + word + "}\n", "w").tls.client_auth;
  };
  CHECK(mode("RequestClientCert") == ClientAuth::kRequest);
  CHECK(mode("RequireClientCert") == ClientAuth::kRequireAny);
  CHECK(mode("RequireAnyClientCert") == ClientAuth::kRequireAny);
  CHECK(mode("VerifyClientCertIfGiven") == ClientAuth::kVerifyIfGiven);
  CHECK(mode("RequireAndVerifyClientCert") == ClientAuth::kRequireAndVerify);
  CHECK(parse_web_config(kPair + "client_auth_type: NoClientCert}\n", "w").tls.client_auth == ClientAuth::kNone);
  CHECK(parse_web_config(kPair + "client_auth_type: \"\"}\n", "w").tls.client_auth == ClientAuth::kNone);
}

TEST_CASE("A blank header is kept as blank, where it may be blank", "[web_config]") {
  const WebConfig web =
      parse_web_config("http_server_config: {headers: {Content-Security-Policy: \"\", X-XSS-Protection: }}\n", "w");
  CHECK(web.headers.at("Content-Security-Policy").empty());
  CHECK(web.headers.at("X-XSS-Protection").empty());
  CHECK(problems_of("http_server_config: {headers: {X-Frame-Options: \"\"}}\n") ==
        Lines{"w:1:49: http_server_config.headers.X-Frame-Options: expected deny or sameorigin, got the quoted text "
              "\"\""});
}

TEST_CASE("What cannot be meant is a warning", "[web_config]") {
  CHECK(parse_web_config(kPair + "min_version: TLS11}\n", "w").warnings ==
        Lines{"w:1:48: tls_server_config: nothing older than TLS 1.2 is spoken"});
  CHECK(parse_web_config("tls_server_config: {min_version: TLS12}\n", "w").warnings ==
        Lines{"w:1:20: tls_server_config: without cert_file and key_file there is no TLS"});
}

TEST_CASE("Mistakes in the web configuration have line and column", "[web_config]") {
  struct Mistake {
    std::string text;
    Lines problems;
  };
  const std::string suites =
      "one of TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256, "
      "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "
      "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, "
      "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "
      "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "
      "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA";
  const Mistake mistake = GENERATE_COPY(values<Mistake>({
      {"tls_sever_config: {}\n", {"w:1:1: unknown key \"tls_sever_config\"; did you mean \"tls_server_config\"?"}},
      {"tls_server_config:\n  certfile: x\n",
       {"w:2:3: unknown key \"certfile\" in tls_server_config; did you mean \"cert_file\"?"}},
      {"tls_server_config: x\n", {"w:1:20: tls_server_config: expected a mapping (key: value), got \"x\""}},
      {"tls_server_config: {cert_file: c}\n",
       {"w:1:20: tls_server_config: key_file (or key, with the text itself) is missing"}},
      {"tls_server_config: {key_file: k}\n",
       {"w:1:20: tls_server_config: cert_file (or cert, with the text itself) is missing"}},
      {"tls_server_config: {cert_file: \"\", key_file: k}\n",
       {"w:1:20: tls_server_config: cert_file (or cert, with the text itself) is missing"}},
      {kPair + "cert: x}\n", {"w:1:48: tls_server_config: cert and cert_file exclude each other"}},
      {kPair + "key: x}\n", {"w:1:48: tls_server_config: key and key_file exclude each other"}},
      {kPair + "key: [x]}\n", {"w:1:53: tls_server_config.key: expected PEM text"}},
      {kPair + "client_auth_type: Always}\n",
       {"w:1:66: tls_server_config.client_auth_type: expected NoClientCert, RequestClientCert, RequireClientCert, "
        "RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert, got \"Always\""}},
      {kPair + "client_ca_file: a}\n",
       {"w:1:48: tls_server_config: a client CA needs a client_auth_type, such as RequireAndVerifyClientCert"}},
      {kPair + "client_auth_type: RequireAndVerifyClientCert}\n",
       {"w:1:48: tls_server_config: client_ca_file (or client_ca) is missing: without it every public authority would "
        "be trusted"}},
      {kPair + "client_auth_type: RequestClientCert, client_allowed_sans: [a]}\n",
       {"w:1:85: tls_server_config: client_allowed_sans needs the client_auth_type RequireAndVerifyClientCert or "
        "RequireAnyClientCert"}},
      {kPair + "max_version: TLS11}\n", {"w:1:48: tls_server_config: max_version must be TLS12 or TLS13"}},
      {kPair + "min_version: TLS13, max_version: TLS12}\n",
       {"w:1:48: tls_server_config: min_version is above max_version"}},
      {kPair + "min_version: SSL3}\n",
       {"w:1:61: tls_server_config.min_version: expected TLS10, TLS11, TLS12 or TLS13, got \"SSL3\""}},
      {kPair + "cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]}\n",
       {"w:1:64: tls_server_config.cipher_suites: expected " + suites + ", got \"TLS_RSA_WITH_AES_128_CBC_SHA\""}},
      {kPair + "curve_preferences: [P256]}\n",
       {"w:1:68: tls_server_config.curve_preferences: expected one of X25519, CurveP256, CurveP384, CurveP521, got "
        "\"P256\""}},
      {kPair + "prefer_server_cipher_suites: 1}\n",
       {"w:1:77: tls_server_config.prefer_server_cipher_suites: expected true or false, got \"1\""}},
      {"http_server_config: {http2: maybe}\n",
       {"w:1:29: http_server_config.http2: expected true or false, got \"maybe\""}},
      {"http_server_config:\n  headers:\n    X-Frame-Option: deny\n",
       {"w:3:5: unknown key \"X-Frame-Option\" in http_server_config.headers; did you mean \"X-Frame-Options\"?"}},
      {"http_server_config:\n  headers:\n    X-Frame-Options: DENY\n",
       {"w:3:22: http_server_config.headers.X-Frame-Options: expected deny or sameorigin, got \"DENY\""}},
      {"http_server_config:\n  headers:\n    X-Content-Type-Options: sniff\n",
       {"w:3:29: http_server_config.headers.X-Content-Type-Options: expected nosniff, got \"sniff\""}},
      {"http_server_config:\n  headers:\n    X-XSS-Protection: \"a\\nb\"\n",
       {"w:3:23: http_server_config.headers.X-XSS-Protection: expected text on one line, got the quoted text "
        "\"a\\x0ab\""}},
      {"rate_limit: {interval: fast}\n",
       {"w:1:24: rate_limit.interval: expected a duration from 0 to 1d such as 10s, 15m or 1h30m, got \"fast\""}},
      {"rate_limit: {interval: 1s}\n",
       {"w:1:13: rate_limit: burst must be at least 1, or no request would be answered"}},
      {"rate_limit: {interval: 1s, burst: -1}\n",
       {"w:1:28: rate_limit: burst must be at least 1, or no request would be answered",
        "w:1:35: rate_limit.burst: expected a decimal whole number from 0 to 1000000, got \"-1\""}},
      {"basic_auth_users: [a]\n", {"w:1:19: basic_auth_users: expected a mapping (key: value), got a list"}},
      {"basic_auth_users:\n  \"a:b\": x\n",
       {"w:2:10: basic_auth_users.\"a:b\": a user name is text on one line without a colon"}},
      {"basic_auth_users: {a: \"$2y$17$" + kHash.substr(7) + "\"}\n",
       {"w:1:23: basic_auth_users.\"a\": the cost 17 of the bcrypt hash is above 16: one login would take many "
        "seconds; "
        "hash the password with a cost of 10 to 12"}},
  }));
  CAPTURE(mistake.text);
  CHECK(problems_of(mistake.text) == mistake.problems);
}

TEST_CASE("A password that is not hashed is refused and not shown", "[web_config]") {
  const std::string hint =
      "expected a bcrypt hash that begins with $2a$, $2b$ or $2y$, as htpasswd -nBC 10 NAME prints";
  for (const std::string& value :
       {std::string("canary"), kHash.substr(0, 59), kHash + "x", "$2x$" + kHash.substr(4), "$1$" + kHash.substr(3),
        kHash.substr(0, 59) + "!", "$2y$03$" + kHash.substr(7), "$2y$32$" + kHash.substr(7), std::string("")}) {
    CAPTURE(value);
    CHECK(problems_of("basic_auth_users:\n  bob: \"" + value + "\"\n") ==
          Lines{"w:2:8: basic_auth_users.\"bob\": " + hint});
  }
  CHECK(problems_of("basic_auth_users: {bob: }\n").size() == 1);
}

TEST_CASE("A web configuration that cannot be opened says why", "[web_config]") {
  try {
    iptraf::web::load_web_config("/nonexistent/web.yml");
    FAIL("it was opened");
  } catch (const ConfigError& error) {
    CHECK(error.problems() == Lines{"/nonexistent/web.yml: cannot be opened: No such file or directory"});
  }
}

}  // namespace
