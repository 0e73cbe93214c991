#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything at once for a while: traffic of every kind, reloads, collectors that are switched, scrapes, API calls,
interfaces that come and go, databases and logs. No counter goes back, no packet is lost, and neither memory nor
descriptors nor threads grow.

IPTRAF_SOAK_SECONDS says for how long: an hour before a release; unless it is set two minutes, with sanitizers 40 s.
"""
import contextlib
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
import unittest

import counters
import flood_frames
import lab
import mutants_test

SECONDS = float(os.environ.get("IPTRAF_SOAK_SECONDS", "40" if lab.SANITIZE else "120"))
PACKETS_PER_SECOND = 4000
MUTANTS, SYNS = 1500, 1500  # beside the packets of the bundled captures
ETHERNET, ETHERNET_HEADER_BYTES = 1, 14
INTERFACES = 8  # names that come and go
SAMPLE_SECONDS = 0.5
# Of the typical anonymous memory from the third quarter of the time to the last. In a short run tables of bounded size
# are still being touched for the first time.
MAX_GROWTH_BYTES = lab.memory_bound((8 if SECONDS < 600 else 2) * 1024 * 1024)
CONFIGURATIONS = ("collectors: {{service: {{additional_ports: [8080]}}}}",
                  "collectors: {{tcp: {{closed_persistence: 1s}}, ip_traffic: {{enabled: false}}}}",
                  "collectors: {{lan_station: {{idle: 1h}}, packet_size: {{enabled: false}}}}\n"
                  "filters: {{web: [{{protocol: [tcp], action: include}}]}}",
                  "collectors: {{tcp: {{enabled: false}}, lan_station: {{enabled: false}}}}",
                  "collectors: {{tcp: {{filter: web, max_connections: 500}}, service: {{enabled: false}}}}\n"
                  "filters: {{web: [{{protocol: [tcp], action: include}}]}}",
                  "this is no configuration: [")
REST = ("\nrrd: {{enabled: true, step: 1s, directory: {folder}/rrd}}\n"
        "iptraf_log: {{enabled: true, interval: 1s, packets: true, directory: {folder}/log}}\n")
API = ("/api/v1/connections?sort=bytes&limit=5", "/api/v1/packets", "/api/v1/interfaces", "/api/v1/stations", "/",
       "/metrics?collect[]=tcp", "/-/ready", "/api/v1/connections?state=none_such", "/no_such_page")


def mixed_traffic(path):
    """A capture of the Ethernet packets of all bundled captures, of some that were damaged behind the Ethernet header,
    and of SYNs that no two have the same source."""
    chance = random.Random(1)
    packets = [packet for packet in mutants_test.seeds()[ETHERNET] if len(packet) >= 60]
    mixed = [(packet, len(packet)) for packet in packets]
    for packet in chance.choices(packets, k=MUTANTS):
        damaged, _wire = mutants_test.mutate(packet[ETHERNET_HEADER_BYTES:], chance)
        frame = packet[:ETHERNET_HEADER_BYTES] + damaged + bytes(46)  # what is shorter, the kernel pads or refuses
        mixed.append((frame, len(frame)))
    for source in chance.sample(range(0x20000000, 0x60000000), SYNS):
        frame = flood_frames.segment((source, 1024 + source % 60_000), (flood_frames.FLOODED, 80), (source, 0), flood_frames.SYN)
        mixed.append((frame, len(frame)))
    chance.shuffle(mixed)
    return mutants_test.write(path, ETHERNET, mixed)


class Resources:
    """Anonymous bytes, descriptors and threads of a process, as they were again and again. Logs are left out: each
    interface that ever came has some."""

    def __init__(self, process, logs):
        self.process = process
        self.logs = str(logs)
        self.samples = []

    def take(self, _number):
        self.samples.append((1024 * lab.anonymous_kib(self.process.pid), self.descriptors(),
                             len(os.listdir(f"/proc/{self.process.pid}/task"))))

    def descriptors(self):
        folder = f"/proc/{self.process.pid}/fd"
        targets = []
        for name in os.listdir(folder):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                targets.append(os.readlink(f"{folder}/{name}"))
        return sum(not target.startswith(self.logs) for target in targets)

    def quarter(self, number):
        """The samples of a quarter of the time, from 0 on, as three columns."""
        length = len(self.samples) // 4
        return list(zip(*self.samples[number * length:(number + 1) * length], strict=True))


@unittest.skipUnless(lab.can_make_namespaces() and shutil.which("tcpreplay"), "needs root, namespaces and tcpreplay")
class Soak(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.folder.chmod(0o755)
        self.network = self.enterContext(lab.Namespace("soak"))
        for text in ("link add in0 type veth peer name out0", "link set in0 up", "link set out0 up"):
            self.network.ip(text)
        self.configuration = self.folder / "exporter.yml"
        self.configure(0)
        self.exporter = self.enterContext(self.network.exporter(f"--config.file={self.configuration}", "--user=nobody"))
        self.end = time.monotonic() + SECONDS
        self.faults = []
        self.counters = counters.Counters()
        self.resources = Resources(self.exporter.process, self.folder / "log")

    def configure(self, number):
        text = (CONFIGURATIONS[number % len(CONFIGURATIONS)] + REST).format(folder=self.folder)
        (self.folder / "new").write_text(text)
        (self.folder / "new").rename(self.configuration)

    def while_it_lasts(self, act, period_seconds):
        """Runs act(number) again and again on a thread; what goes wrong is kept for the end."""
        def run():
            for number in itertools.count():
                if time.monotonic() > self.end or self.faults:
                    return
                try:
                    act(number)
                except Exception as error:  # pylint: disable=broad-except # told by the test itself
                    self.faults.append(error)
                time.sleep(period_seconds)
        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def scrape(self, _number):
        """Compares every counter with what it was."""
        self.counters.follow(self.exporter.page())

    def ask(self, number):
        path = API[number % len(API)]
        status, body = self.exporter.get(path)
        if status not in (200, 400, 404) or (status == 200 and path.startswith("/api/") and
                                             json.loads(body)["status"] != "success"):
            raise AssertionError(f"{path}: {status} {body[:200]}")

    def reload(self, number):
        self.configure(number)
        self.exporter.process.send_signal(signal.SIGHUP)

    def change_interfaces(self, number):
        name = f"gone{number // 2 % INTERFACES}"
        if number % 2 == 0:
            self.network.ip(f"link add {name} type veth peer name {name}p")
            self.network.ip(f"link set {name} up")
        else:
            self.network.ip(f"link del {name}")

    def reopen_logs(self, number):
        logs = self.folder / "log"
        for log in logs.glob("*.log"):
            log.rename(logs / f"{log.name}.{number % 3}")
        self.exporter.process.send_signal(signal.SIGUSR1)

    def received_by_the_kernel(self):
        return int(self.network.run("cat", "/sys/class/net/in0/statistics/rx_packets").stdout)

    def test_nothing_is_lost_grows_or_goes_back(self):
        traffic = self.network.popen("tcpreplay", "--quiet", "--loop=0", f"--pps={PACKETS_PER_SECOND}", "--intf1=out0",
                                     str(mixed_traffic(self.folder / "mixed.pcap")), stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (traffic.kill(), traffic.wait()))
        threads = [self.while_it_lasts(*work) for work in (
            (self.scrape, 0.1), (self.ask, 0.05), (self.reload, 0.2), (self.change_interfaces, 0.5),
            (self.reopen_logs, 1.0), (self.resources.take, SAMPLE_SECONDS))]
        for thread in threads:
            thread.join()
        self.assertEqual(self.faults, [])
        self.assertGreater(len(self.counters.last), 300, "counters were compared")
        traffic.terminate()
        traffic.wait()

        self.configure(0)
        self.exporter.process.send_signal(signal.SIGHUP)
        page = self.exporter.page_when(
            lambda page: page.sum("iptraf_interface_receive_packets_total", device="in0") ==
            self.received_by_the_kernel(), "what the kernel has received is counted")
        self.assertGreater(page.sum("iptraf_interface_receive_packets_total", device="in0"),
                           SECONDS * PACKETS_PER_SECOND / 10)
        self.assertEqual(page.sum("iptraf_capture_dropped_packets_total"), 0)
        self.assertEqual(page.sum("iptraf_rrd_errors_total") + page.sum("iptraf_log_errors_total"), 0)
        self.expect_no_growth()

    def expect_no_growth(self):
        """From the third quarter of the time to the last."""
        early, late = self.resources.quarter(2), self.resources.quarter(3)
        self.assertLess(statistics.median(late[0]) - statistics.median(early[0]), MAX_GROWTH_BYTES)
        self.assertLessEqual(min(late[1]), min(early[1]) + 2, "descriptors, but for those of clients")
        self.assertEqual(set(late[2]), set(early[2]), "threads")


if __name__ == "__main__":
    unittest.main()
