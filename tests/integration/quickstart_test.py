#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The README's first command, from a build folder that does not exist yet to a scrape."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.request

import lab

QUICKSTART = str(lab.TOP / "deploy" / "quickstart.sh")
CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"
BUILD_SECONDS = 1200
UNPRIVILEGED = ("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")


class Quickstart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        os.environ.setdefault("IPTRAF_BUILD_DIR", f"{folder}/build")  # one that is ready may be given
        config = lab.TOP / "tests/golden/golden.yml"  # the golden has no vendors
        cls.once = subprocess.run([QUICKSTART, "--once", str(CAPTURE), f"--config.file={config}"],
                                  capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)

    def test_once_builds_and_prints_one_exposition_and_nothing_else(self):
        self.assertEqual(self.once.returncode, 0, self.once.stderr[-3000:])
        golden = (lab.TOP / "tests/golden" / (CAPTURE.name + ".prom")).read_text()
        self.assertEqual("exit status 0\n" + self.once.stdout, golden)

    def run_script(self, *flags, prefix=()):
        return subprocess.run([*prefix, QUICKSTART, *flags], capture_output=True, text=True, check=False,
                              timeout=lab.PATIENCE_SECONDS)

    def start(self, *flags, prefix=(), address="127.0.0.1:0"):
        """The script in the foreground of a process group of its own, what it says that is ready, and all it says."""
        log = self.enterContext(tempfile.TemporaryFile("w+"))
        process = subprocess.Popen([*prefix, QUICKSTART, f"--web.listen-address={address}", *flags], text=True,
                                   stdout=subprocess.PIPE, stderr=log, start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(self.kill, process)
        patience = threading.Timer(lab.PATIENCE_SECONDS, self.kill, [process])
        patience.start()
        self.addCleanup(patience.cancel)
        lines = []
        for line in process.stdout:
            lines.append(line)
            ready = re.match(r"ready: (.+)", line)
            if ready:
                return process, ready[1], "".join(lines), log
        log.seek(0)
        raise AssertionError(f"ended without a URL: {lines}, {process.wait()}, {log.read()}")

    @staticmethod
    def kill(process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def stop(self, process):
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(lab.PATIENCE_SECONDS), 0)

    def check(self, process, url):
        with urllib.request.urlopen(url, timeout=lab.PATIENCE_SECONDS) as response:
            page = lab.Page(response.read().decode())
        self.assertTrue(page.samples)
        self.stop(process)

    @unittest.skipUnless(lab.can_make_namespaces(), "needs permission to capture")
    def test_it_captures_where_it_may(self):
        process, url, said, _log = self.start()
        self.assertIn("capturing on this machine's interfaces", said)
        self.check(process, url)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to give up a capability")
    def test_without_permission_it_replays_the_bundled_capture(self):
        process, url, said, _log = self.start(prefix=UNPRIVILEGED)
        self.assertIn("replaying a bundled capture", said)
        self.check(process, url)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to give up a capability")
    def test_without_permission_named_interfaces_are_not_replaced_by_a_capture(self):
        done = self.run_script("--capture.interface", "lo", "--web.listen-address=127.0.0.1:0", prefix=UNPRIVILEGED)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertIn("CAP_NET_RAW", done.stderr)

    @unittest.skipUnless(lab.can_make_namespaces(), "needs permission to capture")
    def test_named_interfaces_are_captured(self):
        process, url, said, _log = self.start("--capture.interface=lo")
        self.assertIn("capturing on the interfaces that --capture.interface names", said)
        self.check(process, url)

    def test_a_capture_file_is_not_called_an_interface(self):
        for prefix in ((), UNPRIVILEGED) if os.geteuid() == 0 else ((),):
            with self.subTest(prefix=prefix):
                process, url, said, _log = self.start(f"--capture.file={CAPTURE}", prefix=prefix)
                self.assertIn("reading the capture file that --capture.file names", said)
                self.assertNotIn("captur", said.replace("the capture file that --capture.file names", ""))
                self.check(process, url)

    def test_a_unix_socket_is_told_as_a_command(self):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="iptraf_test it's "))
        path = f"{folder}/web.sock"
        process, ready, _said, _log = self.start(f"--capture.file={CAPTURE}", address=f"unix:{path}")
        self.assertRegex(ready, r"^curl --unix-socket .* http://localhost/metrics$")
        done = subprocess.run(ready, shell=True, capture_output=True, text=True, check=True,
                              timeout=lab.PATIENCE_SECONDS)
        self.assertTrue(lab.Page(done.stdout).samples)
        self.stop(process)

    def test_every_listen_address_is_told(self):
        path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "web.sock"
        process, ready, _said, _log = self.start(f"--capture.file={CAPTURE}", f"--web.listen-address=unix:{path}",
                                                 "--web.telemetry-path=/m")
        self.assertRegex(ready, r"^http://127\.0\.0\.1:[0-9]+/m$")
        self.assertEqual(process.stdout.readline(), f"ready: curl --unix-socket {path} http://localhost/m\n")
        self.stop(process)

    def test_the_url_is_told_whatever_is_logged(self):
        for level in ("warn", "error"):
            for form in ("logfmt", "json"):
                with self.subTest(level=level, form=form):
                    process, url, _said, log = self.start(f"--capture.file={CAPTURE}", "--log.level", level,
                                                          f"--log.format={form}")
                    self.check(process, url)
                    log.seek(0)
                    self.assertNotIn("listening on", log.read())

    def test_what_is_asked_for_is_logged(self):
        for flag, words in (("--log.level=debug", "listening on"), ("--log.level=error", "No such file")):
            with self.subTest(flag=flag):
                done = self.run_script(flag, "--run-for=1ms", "--web.listen-address=127.0.0.1:0",
                                       f"--capture.file={CAPTURE if 'debug' in flag else '/nonexistent.pcap'}")
                self.assertIn(words, done.stderr)
        self.assertIn("expected debug, info, warn or error", self.run_script("--log.level=loud").stderr)

    def test_questions_are_answered_and_nothing_else(self):
        for flag, words in (("--help", "Usage: iptraf_exporter"), ("-h", "Usage:"), ("--version", "version"),
                            ("--config.check", "The configuration is valid")):
            with self.subTest(flag=flag):
                done = self.run_script(flag)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(words, done.stdout)
                self.assertNotIn("replaying a bundled", done.stdout)
                self.assertNotIn("capturing on", done.stdout)

    def test_once_takes_flags(self):
        for flags in (["--once", str(CAPTURE), "--format=json"], ["--once", f"--capture.file={CAPTURE}", "--format=json"],
                      ["--format=json", f"--capture.file={CAPTURE}", "--once"]):
            with self.subTest(flags=flags):
                done = self.run_script(*flags)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("interfaces", json.loads(done.stdout))

    def test_once_without_a_file_says_what_it_needs(self):
        done = self.run_script("--once")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--once FILE", done.stderr)


if __name__ == "__main__":
    unittest.main()
