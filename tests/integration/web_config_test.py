#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""--web.config.file from outside: TLS, client certificates, logins, headers, and files that change meanwhile."""
import base64
import json
import os
import pathlib
import select
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

PAIR = "cert_file: server.crt, key_file: server.key"
TLS = f"tls_server_config: {{{PAIR}}}\n"
TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def login(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def users(cost=4, **passwords):
    return "basic_auth_users: " + json.dumps({u: secure_lab.bcrypt(p, cost) for u, p in passwords.items()}) + "\n"


@unittest.skipUnless(shutil.which("openssl"), "needs openssl")
class Secure(unittest.TestCase):
    """Certificates for all: `ca` signs the server and `good`, `other` signs `foreign`."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="iptraf_certificates."))
        cls.ca = secure_lab.Authority(cls.folder, "ca")
        cls.ca.sign_server()
        cls.ca.sign("good", "DNS:good.example", "IP:2001:db8::7", "email:good@example.org", "URI:spiffe://x/good")
        cls.other = secure_lab.Authority(cls.folder, "other")
        cls.other.sign("foreign", "DNS:good.example")

    def start(self, text, *flags):
        return self.enterContext(secure_lab.SecureExporter(self.folder, text, *flags))

    def client(self, certificate=None, version=None, authority="ca"):
        return secure_lab.client_context(self.folder, authority, certificate, version)


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
                done = lab.run("openssl", "s_client", "-connect", f"127.0.0.1:{exporter.port}", version, "-groups", groups,
                               check=False, input=b"")
                self.assertEqual(done.returncode == 0, is_taken, (version, groups))

    def test_an_rsa_key_and_texts_in_the_file_do_too(self):
        with tempfile.TemporaryDirectory() as folder:
            secure_lab.Authority(folder, "ca").sign_server(kind="rsa")
            cert, key = (pathlib.Path(folder, name).read_text(encoding="ascii") for name in ("server.crt", "server.key"))
            text = json.dumps({"tls_server_config": {"cert": cert, "key": key}})
            with secure_lab.SecureExporter(folder, text) as exporter:
                for version in (TLS12, TLS13):
                    self.assertEqual(exporter.status(secure_lab.client_context(folder, version=version)), 200)

    def test_curl_trusts_the_authority_and_nothing_else_does(self):
        exporter = self.start(TLS)
        url = f"https://localhost:{exporter.port}/metrics"
        self.assertIn(b"iptraf_exporter_build_info", lab.run("curl", "-sS", "--fail", "--cacert", f"{self.folder}/ca.crt",
                                                             url).stdout)
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

    def test_a_client_ca_is_exchanged_while_it_runs(self):
        shutil.copy(f"{self.folder}/ca.crt", f"{self.folder}/clients.crt")
        exporter = self.start(f"tls_server_config: {{{PAIR}, client_auth_type: RequireAndVerifyClientCert, "
                              "client_ca_file: clients.crt}\n")
        self.assertTrue(self.judge(exporter, "good"))
        old = exporter.connect(self.client("good"))
        shutil.copy(f"{self.folder}/other.crt", f"{self.folder}/new.crt")
        os.replace(f"{self.folder}/new.crt", f"{self.folder}/clients.crt")
        exporter.wait_for_log("is in effect")
        self.assertFalse(self.judge(exporter, "good"))
        self.assertTrue(self.judge(exporter, "foreign"))
        self.assertEqual(secure_lab.ask(old)[0], 200, "who is in stays in")
        old.close()


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
        self.assertEqual(lab.run(lab.EXPORTER, "--config.check", "--web.config.file=/nonexistent", check=False).returncode,
                         1)


class Logins(Secure):
    def test_only_the_right_password_opens_any_path(self):
        exporter = self.start(users(bob="sec:ret", eve="päss"))
        for path in ("/", "/metrics", "/-/healthy", "/-/ready", "/api/v1/interfaces", "/nothing"):
            for headers in ({}, login("bob", "secret"), login("bob", ""), login("mallory", "sec:ret"),
                            login("eve", "sec:ret"), {"Authorization": "Basic !"}, {"Authorization": "Bearer x"}):
                status, answer, _text = exporter.request(path=path, headers=headers)
                self.assertEqual((status, answer["WWW-Authenticate"]), (401, "Basic"), (path, headers))
            for headers in (login("bob", "sec:ret"), login("eve", "päss")):
                self.assertEqual(exporter.status(path=path, headers=headers), 404 if path == "/nothing" else 200)

    def test_no_secret_is_told(self):
        exporter = self.start(users(bob="canary"), "--log.level=debug")
        for headers in (login("bob", "canary"), login("bob", "canary2"), login("canary", "x")):
            exporter.request(headers=headers)
        page = exporter.request(path="/metrics", headers=login("bob", "canary"))[2]
        for text in (page, exporter.log()):
            self.assertNotIn("canary", text)
            self.assertNotIn("$2b$", text)

    def test_a_dear_login_keeps_nobody_waiting(self):
        hashes = {"bob": secure_lab.bcrypt("secret", 4), "slow": secure_lab.bcrypt("secret", 16)}
        exporter = self.start("basic_auth_users: " + json.dumps(hashes) + "\n")
        self.assertEqual(exporter.status(headers=login("bob", "secret")), 200)
        slow = exporter.connect()
        slow.request("GET", "/metrics", headers=login("slow", "secret"))
        scrapes = [exporter.connect() for _ in range(6)]  # descriptors for each of the server's threads
        for scrape in scrapes:
            self.assertEqual(secure_lab.ask(scrape, "/metrics", headers=login("bob", "secret"))[0], 200)
        self.assertEqual(select.select([slow.sock], [], [], 0)[0], [], "the dear one is not done yet")
        for connection in [slow, *scrapes]:
            connection.close()

    def test_more_logins_than_can_wait_are_sent_away(self):
        hashes = {"slow": secure_lab.bcrypt("secret", 14)}
        exporter = self.start("basic_auth_users: " + json.dumps(hashes) + "\n")
        connections = [exporter.connect() for _ in range(30)]
        for connection in connections:
            connection.request("GET", "/-/healthy", headers=login("slow", "wrong"))
        busy = connections[-1].getresponse()
        self.assertEqual((busy.status, busy.getheader("Retry-After")), (503, "1"))
        for connection in connections:
            connection.close()

    @unittest.skipUnless(lab.can_make_namespaces(), "needs network namespaces")
    def test_who_has_logged_in_or_has_a_certificate_may_see_who_talks_to_whom_from_afar(self):
        # In a namespace of its own a client has the address that it asks: this one is no loopback address.
        space = self.enterContext(lab.Namespace("web"))
        space.ip("link set lo up")
        space.ip("addr add 192.0.2.1/32 dev lo")
        def status(port, *flags, method="GET", path="/api/v1/interfaces"):
            done = space.run("curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-X", method, *flags,
                             f"{'https' if port == 3 else 'http'}://192.0.2.1:{port}{path}", check=False)
            return done.stdout.decode()
        texts = {1: "", 2: users(bob="secret"),
                 3: f"tls_server_config: {{{PAIR}, client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.crt}}\n"}
        for port, text in texts.items():
            path = f"{self.folder}/{port}.yml"
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            self.enterContext(Elsewhere(space, port, path))
        self.assertEqual(status(1), "403")
        self.assertEqual(status(2), "401")
        self.assertEqual(status(2, "-u", "bob:secret"), "200")
        self.assertEqual(status(2, "-u", "bob:secret", method="POST", path="/-/reload"), "200")
        self.assertEqual(status(2, "-u", "bob:secret", "-H", "Origin: http://evil.example"), "403")
        self.assertEqual(status(3), "403")
        self.assertEqual(status(3, "--cert", f"{self.folder}/good.crt", "--key", f"{self.folder}/good.key"), "200")
        self.assertEqual(status(3, "--cert", f"{self.folder}/foreign.crt", "--key", f"{self.folder}/foreign.key"), "000")


class Elsewhere:
    """An exporter in a namespace, on port `port` of every address."""

    def __init__(self, space, port, config):
        self.process = space.popen(lab.EXPORTER, f"--capture.file={secure_lab.CAPTURE}",
                                   f"--web.listen-address=:{port}", f"--web.config.file={config}", "--log.level=error")
        lab.wait_until(lambda: space.run("curl", "-sk", f"http://192.0.2.1:{port}/", check=False).returncode != 7,
                       "it listens")

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.terminate()
        self.process.wait(lab.PATIENCE_SECONDS)


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


class Headers(Secure):
    def test_headers_are_on_every_response_of_ours(self):
        exporter = self.start(users(bob="secret") + "http_server_config:\n  http2: true\n  headers:\n"
                              "    X-Frame-Options: sameorigin\n    X-XSS-Protection: \"0\"\n")
        for headers, path, status in (({}, "/", 401), (login("bob", "secret"), "/", 200),
                                      (login("bob", "secret"), "/nothing", 404)):
            got, answer, _text = exporter.request(path=path, headers=headers)
            self.assertEqual((got, answer["X-Frame-Options"], answer["X-XSS-Protection"]), (status, "sameorigin", "0"))
            self.assertIn("default-src 'none'", answer["Content-Security-Policy"])

    def test_a_rate_limit_sends_away_what_exceeds_it(self):
        exporter = self.start("rate_limit: {interval: 1d, burst: 3}\n")
        self.assertEqual([exporter.status() for _ in range(5)], [200, 200, 200, 429, 429])


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
            f"tls_server_config: {{{PAIR}, min_version: TLS10}}\n", f"tls_server_config: {{{PAIR}, min_version: TLS13}}\n",
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
           f"tls_server_config: {{{PAIR}, client_auth_type: x}}\n", f"tls_server_config: {{{PAIR}, client_ca_file: ca.crt}}\n",
           CA.replace("ca.crt", "none") + "VerifyClientCertIfGiven}\n",
           f"tls_server_config: {{{PAIR}, min_version: TLS14}}\n", f"tls_server_config: {{{PAIR}, cipher_suites: [x]}}\n",
           f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_RSA_WITH_3DES_EDE_CBC_SHA]}}\n",
           f"tls_server_config: {{{PAIR}, curve_preferences: [x]}}\n", "basic_auth_users: {a: password}\n",
           f"basic_auth_users: {{a: {HASH[:50]}}}\n", f"basic_auth_users: [{HASH}]\n",
           f"basic_auth_users: {{a: {HASH}, a: {HASH}}}\n", "http_server_config: {headers: {Server: x}}\n",
           "http_server_config: {headers: {x-frame-options: deny}}\n", "http_server_config: {headers: {X-Frame-Options: x}}\n",
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
        newer = example.replace("  # client_allowed_sans", "  client_allowed_sans").replace("# rate_limit", "rate_limit")
        self.assertEqual(self.verdicts(newer), (False, True))
        with secure_lab.SecureExporter(self.folder, newer.replace("prometheus.example.org", "good.example")) as exporter:
            self.assertEqual(exporter.status(self.client("good"), headers=login("prometheus", "example")), 200)


if __name__ == "__main__":
    unittest.main()
