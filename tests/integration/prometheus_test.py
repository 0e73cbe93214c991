#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Prometheus scrapes the exporter, and PromQL gives the numbers that the capture holds."""
import json
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request

import lab

CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@unittest.skipUnless(shutil.which("prometheus"), "needs prometheus")
class RealPrometheus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.exporter = cls.enterClassContext(lab.Exporter(f"--capture.file={CAPTURE}",
                                                          "--web.listen-address=127.0.0.1:0"))
        target = lab.wait_until(lambda: re.search(r"listening on (127\.0\.0\.1:\d+)", cls.exporter.log()), "it listens")
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        with open(f"{folder}/prometheus.yml", "w", encoding="utf-8") as file:
            file.write("global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: iptraf\n  static_configs:\n"
                       f"  - targets: ['{target[1]}']\n")
        cls.port = free_port()
        cls.prometheus = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{cls.port}", "--log.level=error"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.prometheus.wait)
        cls.addClassCleanup(cls.prometheus.terminate)

    def query(self, expression):
        """{labels as text: value} of an instant query."""
        url = f"http://127.0.0.1:{self.port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(url, timeout=lab.PATIENCE_SECONDS) as answer:
            rows = json.load(answer)["data"]["result"]
        return {json.dumps(row["metric"], sort_keys=True): float(row["value"][1]) for row in rows}

    def query_until(self, expression, wanted):
        def attempt():
            try:
                return self.query(expression) == wanted
            except OSError:
                return False
        lab.wait_until(attempt, f"{expression} is {wanted}")

    def test_promql_gives_the_numbers_of_the_capture(self):
        self.query_until('up{job="iptraf"} * on() group_left() vector(1)',
                         {json.dumps({"instance": self.target(), "job": "iptraf"}, sort_keys=True): 1.0})
        device = f'device="{CAPTURE.name}"'
        for expression, value in (
                (f"sum(iptraf_interface_receive_packets_total{{{device}}})", 179),
                (f'sum(iptraf_interface_receive_ip_bytes_total{{{device},network="ipv6"}})', 1492),
                (f'sum(iptraf_service_out_bytes_total{{{device},protocol="tcp",port="80"}})', 52154),
                (f"sum(iptraf_packet_size_receive_bytes_count{{{device}}})", 179),
                ("count(iptraf_exporter_build_info)", 1)):
            with self.subTest(expression=expression):
                self.query_until(expression, {"{}": float(value)})

    def test_a_name_joins_its_service(self):
        self.query_until('sum by (name) (iptraf_service_in_packets_total * on (protocol, port) group_left (name) '
                         'iptraf_service_info{port="80"})', {json.dumps({"name": "http"}): 51.0})

    def target(self):
        return re.search(r"listening on (127\.0\.0\.1:\d+)", self.exporter.log())[1]


if __name__ == "__main__":
    unittest.main()
