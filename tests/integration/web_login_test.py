#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What --web.config.file asks of a request: logins, who may see who talks to whom, headers, rate limit."""
import json
import select
import unittest

import lab
import secure_lab
from secure_lab import PAIR, Secure, login, users


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
        # 17 have room; which of the 30 they are is up to the server's threads.
        waiting = {connection.sock: connection for connection in connections}
        answers = []
        while waiting and 503 not in [answer.status for answer in answers]:
            for ready in select.select(list(waiting), [], [], lab.PATIENCE_SECONDS)[0]:
                answers.append(waiting.pop(ready).getresponse())
        self.assertEqual({answer.getheader("Retry-After") for answer in answers if answer.status == 503}, {"1"})
        self.assertLessEqual({answer.status for answer in answers}, {401, 503})
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
                 3: f"tls_server_config: {{{PAIR}, client_auth_type: VerifyClientCertIfGiven, "
                    "client_ca_file: ca.crt}\n"}
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
        for name, wanted in (("good", "200"), ("foreign", "000")):
            pair = ("--cert", f"{self.folder}/{name}.crt", "--key", f"{self.folder}/{name}.key")
            self.assertEqual(status(3, *pair), wanted)


class Elsewhere:
    """An exporter in a namespace, on port `port` of every address."""

    def __init__(self, space, port, config):
        self.process = space.popen(lab.EXPORTER, f"--capture.file={secure_lab.CAPTURE}",
                                   f"--web.listen-address=:{port}", f"--web.config.file={config}", "--log.level=error",
                                   *lab.stays_root(()))
        lab.wait_until(lambda: space.run("curl", "-sk", f"http://192.0.2.1:{port}/", check=False).returncode != 7,
                       "it listens")

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.terminate()
        self.process.wait(lab.PATIENCE_SECONDS)


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


if __name__ == "__main__":
    unittest.main()
