#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Files for --web.config.file that are right or wrong, by promtool and by --config.check."""
import os
import shutil
import unittest

import lab
import prometheus_server
from secure_lab import PAIR, TLS, Secure, login


class Check(Secure):
    def test_a_check_reads_all_that_the_file_names(self):
        def check(text):
            path = f"{self.folder}/check.yml"
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o600)
            done = lab.run(lab.EXPORTER, "--config.check", f"--web.config.file={path}", check=False, text=True)
            return done.returncode, done.stderr
        self.assertEqual(check(TLS), (0, ""))
        for text, words in ((TLS.replace("server.key", "none.key"), "none.key: cannot be opened"),
                            (TLS.replace("server.key", "ca.key"), "do not match"),
                            (TLS.replace("server.crt", "server.key"), "server.key and the key"),
                            ("basic_auth_users: {bob: canary}\n", "check.yml:1:25: ")):
            status, log = check(text)
            self.assertEqual(status, 1)
            self.assertIn(words, log)
            self.assertNotIn("canary", log)
        status, log = check(f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256], "
                            "max_version: TLS12}\n")
        self.assertEqual((status, "none fits the ECDSA key" in log), (1, True))
        done = lab.run(lab.EXPORTER, "--config.check", "--web.config.file=/nonexistent", check=False)
        self.assertEqual(done.returncode, 1)


@unittest.skipUnless(prometheus_server.is_installed(), "needs promtool")
class Promtool(Secure):
    """Which files are right, by promtool and by us."""

    HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
    CA = f"tls_server_config: {{{PAIR}, client_ca_file: ca.crt, client_auth_type: "
    GOOD = ("", "# nothing\n", "tls_server_config: {}\n", "basic_auth_users: {}\n", "http_server_config: {}\n", TLS,
            "basic_auth_users:\n", "tls_server_config: {client_auth_type: \"\"}\n",
            f"basic_auth_users: {{a: \"{HASH}\", b: \"{HASH}\"}}\n", TLS + f"basic_auth_users: {{a: {HASH}}}\n",
            f"tls_server_config: {{{PAIR}, client_auth_type: RequestClientCert}}\n",
            f"tls_server_config: {{{PAIR}, client_auth_type: RequireClientCert}}\n",
            f"tls_server_config: {{{PAIR}, client_auth_type: RequireAnyClientCert}}\n",
            CA + "VerifyClientCertIfGiven}\n", CA + "RequireAndVerifyClientCert}\n",
            f"tls_server_config: {{{PAIR}, min_version: TLS10}}\n",
            f"tls_server_config: {{{PAIR}, min_version: TLS13}}\n",
            f"tls_server_config: {{{PAIR}, max_version: TLS12}}\n",
            f"tls_server_config: {{{PAIR}, curve_preferences: [CurveP256, CurveP384, CurveP521, X25519]}}\n",
            f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_AES_128_GCM_SHA256, "
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA]}\n",
            f"tls_server_config: {{{PAIR}, prefer_server_cipher_suites: false}}\n",
            "http_server_config: {http2: false, headers: {X-Frame-Options: deny, X-Content-Type-Options: nosniff, "
            "Strict-Transport-Security: max-age=1, X-XSS-Protection: '1; mode=block', Content-Security-Policy: ''}}\n")
    BAD = ("x: y\n", "tls_server_config: {cert: }\n: \n", "a\n", "tls_server_config: {cert_file: server.crt}\n",
           "tls_server_config: {key_file: server.key}\n", "tls_server_config: {client_auth_type: NoClientCert\n",
           "tls_server_config: {cert_file: none, key_file: server.key}\n",
           "tls_server_config: {cert_file: server.crt, key_file: none}\n",
           "tls_server_config: {cert_file: server.crt, key_file: ca.key}\n",
           "tls_server_config: {client_auth_type: RequireAnyClientCert}\n",
           f"tls_server_config: {{{PAIR}, client_auth_type: x}}\n",
           f"tls_server_config: {{{PAIR}, client_ca_file: ca.crt}}\n",
           CA.replace("ca.crt", "none") + "VerifyClientCertIfGiven}\n",
           f"tls_server_config: {{{PAIR}, min_version: TLS14}}\n",
           f"tls_server_config: {{{PAIR}, cipher_suites: [x]}}\n",
           f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_RSA_WITH_3DES_EDE_CBC_SHA]}}\n",
           f"tls_server_config: {{{PAIR}, curve_preferences: [x]}}\n", "basic_auth_users: {a: password}\n",
           f"basic_auth_users: {{a: {HASH[:50]}}}\n", f"basic_auth_users: [{HASH}]\n",
           f"basic_auth_users: {{a: {HASH}, a: {HASH}}}\n", "http_server_config: {headers: {Server: x}}\n",
           "http_server_config: {headers: {x-frame-options: deny}}\n",
           "http_server_config: {headers: {X-Frame-Options: x}}\n",
           "http_server_config: {headers: {X-Content-Type-Options: x}}\n", "http_server_config: {http2: x}\n")
    # Known to newer versions of the toolkit alone.
    NEWER = ("rate_limit: {interval: 1s, burst: 2}\n", CA + "RequireAndVerifyClientCert, client_allowed_sans: [a]}\n")
    # Where we say no, since the file cannot do what it seems to.
    STRICTER = (f"tls_server_config: {{{PAIR}, client_auth_type: RequireAndVerifyClientCert}}\n",
                f"tls_server_config: {{{PAIR}, max_version: TLS11}}\n",
                f"tls_server_config: {{{PAIR}, min_version: TLS13, max_version: TLS12}}\n",
                f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_RSA_WITH_AES_128_GCM_SHA256]}}\n",
                CA.replace("ca.crt", "ca.key") + "VerifyClientCertIfGiven}\n", f"basic_auth_users: {{'a:b': {HASH}}}\n",
                f"basic_auth_users: {{a: {HASH.replace('$10$', '$17$')}}}\n")

    def verdicts(self, text):
        """(promtool, we): whether the file is right."""
        path = f"{self.folder}/judged.yml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        theirs = lab.run("promtool", "check", "web-config", path, check=False)
        ours = lab.run(lab.EXPORTER, "--config.check", f"--web.config.file={path}", check=False)
        self.assertIn(ours.returncode, (0, 1))
        return theirs.returncode == 0, ours.returncode == 0

    def test_promtool_and_we_agree(self):
        for files, wanted in ((self.GOOD, (True, True)), (self.BAD, (False, False)), (self.NEWER, (False, True)),
                              (self.STRICTER, (True, False))):
            for text in files:
                with self.subTest(text=text):
                    self.assertEqual(self.verdicts(text), wanted)

    def test_the_example_is_right(self):
        self.ca.sign_server()
        shutil.copy(f"{self.folder}/ca.crt", f"{self.folder}/client_ca.crt")
        example = (lab.TOP / "deploy" / "web" / "web_config.example.yml").read_text(encoding="utf-8")
        self.assertEqual(self.verdicts(example), (True, True))
        newer = example.replace("# client_allowed_sans", "client_allowed_sans").replace("# rate_limit", "rate_limit")
        self.assertEqual(self.verdicts(newer), (False, True))
        exporter = self.start(newer.replace("prometheus.example.org", "good.example"))
        self.assertEqual(exporter.status(self.client("good"), headers=login("prometheus", "example")), 200)


if __name__ == "__main__":
    unittest.main()
