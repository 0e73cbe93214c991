# SPDX-License-Identifier: GPL-2.0-or-later
"""Certificates of the tests' own, and an exporter with a web configuration and clients for it."""
import base64
import ctypes
import ctypes.util
import http.client
import json
import os
import pathlib
import re
import secrets
import shutil
import socket
import ssl
import string
import subprocess
import tempfile
import unittest
import warnings

import lab

CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"
PAIR = "cert_file: server.crt, key_file: server.key"
TLS = f"tls_server_config: {{{PAIR}}}\n"
TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
REFUSED = (ssl.SSLError, ConnectionError, http.client.BadStatusLine)


def bcrypt(password, cost):
    """A bcrypt hash, by the C library."""
    library = ctypes.CDLL(ctypes.util.find_library("crypt") or "libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    salt = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(21)) + "."
    return library.crypt(password.encode(), f"$2b${cost:02}${salt}".encode()).decode()


class Authority:
    """A certificate authority in a folder: NAME.crt and NAME.key of itself and of all that it signs."""

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder)
        self.name = name
        self.openssl("-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}", *self.key_type("ec"))

    @staticmethod
    def key_type(kind):
        if kind == "rsa":
            return "-newkey", "rsa:2048"
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"

    def openssl(self, *arguments):
        lab.run("openssl", "req", "-x509", "-nodes", "-days", "30", *arguments, cwd=self.folder)

    def sign(self, name, *sans, usage="serverAuth,clientAuth", kind="ec", to=None):
        """Files `to`.crt and .key for the subject `name`."""
        to = to or name
        extensions = ["-addext", f"extendedKeyUsage={usage}"] if usage else []
        if sans:
            extensions += ["-addext", "subjectAltName=" + ",".join(sans)]
        self.openssl("-keyout", f"{to}.key", "-out", f"{to}.crt", "-subj", f"/CN={name}", *self.key_type(kind),
                     "-CA", f"{self.name}.crt", "-CAkey", f"{self.name}.key", "-addext", "basicConstraints=CA:FALSE",
                     *extensions)

    def sign_server(self, **options):
        self.sign("localhost", "DNS:localhost", "IP:127.0.0.1", to="server", **options)


def client_context(folder, authority="ca", certificate=None, version=None):
    """A TLS client that trusts one authority; `version` is the only one that it speaks."""
    context = ssl.create_default_context(cafile=f"{folder}/{authority}.crt")
    if certificate:
        context.load_cert_chain(f"{folder}/{certificate}.crt", f"{folder}/{certificate}.key")
    if version:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            context.minimum_version = context.maximum_version = version
        if version < ssl.TLSVersion.TLSv1_2:
            context.set_ciphers("DEFAULT@SECLEVEL=0")
    return context


class SecureExporter:
    """A daemon on a TCP port of 127.0.0.1 and on a unix socket, with `text` as its web configuration in `folder`."""

    def __init__(self, folder, text, *flags):
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "web.yml"
        self.configure(text)
        self.own_folder = tempfile.TemporaryDirectory(prefix="iptraf_secure.")
        self.socket_path = f"{self.own_folder.name}/web.sock"
        self.log_path = pathlib.Path(self.own_folder.name, "log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [lab.EXPORTER, f"--capture.file={CAPTURE}", "--web.listen-address=127.0.0.1:0",
                 f"--web.listen-address=unix:{self.socket_path}", f"--web.config.file={self.config}",
                 *lab.stays_root(flags), *flags],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.port = int(lab.wait_until(self.listening, "it listens")[1])
        except BaseException:
            self.stop()
            self.own_folder.cleanup()
            raise

    def configure(self, text):
        """Exchanges the web configuration as a whole."""
        new = self.folder / "web.yml.new"
        new.write_text(text, encoding="utf-8")
        new.chmod(0o600)
        os.replace(new, self.config)

    def listening(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the exporter ended with {self.process.returncode}: {self.log()}")
        return re.search(r"listening on 127\.0\.0\.1:(\d+)", self.log())

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_for_log(self, words, count=1):
        """Asks for connections meanwhile, since files are looked at when one comes."""
        def seen():
            socket.create_connection(("127.0.0.1", self.port), timeout=lab.PATIENCE_SECONDS).close()
            return self.log().count(words) >= count
        lab.wait_until(seen, f"the log says {words!r}")

    def connect(self, context=None, unix=False):
        """An http.client connection that is open already; over TLS when there is a context."""
        if unix:
            plain = socket.socket(socket.AF_UNIX)
            plain.settimeout(lab.PATIENCE_SECONDS)
            plain.connect(self.socket_path)
        else:
            plain = socket.create_connection(("127.0.0.1", self.port), timeout=lab.PATIENCE_SECONDS)
        connection = http.client.HTTPConnection("localhost", self.port, timeout=lab.PATIENCE_SECONDS)
        connection.sock = context.wrap_socket(plain, server_hostname="localhost") if context else plain
        return connection

    def request(self, context=None, path="/-/healthy", method="GET", headers=None, unix=False):
        """Status, headers and text on a connection of its own."""
        connection = self.connect(context, unix)
        try:
            return ask(connection, path, method, headers)
        finally:
            connection.close()

    def status(self, context=None, path="/-/healthy", **options):
        """The status; None when the server ended the connection instead, in the handshake or behind it."""
        try:
            return self.request(context, path, **options)[0]
        except REFUSED:
            return None

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(lab.PATIENCE_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, error, *_more):
        status = self.stop()
        log = self.log()
        self.own_folder.cleanup()
        if error is None and status != 0:
            raise AssertionError(f"the exporter ended with {status}: {log}")


def ask(connection, path="/-/healthy", method="GET", headers=None):
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read().decode()


def login(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def users(cost=4, **passwords):
    return "basic_auth_users: " + json.dumps({u: bcrypt(p, cost) for u, p in passwords.items()}) + "\n"


@unittest.skipUnless(shutil.which("openssl"), "needs openssl")
class Secure(unittest.TestCase):
    """Certificates for all: `ca` signs the server and `good`, `other` signs `foreign`."""

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="iptraf_certificates."))
        cls.ca = Authority(cls.folder, "ca")
        cls.ca.sign_server()
        cls.ca.sign("good", "DNS:good.example", "IP:2001:db8::7", "email:good@example.org", "URI:spiffe://x/good")
        cls.other = Authority(cls.folder, "other")
        cls.other.sign("foreign", "DNS:good.example")

    def start(self, text, *flags):
        return self.enterContext(SecureExporter(self.folder, text, *flags))

    def client(self, certificate=None, version=None, authority="ca"):
        return client_context(self.folder, authority, certificate, version)
