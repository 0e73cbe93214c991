#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything at once for a while: traffic, reloads, scrapes, API calls, interfaces that come and go, databases and logs.
No counter goes back, no packet is lost, and neither memory nor descriptors nor threads grow.

IPTRAF_SOAK_SECONDS says for how long; 40 unless it is set, 3600 for a release.
"""
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import lab

SECONDS = float(os.environ.get("IPTRAF_SOAK_SECONDS", "40"))
PACKETS_PER_SECOND = 4000
CAPTURES = ("tcpreplay__test_test.pcap", "pcapplusplus__Packet++Test_PacketExamples_IcmpPackets.pcap",
            "tcpdump__various_gre.pcap", "pcapplusplus__ExamplesTest_pcap_examples_frag_http_req.pcap")
# A ring block, the tables' pages that are touched late, and what malloc keeps.
MAX_GROWTH_BYTES = 16 * 1024 * 1024
CONFIGURATIONS = ("collectors: {{service: {{additional_ports: [8080]}}}}",
                  "collectors: {{tcp: {{closed_persistence: 1s}}, ip_traffic: {{enabled: false}}}}",
                  "collectors: {{lan_station: {{idle: 1s}}, packet_size: {{enabled: false}}}}\n"
                  "filters: {{web: [{{protocol: [tcp], action: include}}]}}",
                  "this is no configuration: [")
REST = ("\nrrd: {{enabled: true, step: 1s, directory: {folder}/rrd}}\n"
        "iptraf_log: {{enabled: true, interval: 1s, packets: true, directory: {folder}/log}}\n")
API = ("/api/v1/connections?sort=bytes&limit=5", "/api/v1/packets", "/api/v1/interfaces", "/api/v1/stations", "/",
       "/metrics?collect[]=tcp", "/-/ready", "/api/v1/connections?state=none_such", "/no_such_page")
IS_COUNTER = ("_total", "_count", "_sum", "_bucket")


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
        self.last = {}

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
        page = self.exporter.page()
        for series, value in page.samples.items():
            if not series[0].endswith(IS_COUNTER) or series[0].startswith("process_"):
                continue
            if value < self.last.get(series, 0):
                raise AssertionError(f"{series} went from {self.last[series]} to {value}")
            self.last[series] = value

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
        self.network.ip("link add gone0 type veth peer name gone1" if number % 2 == 0 else "link del gone0")
        if number % 2 == 0:
            self.network.ip("link set gone0 up")

    def reopen_logs(self, number):
        logs = self.folder / "log"
        for log in logs.glob("*.log"):
            log.rename(logs / f"{log.name}.{number % 3}")
        self.exporter.process.send_signal(signal.SIGUSR1)

    def resources(self):
        """Resident bytes, open descriptors, threads."""
        page = self.exporter.page()
        return (page.sum("process_resident_memory_bytes"), page.sum("process_open_fds"), page.sum("process_threads"))

    def received_by_the_kernel(self):
        return int(self.network.run("cat", "/sys/class/net/in0/statistics/rx_packets").stdout)

    def test_nothing_is_lost_grows_or_goes_back(self):
        traffic = self.network.popen("tcpreplay", "--quiet", "--loop=0", f"--pps={PACKETS_PER_SECOND}", "--intf1=out0",
                                     *[str(lab.CAPTURES / name) for name in CAPTURES], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (traffic.kill(), traffic.wait()))
        threads = [self.while_it_lasts(*work) for work in (
            (self.scrape, 0.1), (self.ask, 0.05), (self.reload, 0.2), (self.change_interfaces, 0.5),
            (self.reopen_logs, 1.0))]
        time.sleep(SECONDS / 4)
        memory, _descriptors, running = self.resources()
        for thread in threads:
            thread.join()
        self.assertEqual(self.faults, [])
        self.assertGreater(len(self.last), 300, "counters were compared")
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
        memory_now, descriptors_now, running_now = self.resources()
        self.assertLess(memory_now - memory, MAX_GROWTH_BYTES)
        self.assertEqual(running_now, running)
        self.assertLess(descriptors_now, 64)


if __name__ == "__main__":
    unittest.main()
