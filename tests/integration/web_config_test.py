#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--web.config.file from outside: TLS, client certificates, and files that change meanwhile."""
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import struct
import tempfile
import unittest

import lab
import prometheus_server
import secure_lab
from secure_lab import PAIR, TLS, TLS12, TLS13, Secure, login, users


class Handshake(Secure):
    def negotiated(self, exporter, **options):
        """(version, suite) or None."""
        context = self.client(version=options.get("version"))
        if "ciphers" in options:
            context.set_ciphers(options["ciphers"])
        try:
            connection = exporter.connect(context)
            secure_lab.ask(connection)
        except secure_lab.REFUSED:
            return None
        try:
            return connection.sock.version(), connection.sock.cipher()[0]
        finally:
            connection.close()

    def test_tls_1_2_and_1_3_are_spoken_and_nothing_older(self):
        exporter = self.start(TLS)
        self.assertIsNone(self.negotiated(exporter, version=ssl.TLSVersion.TLSv1_1))
        self.assertEqual(self.negotiated(exporter, version=TLS12)[0], "TLSv1.2")
        self.assertEqual(self.negotiated(exporter, version=TLS13)[0], "TLSv1.3")
        self.assertEqual(self.negotiated(exporter)[0], "TLSv1.3")
        self.assertRegex(exporter.log(), r"listening on 127\.0\.0\.1:\d+ \(https\), metrics under /metrics")
        self.assertIsNone(exporter.status(), "HTTP without TLS")

    def test_the_versions_can_be_bounded(self):
        exporter = self.start(f"tls_server_config: {{{PAIR}, min_version: TLS13}}\n")
        self.assertIsNone(self.negotiated(exporter, version=TLS12))
        self.assertEqual(self.negotiated(exporter)[0], "TLSv1.3")
        exporter.configure(f"tls_server_config: {{{PAIR}, max_version: TLS12}}\n")
        exporter.wait_for_log("is in effect")
        self.assertEqual(self.negotiated(exporter)[0], "TLSv1.2")
        self.assertIsNone(self.negotiated(exporter, version=TLS13))

    def test_cipher_suites_bind_tls_1_2_alone(self):
        exporter = self.start(f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "
                              "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}\n")
        wanted = "ECDHE-ECDSA-AES256-GCM-SHA384"
        self.assertEqual(self.negotiated(exporter, version=TLS12), ("TLSv1.2", wanted))
        self.assertIsNone(self.negotiated(exporter, version=TLS12, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256"))
        self.assertEqual(self.negotiated(exporter, version=TLS13)[0], "TLSv1.3")
        done = lab.run("openssl", "s_client", "-connect", f"127.0.0.1:{exporter.port}", "-tls1_3", "-ciphersuites",
                       "TLS_CHACHA20_POLY1305_SHA256", check=False, input=b"")
        self.assertIn(b"Cipher is TLS_CHACHA20_POLY1305_SHA256", done.stdout)

    def test_curve_preferences_bind_both_versions(self):
        exporter = self.start(f"tls_server_config: {{{PAIR}, curve_preferences: [CurveP384]}}\n")
        for version in ("-tls1_2", "-tls1_3"):
            for groups, is_taken in (("P-256:P-384", True), ("P-256:X25519", False)):  # the certificate has P-256
                done = lab.run("openssl", "s_client", "-connect", f"127.0.0.1:{exporter.port}", version, "-groups",
                               groups, check=False, input=b"")
                self.assertEqual(done.returncode == 0, is_taken, (version, groups))

    def test_an_rsa_key_and_texts_in_the_file_do_too(self):
        with tempfile.TemporaryDirectory() as folder:
            secure_lab.Authority(folder, "ca").sign_server(kind="rsa")
            cert, key = (pathlib.Path(folder, "server" + name).read_text(encoding="ascii") for name in (".crt", ".key"))
            text = json.dumps({"tls_server_config": {"cert": cert, "key": key}})
            with secure_lab.SecureExporter(folder, text) as exporter:
                for version in (TLS12, TLS13):
                    self.assertEqual(exporter.status(secure_lab.client_context(folder, version=version)), 200)

    def test_curl_trusts_the_authority_and_nothing_else_does(self):
        exporter = self.start(TLS)
        url = f"https://localhost:{exporter.port}/metrics"
        page = lab.run("curl", "-sS", "--fail", "--cacert", f"{self.folder}/ca.crt", url).stdout
        self.assertIn(b"iptraf_exporter_build_info", page)
        self.assertEqual(lab.run("curl", "-sS", url, check=False).returncode, 60)

    def test_a_unix_socket_speaks_tls_too(self):
        exporter = self.start(TLS + users(bob="secret"))
        self.assertIsNone(exporter.status(unix=True))
        self.assertEqual(exporter.status(self.client(), unix=True), 401)
        self.assertEqual(exporter.status(self.client(), unix=True, headers=login("bob", "secret")), 200)


class ClientCertificates(Secure):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ca.sign("server_only", usage="serverAuth")
        cls.ca.sign("plain", usage=None)

    def judge(self, exporter, certificate):
        """Whether the certificate is let in, which must not depend on the version."""
        statuses = {exporter.status(self.client(certificate, version)) for version in (TLS12, TLS13)}
        self.assertEqual(len(statuses), 1, statuses)
        return statuses == {200}

    def test_each_mode_lets_in_what_it_says(self):
        ca = ", client_ca_file: ca.crt"
        for mode, more, let_in in (("NoClientCert", "", {None, "good", "plain", "foreign", "server_only"}),
                                   ("RequestClientCert", "", {None, "good", "plain", "foreign", "server_only"}),
                                   ("RequireAnyClientCert", "", {"good", "plain", "foreign", "server_only"}),
                                   ("VerifyClientCertIfGiven", ca, {None, "good", "plain"}),
                                   ("RequireAndVerifyClientCert", ca, {"good", "plain"})):
            with self.subTest(mode=mode), secure_lab.SecureExporter(
                    self.folder, f"tls_server_config: {{{PAIR}, client_auth_type: {mode}{more}}}\n") as exporter:
                got = {name for name in (None, "good", "plain", "foreign", "server_only") if self.judge(exporter, name)}
                self.assertEqual(got, let_in)

    def test_an_allowed_name_lets_in(self):
        text = (f"tls_server_config: {{{PAIR}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt, "
                "client_allowed_sans: [%s]}\n")
        exporter = self.start(text % "good.example")
        self.assertTrue(self.judge(exporter, "good"))
        self.assertFalse(self.judge(exporter, "plain"))
        self.assertFalse(self.judge(exporter, "foreign"))
        names = (("'2001:db8::7'", True), ("good@example.org", True), ("'spiffe://x/good'", True),
                 ("other.example, good.example", True), ("example", False), ("good", False), ("'*.example'", False))
        for count, (name, is_allowed) in enumerate(names, 1):
            exporter.configure(text % name)
            exporter.wait_for_log("is in effect", count)
            self.assertEqual(self.judge(exporter, "good"), is_allowed, name)
        exporter.configure((text % "good.example").replace(", client_allowed_sans: [good.example]", ""))
        self.assertFalse(self.judge(exporter, "plain"))
        exporter.wait_for_log("the check of clients' names cannot be turned off without a restart")

    def test_a_refused_client_is_told_and_at_level_debug_the_log_says_why(self):
        exporter = self.start(f"tls_server_config: {{{PAIR}, client_auth_type: RequireAndVerifyClientCert, "
                              "client_ca_file: ca.crt, client_allowed_sans: [good.example]}\n", "--log.level=debug")
        for name, words in (("foreign", "issuer is unknown"), ("plain", "no name of it is in client_allowed_sans"),
                            ("server_only", "purpose")):
            self.assertFalse(self.judge(exporter, name))
            self.assertRegex(exporter.log(), f"a client certificate was refused: .*{words}")
            with self.assertRaisesRegex(ssl.SSLError, "bad certificate"):
                exporter.request(self.client(name))

    def test_a_client_ca_is_exchanged_while_it_runs(self):
        shutil.copy(f"{self.folder}/ca.crt", f"{self.folder}/clients.crt")
        exporter = self.start(f"tls_server_config: {{{PAIR}, client_auth_type: RequireAndVerifyClientCert, "
                              "client_ca_file: clients.crt}\n")
        self.assertTrue(self.judge(exporter, "good"))
        old = exporter.connect(self.client("good"))
        self.assertEqual(secure_lab.ask(old)[0], 200)
        shutil.copy(f"{self.folder}/other.crt", f"{self.folder}/new.crt")
        os.replace(f"{self.folder}/new.crt", f"{self.folder}/clients.crt")
        exporter.wait_for_log("is in effect")
        self.assertFalse(self.judge(exporter, "good"))
        self.assertTrue(self.judge(exporter, "foreign"))
        self.assertIn("connections of before are closed at their next request", exporter.log())
        with self.assertRaises(secure_lab.REFUSED):
            secure_lab.ask(old)
        old.close()
        exporter.configure(f"tls_server_config: {{{PAIR}}}\n")
        self.assertFalse(self.judge(exporter, "good"))
        exporter.wait_for_log("the verification of clients cannot be turned off without a restart")


class Exchange(Secure):
    def replace_pair(self, source, *names):
        for name in names:
            shutil.copy(f"{self.folder}/{source}{name}", f"{self.folder}/new")
            os.replace(f"{self.folder}/new", f"{self.folder}/server{name}")

    def certificate_seen(self, exporter):
        connection = exporter.connect(self.client())
        try:
            return connection.sock.getpeercert(binary_form=True)
        finally:
            connection.close()

    def test_a_new_pair_is_shown_to_new_connections_and_a_broken_one_to_nobody(self):
        exporter = self.start(TLS)
        first = self.certificate_seen(exporter)
        old = exporter.connect(self.client())
        self.ca.sign("localhost", "DNS:localhost", to="next")
        self.replace_pair("next", ".crt")
        exporter.wait_for_log("the old one stays in effect")
        self.assertEqual(self.certificate_seen(exporter), first, "certificate and key do not match")
        self.replace_pair("next", ".key")
        exporter.wait_for_log("is in effect")
        second = self.certificate_seen(exporter)
        self.assertNotEqual(second, first)
        self.assertEqual(secure_lab.ask(old)[0], 200)
        old.close()
        with open(f"{self.folder}/next.crt", "w", encoding="ascii") as file:
            file.write("rubbish\n")
        self.replace_pair("next", ".crt")
        exporter.wait_for_log("the old one stays in effect", 2)
        self.assertEqual(self.certificate_seen(exporter), second)
        self.assertEqual(exporter.log().count("cannot be used"), 2, "told once for each change")
        self.ca.sign_server()

    def test_a_reload_takes_the_web_configuration_with_it_or_nothing(self):
        exporter = self.start(TLS + users(bob="secret"))
        bob = login("bob", "secret")
        def reload():
            return exporter.request(self.client(), "/-/reload", "POST", bob)
        self.assertEqual(reload()[0], 200)
        exporter.configure(TLS.replace("key_file", "key_fil"))
        status, _headers, text = reload()
        self.assertEqual(status, 400)
        self.assertIn('web.yml:1:44: unknown key "key_fil" in tls_server_config; did you mean "key_file"?', text)
        page = lab.Page(exporter.request(self.client(), "/metrics", headers=bob)[2])
        self.assertEqual(page.sum("iptraf_config_last_reload_successful"), 0)
        exporter.configure(users(bob="secret"))
        status, _headers, text = reload()
        self.assertEqual((status, "TLS cannot be turned off without a restart" in text), (400, True))
        exporter.configure(TLS + users(eve="secret"))
        exporter.process.send_signal(signal.SIGHUP)
        lab.wait_until(lambda: exporter.log().count("the configuration was reloaded") == 2, "it is reloaded")
        self.assertEqual(exporter.status(self.client(), headers=bob), 401)
        self.assertEqual(exporter.status(self.client(), headers=login("eve", "secret")), 200)


class Hostile(Secure):
    def raw(self, exporter, data):
        client = socket.create_connection(("127.0.0.1", exporter.port), timeout=lab.PATIENCE_SECONDS)
        self.addCleanup(client.close)
        client.sendall(data)
        return client

    def hello(self):
        """What a client says first."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        with self.assertRaises(ssl.SSLWantReadError):
            self.client().wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
        return outgoing.read()

    def test_half_handshakes_do_not_keep_out_a_good_client(self):
        exporter = self.start(TLS)
        hello = self.hello()
        for data in (b"", hello[:20], hello, b"\x16\x03\x01\xff\xff"):
            for _ in range(200):
                self.raw(exporter, data)
            for _ in range(3):
                self.assertEqual(exporter.status(self.client(), "/metrics"), 200, data[:8])

    def test_a_half_handshake_ends_when_its_time_is_up(self):
        config = f"{self.folder}/exporter.yml"
        with open(config, "w", encoding="utf-8") as file:
            file.write("web: {timeout: 200ms}\n")
        exporter = self.start(TLS, f"--config.file={config}")
        for data in (b"", self.hello()[:30]):
            self.assertEqual(self.raw(exporter, data).recv(1), b"")

    def test_clients_that_vanish_anywhere_leave_the_server_as_it_was(self):
        exporter = self.start(TLS)
        reset = struct.pack("ii", 1, 0)
        for data in (b"", self.hello()[:50], self.hello(), b"GET / HTTP/1.1\r\n\r\n", bytes(3000)):
            for _ in range(20):
                client = self.raw(exporter, data)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                client.close()
        for _ in range(20):
            connection = exporter.connect(self.client())
            connection.request("GET", "/metrics")
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            connection.close()
        self.assertEqual(exporter.status(self.client(), "/metrics"), 200)
        self.assertEqual(exporter.stop(), 0)

    def test_a_body_that_is_too_long_has_its_answer_over_tls_too(self):
        exporter = self.start(TLS)
        connection = exporter.connect(self.client())
        connection.request("POST", "/-/reload", body=b"x" * 3_000_000)
        self.assertEqual(connection.getresponse().status, 413)
        connection.close()

    def test_requests_that_come_at_once_are_answered_in_order(self):
        exporter = self.start(TLS)
        connection = exporter.connect(self.client())
        connection.sock.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n" * 49 +
                                b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        text = b""
        while piece := connection.sock.recv(65536):
            text += piece
        self.assertEqual(text.count(b"HTTP/1.1 200 OK"), 50)
        connection.close()


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class RootBecomesNobody(Secure):
    """The files are the group's to read, and nobody else's."""

    def setUp(self):
        self.place = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.put("server.crt", "server.key")

    def put(self, *names):
        for name in names:
            shutil.copy(f"{self.folder}/{name}", self.place / "new")
            self.let_read(self.place / "new")
            os.replace(self.place / "new", self.place / name)
        self.let_read(self.place, 0o750)

    @staticmethod
    def let_read(path, mode=0o640):
        shutil.chown(path, group="nogroup")
        os.chmod(path, mode)

    def start_as_nobody(self, text):
        class Readable(secure_lab.SecureExporter):
            def configure(self, text):
                super().configure(text)
                RootBecomesNobody.let_read(self.config)
        # Where it listens is its own folder, which nobody has to enter.
        return self.enterContext(Readable(self.place, text, "--user=nobody"))

    def test_certificates_and_users_are_exchanged_all_the_same(self):
        exporter = self.start_as_nobody(TLS)
        self.assertIn("runs as the user nobody", exporter.log())
        first = Exchange.certificate_seen(self, exporter)
        self.ca.sign_server()
        self.put("server.crt", "server.key")
        exporter.wait_for_log("is in effect")
        lab.wait_until(lambda: Exchange.certificate_seen(self, exporter) != first, "the new certificate is shown")
        exporter.configure(TLS + users(bob="secret"))
        self.assertEqual(exporter.request(self.client(), "/-/reload", "POST")[0], 200)
        self.assertEqual(exporter.status(self.client(), headers=login("bob", "secret")), 200)
        self.assertEqual(exporter.status(self.client(), headers=login("bob", "x")), 401)

    def test_a_key_that_it_cannot_read_again_is_an_error_at_the_start(self):
        os.chmod(self.place / "server.key", 0o600)
        with self.assertRaisesRegex(AssertionError, "chgrp nogroup .*server.key && chmod g.r .*server.key"):
            self.start_as_nobody(TLS)

    def test_a_new_directory_needs_a_restart(self):
        exporter = self.start_as_nobody(TLS)
        other = self.enterContext(tempfile.TemporaryDirectory())
        exporter.configure(TLS.replace("server.key", f"{other}/server.key"))
        status, _headers, text = exporter.request(self.client(), "/-/reload", "POST")
        self.assertEqual(status, 400)
        self.assertIn(f"names a file in {other}, where none was named at the start: this needs a restart", text)


@unittest.skipUnless(prometheus_server.is_installed(), "needs prometheus")
class RealPrometheus(Secure):
    def test_prometheus_scrapes_with_login_and_certificate(self):
        exporter = self.start(f"tls_server_config: {{{PAIR}, client_auth_type: RequireAndVerifyClientCert, "
                              "client_ca_file: ca.crt, client_allowed_sans: [good.example]}\n" + users(prom="secret"))
        job = json.loads(prometheus_server.scrape_config(f"localhost:{exporter.port}"))
        job["scrape_configs"][0].update({
            "scheme": "https", "basic_auth": {"username": "prom", "password": "secret"},
            "tls_config": {"ca_file": f"{self.folder}/ca.crt", "cert_file": f"{self.folder}/good.crt",
                           "key_file": f"{self.folder}/good.key"}})
        with prometheus_server.PrometheusServer(json.dumps(job)) as prometheus:
            prometheus.rows_until("sum(iptraf_interface_receive_packets_total)", lambda rows: rows == [({}, 179.0)])


if __name__ == "__main__":
    unittest.main()
