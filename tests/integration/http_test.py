#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTTP side of the running program: pages, choices, limits, hostile clients."""
import concurrent.futures
import gzip
import http.client
import re
import socket
import subprocess
import tempfile
import unittest
import urllib.request

import lab

CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.exporter = cls.enterClassContext(lab.Exporter(f"--capture.file={CAPTURE}"))
        cls.exporter.page_when(lambda p: p.sum("iptraf_capture_packets_total") == 179, "the capture is read")

    def names(self, path):
        status, text = self.exporter.get(path)
        self.assertEqual(status, 200, text)
        return {name for name, _labels in lab.Page(text).samples}

    def test_the_page_says_what_format_it_is(self):
        _status, headers, _body = self.exporter.request("GET", "/metrics")
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")

    def test_the_page_has_the_families_that_once_prints_in_their_order(self):
        def families(text):
            return [line for line in text.splitlines() if line.startswith("# ")]
        _status, once, _log = lab.exporter_once(CAPTURE)
        served = families(self.exporter.get("/metrics")[1])
        self.assertEqual(served[:len(families(once))], families(once))  # behind them, what a daemon tells of itself

    def test_gzip_when_asked(self):
        plain = self.exporter.request("GET", "/metrics")[2]
        status, headers, body = self.exporter.request("GET", "/metrics", {"Accept-Encoding": "gzip"})
        self.assertEqual((status, headers["Content-Encoding"]), (200, "gzip"))
        self.assertLess(len(body), len(plain) / 4)
        packets = [lab.Page(text.decode()).sum("iptraf_interface_receive_packets_total")
                   for text in (plain, gzip.decompress(body))]
        self.assertEqual(packets, [179, 179])

    def test_head_has_the_length_and_no_body(self):
        status, headers, body = self.exporter.request("HEAD", "/")
        self.assertEqual((status, body), (200, b""))
        self.assertEqual(int(headers["Content-Length"]), len(self.exporter.request("GET", "/")[2]))

    def test_collect_and_exclude_choose_collectors(self):
        own = {"iptraf_capture_packets_total", "process_cpu_seconds_total"}
        collected = self.names("/metrics?collect%5B%5D=service&collect[]=packet_size")
        self.assertTrue(own <= collected)
        self.assertIn("iptraf_service_in_packets_total", collected)
        self.assertIn("iptraf_packet_size_receive_bytes_bucket", collected)
        self.assertNotIn("iptraf_interface_up", collected)
        excluded = self.names("/metrics?exclude[]=service&exclude[]=packet_size")
        self.assertIn("iptraf_interface_up", excluded)
        self.assertNotIn("iptraf_service_in_packets_total", excluded)

    def test_both_together_or_an_unknown_name_are_400(self):
        for query, word in (("collect[]=service&exclude[]=interface", "cannot be combined"),
                            ("collect[]=servcie", "servcie"), ("exclude[]=", "unknown")):
            status, text = self.exporter.get("/metrics?" + query)
            self.assertEqual(status, 400)
            self.assertIn(word, text)

    def test_health_landing_page_and_the_rest(self):
        for path, status in (("/-/healthy", 200), ("/-/ready", 200), ("/", 200), ("/metrics/", 404), ("/x", 404),
                             ("/../etc/passwd", 404), ("/%2e%2e/metrics", 404)):
            self.assertEqual(self.exporter.get(path)[0], status, path)
        landing = self.exporter.get("/")[1]
        for path in re.findall(r'href="([^"]+)"', landing):
            self.assertEqual(self.exporter.get(path)[0], 200, path)
        status, headers, _body = self.exporter.request("POST", "/metrics")
        self.assertEqual((status, sorted(headers["Allow"].split(", "))), (405, ["GET", "HEAD"]))

    def test_thousands_of_query_arguments_are_answered(self):
        self.assertEqual(self.exporter.get("/metrics?" + "&".join(["a"] * 4000))[0], 200)

    def test_promtool_accepts_the_whole_page(self):
        text = self.exporter.request("GET", "/metrics")[2]
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False,
                              timeout=lab.PATIENCE_SECONDS)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_scrapes_at_the_same_time_agree(self):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            pages = list(pool.map(lambda _n: self.exporter.page(), range(200)))
        for page in pages:
            self.assertEqual(page.sum("iptraf_interface_receive_packets_total"), 179)
            self.assertEqual(page.sum("iptraf_scrape_collector_success"), 6)


