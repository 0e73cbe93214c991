#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real Prometheus scrapes the exporter, and PromQL gives the numbers that the capture holds."""
import unittest

import lab
import prometheus_server

CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"


@unittest.skipUnless(prometheus_server.is_installed(), "needs prometheus")
class RealPrometheus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.exporter = cls.enterClassContext(lab.Exporter(f"--capture.file={CAPTURE}",
                                                          "--web.listen-address=127.0.0.1:0"))
        cls.target = f"127.0.0.1:{cls.exporter.tcp_port()}"
        cls.prometheus = cls.enterClassContext(
            prometheus_server.PrometheusServer(prometheus_server.scrape_config(cls.target)))

    def query_until(self, expression, wanted):
        self.prometheus.rows_until(expression, lambda rows: rows == wanted, f"{expression} is {wanted}")

    def test_promql_gives_the_numbers_of_the_capture(self):
        self.query_until('up{job="iptraf"} * on() group_left() vector(1)',
                         [({"instance": self.target, "job": "iptraf"}, 1.0)])
        device = f'device="{CAPTURE.name}"'
        for expression, value in (
                (f"sum(iptraf_interface_receive_packets_total{{{device}}})", 179),
                (f'sum(iptraf_interface_receive_ip_bytes_total{{{device},network="ipv6"}})', 1492),
                (f'sum(iptraf_service_out_bytes_total{{{device},protocol="tcp",port="80"}})', 52154),
                (f"sum(iptraf_packet_size_receive_bytes_count{{{device}}})", 179),
                ("count(iptraf_exporter_build_info)", 1)):
            with self.subTest(expression=expression):
                self.query_until(expression, [({}, float(value))])

    def test_a_name_joins_its_service(self):
        self.query_until('sum by (name) (iptraf_service_in_packets_total * on (protocol, port) group_left (name) '
                         'iptraf_service_info{port="80"})', [({"name": "http"}, 51.0)])


if __name__ == "__main__":
    unittest.main()
