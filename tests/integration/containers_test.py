#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The container image: its Dockerfile, what it sees and installs, its health check, and the program in a container."""
import http.server
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import unittest

import lab
import npm_packages
import runc_container

CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"
HEALTH_CHECK = lab.TOP / "deploy/container/health_check.sh"
LINT = """
const {validate} = require("dockerfile-utils");
for (const found of validate(require("fs").readFileSync(0, "utf8"), {})) {
  console.log(`line ${found.range.start.line + 1}: ${found.message}`);
}
"""
ADMIT = """
const fs = require("fs");
const ignored = require("@balena/dockerignore")().add(fs.readFileSync(process.argv[1], "utf8"));
console.log(ignored.filter(fs.readFileSync(0, "utf8").split("\\n").filter(Boolean)).join("\\n"));
"""


def node(script, *arguments, text=""):
    """What a script prints that uses the judges of tests/npm/deploy."""
    return subprocess.run(["node", "-e", script, *[str(x) for x in arguments]], cwd=npm_packages.install("deploy"),
                          input=text, capture_output=True, text=True, timeout=lab.PATIENCE_SECONDS,
                          check=True).stdout.splitlines()


def run_time_packages():
    script = (lab.TOP / "deploy/install_packages.sh").read_text(encoding="utf-8")
    text = re.search(r"^run=\((.*?)^\)", script, re.M | re.S)[1]
    return set(re.sub(r"#.*", "", text).split())


def package_of(library):
    """The package that holds a library, by the path that ldd found; in /lib or in /usr/lib is the same place."""
    for path in (library, "/usr" + library, library.removeprefix("/usr")):
        done = lab.run("dpkg", "-S", path, check=False)
        if done.returncode == 0:
            return done.stdout.decode().split(":")[0]
    raise AssertionError(f"no package holds {library}")


