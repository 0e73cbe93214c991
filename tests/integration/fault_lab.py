# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of faults stand on: limits of a running process, a veth pair with exact counts."""
import os
import pathlib
import resource
import tempfile
import unittest

import lab

CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"
CAPTURED = 179
DATAGRAM = lab.ethernet(lab.ipv4_udp(9, 53, 72))
SEND = """
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
frame = bytes.fromhex(sys.argv[2])
for _ in range(int(sys.argv[3])):
    s.send(frame)
"""
WORDS_OF_DEATH = ("terminate called", "bad_alloc", "Segmentation", "Sanitizer")


def descriptors(process):
    return sorted(int(name) for name in os.listdir(f"/proc/{process.pid}/fd"))


class Limit:
    """A soft limit of another process, as long as the context."""

    def __init__(self, process, kind, value):
        self.pid, self.kind, self.value = process.pid, kind, value
        self.before = resource.prlimit(self.pid, kind)

    def __enter__(self):
        resource.prlimit(self.pid, self.kind, (self.value, self.before[1]))

    def __exit__(self, *_error):
        resource.prlimit(self.pid, self.kind, self.before)


class FaultTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.configuration = self.folder / "exporter.yml"

    def configure(self, text):
        self.configuration.write_text(text, encoding="utf-8")
        return f"--config.file={self.configuration}"

    def reading(self, *flags, prefix=()):
        """An exporter that has read the capture."""
        exporter = self.enterContext(lab.Exporter(f"--capture.file={CAPTURE}", *flags, prefix=prefix))
        exporter.page_when(lambda page: page.sum("iptraf_capture_packets_total") == CAPTURED, "the capture is read")
        return exporter

    def starts_or_says(self, limit, words):
        """A start under a limit: it works, or ends with one of the words. Gives the exit status."""
        done = lab.run("prlimit", limit, lab.EXPORTER, *self.start_flags(), "--run-for=20ms", check=False, text=True)
        for word in WORDS_OF_DEATH:
            self.assertNotIn(word, done.stderr, limit)
        if done.returncode == 127:
            self.assertIn("error while loading shared libraries", done.stderr, limit)
        elif done.returncode != 0:
            self.assertIn(done.returncode, (1, 2), limit)
            self.assertTrue(any(word in done.stderr for word in words), f"{limit}: {done.stderr}")
        return done.returncode

    def start_flags(self):
        return ["--web.listen-address=127.0.0.1:0", f"--capture.file={CAPTURE}", *lab.stays_root(())]


@unittest.skipUnless(lab.can_make_namespaces(), "needs root and network namespaces")
class LiveFault(FaultTest):
    def setUp(self):
        super().setUp()
        self.network = self.enterContext(lab.Namespace("f"))
        for text in ("link add va address 02:00:00:00:00:0a type veth peer name vb address 02:00:00:00:00:0b",
                     "link set va up", "link set vb up"):
            self.network.ip(text)

    def live(self, *flags, prefix=()):
        return self.enterContext(
            lab.Exporter(*flags, prefix=("ip", "netns", "exec", self.network.name, *prefix)))

    def send(self, count, frame=DATAGRAM):
        self.network.python(SEND, "va", frame.hex(), str(count))

    def received_by_the_kernel(self):
        return int(self.network.run("cat", "/sys/class/net/vb/statistics/rx_packets").stdout)

    def page_with(self, exporter, packets, device="vb"):
        page = exporter.page_when(
            lambda page: page.sum("iptraf_interface_receive_packets_total", device=device) >= packets,
            f"{packets} packets are counted")
        self.assertEqual(page.sum("iptraf_interface_receive_packets_total", device=device), packets)
        return page
