# SPDX-License-Identifier: GPL-2.0-or-later
"""A running exporter that writes round-robin databases each second, for the tests of faults and of rrdcached."""
import os
import pathlib
import time

import lab
import rrd_lab

INTERFACE, SIZES, CONNECTIONS, SERVICES = (f"day/{name}.rrd" for name in
                                           ("interface", "packet_size", "tcp_connections", "tcp_services"))
STATIONS = [f"day/lan_stations/02-00-00-00-00-0{last}.rrd" for last in "ab"]
FILES = {INTERFACE, SIZES, CONNECTIONS, SERVICES, *STATIONS}
# What the owner's permissions forbid is forbidden to root too.
BOUND_BY_PERMISSIONS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search",
                        "--inh-caps=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


class DaemonTest(rrd_lab.RrdTest):
    """Ten packets of 100 bytes a second from a capture that is read again and again."""

    def setUp(self):
        super().setUp()
        self.traffic = self.pcap([(n * 10**8, rrd_lab.datagram(58)) for n in range(10)], "traffic")

    def flags(self, rrd="", more=""):
        keys = f"step: 1s, services: [tcp/22], {rrd if 'archives' in rrd else 'archives: [1x600], ' + rrd}"
        return (self.config(keys.rstrip(", "), more), f"--capture.file={self.traffic}", "--capture.replay=realtime",
                "--capture.device-label=day")

    def start(self, rrd="", more="", prefix=(), loop=True):
        flags = self.flags(rrd, more) + (("--capture.loop",) if loop else ())
        return self.enterContext(lab.Exporter(*flags, prefix=prefix))

    def errors_go_on(self, exporter):
        """Returns when errors have been counted at two more steps."""
        for _ in range(2):
            before = rrd_lab.errors(exporter.page())
            exporter.page_when(lambda page: rrd_lab.errors(page) > before, "errors are counted")
            time.sleep(0.3)  # the rest of the same step; nothing is judged by it

    def written(self, *names):
        """Waits until these files are written again."""
        paths = [self.rrd / name for name in names]
        before = [last_or_0(path) for path in paths]
        for path, last in zip(paths, before, strict=True):
            lab.wait_until(lambda path=path, last=last: last_or_0(path) > last, f"{path} is written")

    def told_once(self, exporter, *words):
        """One line has all these words; it may still be on its way."""
        lab.wait_until(lambda: rrd_lab.count(exporter.log(), words), f"the log says {words}")
        self.assertEqual(rrd_lab.count(exporter.log(), words), 1, exporter.log())

    def ends(self, exporter):
        log = exporter.log()
        self.assertEqual(exporter.stop(), 0, log)

    def databases(self):
        return set(rrd_lab.files(self.rrd))


def last_or_0(path):
    return rrd_lab.last(path) if path.is_file() and rrd_lab.is_database(path) else 0


def truncate(path, size):
    with open(path, "r+b") as file:
        file.truncate(size)


def write_garbage(path):
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(path).write_bytes(bytes(range(256)) * 64)