class Listening(unittest.TestCase):
    def address_of(self, exporter, pattern):
        return lab.wait_until(lambda: re.search(r"listening on (" + pattern + ")", exporter.log()), "it listens")[1]

    def test_port_0_is_told_and_ipv4_ipv6_and_unix_sockets_answer(self):
        flags = ["--web.listen-address=127.0.0.1:0"]
        with socket.socket(socket.AF_INET6) as probe:
            try:
                probe.bind(("::1", 0))
                flags.append("--web.listen-address=[::1]:0")
            except OSError:
                pass
        with lab.Exporter(f"--capture.file={CAPTURE}", *flags) as exporter:
            self.assertEqual(exporter.get("/-/ready")[0], 200)
            for flag in flags:
                host = re.escape(flag.split("=")[1].rsplit(":", 1)[0])
                address = self.address_of(exporter, host + r":\d+")
                with urllib.request.urlopen(f"http://{address}/-/ready", timeout=lab.PATIENCE_SECONDS) as answer:
                    self.assertEqual(answer.status, 200)

    def test_the_telemetry_path_moves(self):
        with lab.Exporter(f"--capture.file={CAPTURE}", "--web.telemetry-path=/probe") as exporter:
            self.assertEqual(exporter.get("/probe")[0], 200)
            self.assertEqual(exporter.get("/metrics")[0], 404)


class Hostile(unittest.TestCase):
    """300 connections where 64 may be: whoever asks properly is answered."""

    def setUp(self):
        self.exporter = self.enterContext(lab.Exporter(f"--capture.file={CAPTURE}",
                                                       "--web.listen-address=127.0.0.1:0"))
        self.port = self.exporter.tcp_port()

    def connect(self, data):
        client = socket.create_connection(("127.0.0.1", self.port), timeout=lab.PATIENCE_SECONDS)
        self.addCleanup(client.close)
        client.sendall(data)
        return client

    def scrape(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=lab.PATIENCE_SECONDS)
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        page = lab.Page(answer.read().decode())
        connection.close()
        return page

    def test_half_requests_do_not_lock_out_a_scrape(self):
        clients = [self.connect(b"GET /metr") for _ in range(300)]
        for _ in range(5):
            self.assertEqual(self.scrape().sum("iptraf_interface_receive_packets_total"), 179)
        self.assertEqual(len(clients), 300)

    def test_silent_connections_do_not_lock_out_a_scrape(self):
        for _ in range(300):
            self.connect(b"")
        self.scrape()

    def test_clients_that_do_not_read_do_not_lock_out_a_scrape(self):
        for _ in range(300):
            self.connect(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        self.scrape()

    def test_too_long_heads_and_bodies_have_their_status(self):
        requests = ((b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
                    (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Y: " + b"z" * 30000 + b"\r\n\r\n", b"431"))
        for request, status in requests:
            answer = self.connect(request).recv(4096)
            self.assertEqual(answer.split(b" ")[1], status)


class SeriesCeiling(unittest.TestCase):
    def test_ports_over_the_limit_count_as_other_and_nothing_is_lost(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write("collectors: {service: {max_ports: 2}}\n")
            file.flush()
            _status, text, _log = lab.exporter_once(CAPTURE, f"--config.file={file.name}")
        page, whole = lab.Page(text), lab.Page(lab.exporter_once(CAPTURE)[1])
        for family in ("in_packets", "in_bytes", "out_packets", "out_bytes"):
            name = f"iptraf_service_{family}_total"
            self.assertEqual(page.sum(name), whole.sum(name), name)
        ports = {dict(labels)["port"] for name, labels in page.samples if name == "iptraf_service_in_packets_total"}
        self.assertEqual(len(ports - {"other"}), 2)
        self.assertEqual(page.sum("iptraf_table_evictions_total", table="service", reason="full"), 1)


if __name__ == "__main__":
    unittest.main()