class Image(unittest.TestCase):
    @unittest.skipUnless(npm_packages.is_installable(), "needs node and npm")
    def test_a_linter_finds_nothing_in_the_dockerfile(self):
        text = runc_container.DOCKERFILE.read_text(encoding="utf-8")
        self.assertEqual(node(LINT, text=text), [])
        broken = text.replace("ENTRYPOINT", "ENTRYPONT").replace("--interval=", "--intervall=")
        self.assertEqual(len(node(LINT, text=broken)), 2)

    @unittest.skipUnless(npm_packages.is_installable(), "needs node and npm")
    def test_the_build_sees_what_it_needs_and_nothing_else(self):
        tracked = lab.run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=lab.TOP).stdout.decode()
        seen = node(ADMIT, lab.TOP / ".dockerignore", text=tracked)
        self.assertEqual({path.split("/")[0] for path in seen},
                         {"CMakeLists.txt", "LICENSE", "collectors", "config", "deploy", "exporter", "tests"})
        self.assertFalse([path for path in seen if path.startswith(("deploy/compose/", "deploy/kubernetes/"))])
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for path in seen:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(lab.TOP / path, folder / path)
        for path in re.findall(r"^COPY (?!--from)(\S+) ", runc_container.DOCKERFILE.read_text(encoding="utf-8"), re.M):
            self.assertTrue((folder / path).exists(), path)
        done = lab.run("cmake", "-S", folder, "-B", folder / "build", "-DIPTRAF_BUILD_TESTS=OFF",
                       "-DIPTRAF_REVISION=abc123", check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertIn('"abc123"', (folder / "build/generated/version.hpp").read_text(encoding="utf-8"))

    @unittest.skipUnless(shutil.which("dpkg") and shutil.which("readelf"), "needs dpkg and readelf")
    def test_it_installs_exactly_what_the_program_links_and_the_names_it_reads(self):
        needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", lab.run("readelf", "-d", lab.EXPORTER).stdout.decode()))
        loaded = re.findall(r"^\s(?:(\S+) => )?(/\S+) \(", lab.run("ldd", lab.EXPORTER).stdout.decode(), re.M)
        linked = {package_of(path) for name, path in loaded if (name or pathlib.Path(path).name) in needed}
        self.assertEqual(run_time_packages(), linked | {"ieee-data", "netbase"})

    def test_the_port_is_the_programs_default(self):
        port = runc_container.dockerfile_value(r"^EXPOSE (\d+)$")
        self.assertIn(f":{port}", lab.run(lab.EXPORTER, "--help").stdout.decode())
        self.assertIn(f"127.0.0.1:{port}", HEALTH_CHECK.read_text(encoding="utf-8"))

    def test_the_user_is_a_number_and_not_root(self):
        self.assertRegex(runc_container.dockerfile_value(r"^USER (\S+)$"), r"^[1-9]\d*:[1-9]\d*$")


class Answer(http.server.BaseHTTPRequestHandler):
    """An exporter that does not capture yet."""

    def do_GET(self):
        self.send_error(503)

    def log_message(self, *_arguments):
        pass


class HealthCheck(unittest.TestCase):
    def check(self, address):
        """Exit status and words."""
        done = lab.run(HEALTH_CHECK, env={"HEALTH_CHECK_ADDRESS": address, "PATH": "/usr/bin:/bin"}, check=False)
        self.assertEqual(done.stderr, b"")
        return done.returncode, done.stdout.decode()

    def test_an_exporter_that_captures_is_healthy_and_one_that_ended_is_not(self):
        with lab.Exporter(f"--capture.file={CAPTURE}", "--web.listen-address=127.0.0.1:0") as exporter:
            port = exporter.tcp_port()
            for host in ("127.0.0.1", "localhost"):
                self.assertEqual(self.check(f"{host}:{port}"), (0, ""))
        status, words = self.check(f"127.0.0.1:{port}")
        self.assertEqual(status, 1)
        self.assertIn(f"nothing listens on 127.0.0.1:{port}; set HEALTH_CHECK_ADDRESS", words)

    def test_an_exporter_that_is_not_ready_is_not_healthy(self):
        with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
            thread = threading.Thread(target=server.handle_request)
            thread.start()
            status, words = self.check(f"127.0.0.1:{server.server_port}")
            thread.join()
        self.assertEqual(status, 1)
        self.assertIn("/-/ready answers: HTTP/1.0 503", words)


@unittest.skipUnless(runc_container.is_usable(), "needs root and runc")
class InAContainer(unittest.TestCase):
    """As `docker run --network host --cap-drop ALL --cap-add NET_RAW --read-only` starts it."""

    def setUp(self):
        self.namespace = self.enterContext(lab.Namespace("container"))
        self.namespace.ip("link set lo up")
        self.namespace.ip("link add eth0 type veth peer name veth0")
        for name in ("eth0", "veth0"):
            self.namespace.ip(f"link set {name} up")

    def container(self, *arguments, **options):
        return self.enterContext(runc_container.Container(self.namespace, arguments, **options))

    def test_it_captures_without_root_on_a_read_only_file_system(self):
        container = self.container()
        lab.wait_until(lambda: container.get("/-/ready"), "it is ready")
        lab.inject(self.namespace, "eth0", [lab.ethernet(lab.ipv4_udp(1000, 53, 10))] * 3)
        page = container.page_when(lambda p: p.sum("iptraf_interface_transmit_packets_total", device="eth0") == 3,
                                   "three packets are counted")
        self.assertEqual(page.sum("iptraf_service_in_packets_total", device="eth0", port="53"), 3)
        identity = container.execute("id", "-u").stdout.decode().strip()
        self.assertEqual(identity, runc_container.dockerfile_value(r"^USER (\d+):"))
        self.assertIn(b"Read-only file system", container.execute("touch", "/x").stderr)
        health = container.execute(runc_container.HEALTH_CHECK)
        self.assertEqual((health.returncode, health.stdout, health.stderr), (0, b"", b""))
        self.assertEqual(container.stop(), 0)

    def assert_ends_with_words(self, container):
        self.assertEqual(container.wait(), 2, container.log())
        self.assertIn("Capturing needs the capability CAP_NET_RAW", container.log())

    def test_without_the_capability_it_says_so(self):
        self.assert_ends_with_words(self.container(capabilities=()))

    def test_no_new_privileges_voids_the_file_capability_under_docker(self):
        self.assert_ends_with_words(self.container(no_new_privileges=True))

    def test_an_effective_file_capability_would_not_even_start(self):
        container = self.container("--help", capabilities=(), file_capability="cap_net_raw+ep")
        self.assertNotEqual(container.wait(), 0)
        self.assertIn("operation not permitted", container.log())
        self.assertEqual(self.container("--help", capabilities=()).wait(), 0)


if __name__ == "__main__":
    unittest.main()
