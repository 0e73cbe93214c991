#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The README's first command, from a build folder that does not exist yet to a scrape."""
import os
import re
import signal
import subprocess
import tempfile
import unittest
import urllib.request

import lab

QUICKSTART = str(lab.TOP / "deploy" / "quickstart.sh")
CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"
BUILD_SECONDS = 1200


class Quickstart(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        os.environ["IPTRAF_BUILD_DIR"] = f"{cls.folder}/build"
        cls.once = subprocess.run([QUICKSTART, "--once", str(CAPTURE)], capture_output=True, text=True,
                                  timeout=BUILD_SECONDS, check=False)

    def test_once_builds_and_prints_one_exposition_and_nothing_else(self):
        self.assertEqual(self.once.returncode, 0, self.once.stderr[-3000:])
        golden = (lab.TOP / "tests/golden" / (CAPTURE.name + ".prom")).read_text()
        self.assertEqual("exit status 0\n" + self.once.stdout, golden)

    def start(self, *prefix):
        """The script in the foreground of a process group of its own, and the URL that it prints."""
        process = subprocess.Popen([*prefix, QUICKSTART, "--web.listen-address=127.0.0.1:0"], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(process.stdout.close)
        lines = []
        for line in process.stdout:
            lines.append(line)
            ready = re.match(r"ready: (http://\S+)", line)
            if ready:
                return process, ready[1], "".join(lines)
        raise AssertionError(f"ended without a URL: {lines}, {process.wait()}")

    def check(self, process, url):
        with urllib.request.urlopen(url, timeout=lab.PATIENCE_SECONDS) as response:
            page = lab.Page(response.read().decode())
        self.assertTrue(page.samples)
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(process.wait(lab.PATIENCE_SECONDS), 0)

    @unittest.skipUnless(lab.can_make_namespaces(), "needs permission to capture")
    def test_it_captures_where_it_may(self):
        process, url, said = self.start()
        self.assertIn("capturing on this machine's interfaces", said)
        self.check(process, url)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to give up a capability")
    def test_without_permission_it_replays_the_bundled_capture(self):
        process, url, said = self.start("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw")
        self.assertIn("replaying a bundled capture", said)
        self.check(process, url)


if __name__ == "__main__":
    unittest.main()
