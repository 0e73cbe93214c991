#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The JSON API of the running program: rows, queries, who may ask, reload, and answers that are read slowly."""
import concurrent.futures
import gzip
import http.client
import json
import pathlib
import signal
import socket
import struct
import tempfile
import unittest

import lab

CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"


class Api(unittest.TestCase):
    """Over the unix socket, which is always let in."""

    @classmethod
    def setUpClass(cls):
        cls.exporter = cls.enterClassContext(lab.Exporter(f"--capture.file={CAPTURE}", "--no-collector.packet_size"))
        cls.exporter.page_when(lambda p: p.sum("iptraf_capture_packets_total") == 179, "the capture is read")

    def ask(self, path, status=200):
        got, headers, body = self.exporter.request("GET", "/api/v1/" + path)
        self.assertEqual((got, headers["Content-Type"]), (status, "application/json"), body)
        answer = json.loads(body)
        self.assertEqual(answer["status"], "success" if status == 200 else "error")
        return answer["data"] if status == 200 else answer["error"]

    def test_every_facility_gives_the_rows_that_once_prints(self):
        document = json.loads(lab.exporter_once(CAPTURE, "--format=json", "--no-collector.packet_size")[1])
        self.assertEqual(list(document), ["interfaces", "services", "stations", "connections", "packets"])
        for key, rows in document.items():
            self.assertTrue(rows, key)
            self.assertEqual(self.ask(key), rows, key)

    def test_a_device_and_a_limit_choose_rows(self):
        services = self.ask("services")
        self.assertEqual(self.ask("services?limit=2"), services[:2])
        self.assertEqual(self.ask("services?limit=1000000&device=tcpreplay__test_test.pcap"), services)

    def test_a_facility_has_parameters_of_its_own(self):
        tcp = [row for row in self.ask("services") if row["protocol"] == "tcp"]
        self.assertEqual(self.ask("services?protocol=tcp"), tcp)
        by_bytes = [sum(row[side]["bytes"] for side in "ab") for row in self.ask("connections?sort=bytes")]
        self.assertEqual(by_bytes, sorted(by_bytes, reverse=True))
        self.assertEqual({row["state"] for row in self.ask("connections?state=closed")}, {"closed"})

    def test_what_a_page_does_not_take_is_400_and_says_what_it_takes(self):
        for query, words in (("interfaces?device=eth9", ["device", "eth9", "tcpreplay__test_test.pcap"]),
                             ("interfaces?device=", ["device", '""', "tcpreplay__test_test.pcap"]),
                             ("connections?limit=0", ["limit", '"0"', "1 to 1000000"]),
                             ("connections?limit=1000001", ["limit", "1000001", "1 to 1000000"]),
                             ("connections?limit=ten", ["limit", "ten", "1 to 1000000"]),
                             ("connections?sort=size", ["sort", "size", "bytes, packets, recent"]),
                             ("connections?sort=bytes&sort=bytes", ["sort", "twice"]),
                             ("packets?sort=bytes", ["unknown", "sort", "device, limit, protocol"]),
                             ("stations?%ff=%00", ["unknown", r"\xff", r"\x00", "device, limit"])):
            error = self.ask(query, 400)
            for word in words:
                self.assertIn(word, error, query)

    def test_a_disabled_facility_and_an_unknown_one_are_404(self):
        self.assertEqual(self.ask("packet_sizes", 404), "The collector packet_size is disabled.")
        self.assertIn("nothing at this path", self.ask("connection", 404))

    def test_head_and_other_methods(self):
        status, headers, body = self.exporter.request("HEAD", "/api/v1/interfaces")
        self.assertEqual((status, body, headers["Content-Type"]), (200, b"", "application/json"))
        status, headers, body = self.exporter.request("DELETE", "/api/v1/interfaces")
        self.assertEqual((status, headers["Allow"], json.loads(body)["status"]), (405, "GET, HEAD", "error"))

    def test_the_landing_page_lists_the_api_and_reload(self):
        landing = self.exporter.get("/")[1]
        for key in ("interfaces", "packet_sizes", "services", "stations", "connections", "packets"):
            self.assertIn(f'href="/api/v1/{key}"', landing)
        self.assertIn('<form method="post" action="/-/reload">', landing)

    def test_answers_are_not_kept_by_caches(self):
        self.assertEqual(self.exporter.request("GET", "/api/v1/services")[1]["Cache-Control"], "no-store")

    def test_a_unix_socket_is_let_in_under_any_name_but_not_for_a_foreign_page(self):
        self.assertEqual(self.exporter.request("GET", "/api/v1/services", {"Host": "any.example"})[0], 200)
        headers = {"Host": "any.example", "Origin": "http://evil.example"}
        self.assertEqual(self.exporter.request("GET", "/api/v1/services", headers)[0], 403)


class Privacy(unittest.TestCase):
    """Over loopback, where browsers are."""

    @classmethod
    def setUpClass(cls):
        cls.exporter = cls.enterClassContext(lab.Exporter(f"--capture.file={CAPTURE}",
                                                          "--web.listen-address=127.0.0.1:0"))
        cls.port = cls.exporter.tcp_port()

    def status(self, method, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=lab.PATIENCE_SECONDS)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def test_ip_addresses_and_localhost_are_let_in(self):
        for host in ("127.0.0.1", f"127.0.0.1:{self.port}", "localhost", f"localhost:{self.port}", "[::1]:80"):
            self.assertEqual(self.status("GET", "/api/v1/services", Host=host)[0], 200, host)

    def test_a_name_that_may_be_anyones_is_not(self):
        for method, path in (("GET", "/api/v1/services"), ("POST", "/-/reload")):
            status, text = self.status(method, path, Host=f"rebind.example:{self.port}")
            self.assertEqual(status, 403)
            self.assertIn("rebind.example", text)
            self.assertIn("web.open_api: true", text)
        self.assertEqual(self.status("GET", "/metrics", Host="rebind.example")[0], 200)

    def test_a_foreign_page_is_not(self):
        own = f"http://127.0.0.1:{self.port}"
        for method, path in (("GET", "/api/v1/services"), ("POST", "/-/reload")):
            self.assertEqual(self.status(method, path, Origin=own)[0], 200)
            for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
                status, text = self.status(method, path, Origin=origin)
                self.assertEqual(status, 403)
                self.assertIn(origin, text)


ASK = """
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]), timeout=60)
connection.request(sys.argv[3], sys.argv[4])
answer = connection.getresponse()
print(answer.status, answer.read().decode())
"""


@unittest.skipUnless(lab.can_make_namespaces(), "network namespaces cannot be made here")
class OtherMachines(unittest.TestCase):
    """A client with an address that is not loopback's."""

    def setUp(self):
        self.namespace = self.enterContext(lab.Namespace("http"))
        self.namespace.ip("link set lo up")
        self.namespace.ip("address add 10.77.0.1/32 dev lo")
        self.config = self.enterContext(tempfile.NamedTemporaryFile("w", suffix=".yml"))
        self.configure("web: {open_api: false}\n")
        self.exporter = self.enterContext(self.namespace.exporter(
            f"--capture.file={CAPTURE}", "--web.listen-address=0.0.0.0:0", f"--config.file={self.config.name}"))
        self.port = self.exporter.tcp_port()

    def configure(self, text):
        pathlib.Path(self.config.name).write_text(text)

    def ask(self, host, method, path):
        out = self.namespace.python(ASK, host, str(self.port), method, path).stdout.decode()
        return int(out.split(" ", 1)[0]), out.split(" ", 1)[1]

    def test_they_get_metrics_but_nothing_private_until_the_api_is_opened(self):
        for path in ("/metrics", "/", "/-/healthy", "/-/ready"):
            self.assertEqual(self.ask("10.77.0.1", "GET", path)[0], 200, path)
        for method, path in (("GET", "/api/v1/connections"), ("POST", "/-/reload")):
            status, text = self.ask("10.77.0.1", method, path)
            self.assertEqual(status, 403)
            self.assertIn("web.open_api: true", text)
            self.assertIn("127.0.0.1", text)
            self.assertEqual(self.ask("127.0.0.1", method, path)[0], 200)
        self.configure("web: {open_api: true}\n")
        self.assertEqual(self.exporter.request("POST", "/-/reload")[0], 200)
        self.assertEqual(self.ask("10.77.0.1", "GET", "/api/v1/interfaces")[0], 200)
        self.configure("web: {open_api: false}\n")
        self.assertEqual(self.ask("10.77.0.1", "POST", "/-/reload")[0], 200)
        self.assertEqual(self.ask("10.77.0.1", "GET", "/api/v1/interfaces")[0], 403)


class Reload(unittest.TestCase):
    def setUp(self):
        self.config = self.enterContext(tempfile.NamedTemporaryFile("w", suffix=".yml"))
        self.exporter = self.enterContext(lab.Exporter(f"--capture.file={CAPTURE}",
                                                       f"--config.file={self.config.name}"))
        self.exporter.page_when(lambda p: p.sum("iptraf_capture_packets_total") == 179, "the capture is read")

    def reload(self, text):
        pathlib.Path(self.config.name).write_text(text)
        status, _headers, body = self.exporter.request("POST", "/-/reload")
        return status, body.decode()

    def test_a_good_file_takes_effect_and_no_counter_goes_back(self):
        self.assertEqual(self.reload("collectors: {service: {enabled: false}}\n"),
                         (200, "The configuration was reloaded.\n"))
        page = self.exporter.page()
        self.assertEqual(page.sum("iptraf_interface_receive_packets_total"), 179)
        self.assertEqual(page.sum("iptraf_service_in_packets_total"), 0)
        self.assertEqual(page.sum("iptraf_config_last_reload_successful"), 1)
        self.assertEqual(self.exporter.get("/api/v1/services")[0], 404)

    def test_sighup_is_seen_by_the_next_answer(self):
        self.assertEqual(self.exporter.get("/api/v1/connections")[0], 200)
        pathlib.Path(self.config.name).write_text("collectors: {tcp: {enabled: false}}\n")
        self.exporter.process.send_signal(signal.SIGHUP)
        lab.wait_until(lambda: "the configuration was reloaded" in self.exporter.log(), "the reload is over")
        self.assertEqual(self.exporter.get("/api/v1/connections")[0], 404)

    def test_a_bad_file_changes_nothing_and_every_reason_is_told(self):
        status, text = self.reload("collectors:\n  service: {enabled: false, max_prots: 7}\n  tpc: {}\n")
        self.assertEqual(status, 400)
        for word in ("max_prots", "max_ports", "tpc", ":2:", ":3:", "old configuration stays"):
            self.assertIn(word, text)
        page = self.exporter.page()
        self.assertGreater(page.sum("iptraf_service_in_packets_total"), 0)
        self.assertEqual(page.sum("iptraf_config_last_reload_successful"), 0)
        self.assertEqual(self.reload("")[0], 200)
        self.assertEqual(self.exporter.page().sum("iptraf_config_last_reload_successful"), 1)

    def test_a_key_that_needs_a_restart_is_named(self):
        status, text = self.reload("capture: {threads: 2}\nweb: {timeout: 5s, max_connections: 9}\n")
        self.assertEqual(status, 400)
        for key in ("capture.threads", "web.timeout", "web.max_connections"):
            self.assertIn(f"{key} cannot be changed without a restart", text)

    def test_it_answers_post_alone(self):
        status, headers, _body = self.exporter.request("GET", "/-/reload")
        self.assertEqual((status, headers["Allow"]), (405, "POST"))

    def test_scrapes_during_reloads_are_whole(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            pages = [pool.submit(self.exporter.page) for _ in range(40)]
            for enabled in ("true", "false") * 5:
                self.assertEqual(self.reload(f"collectors: {{service: {{enabled: {enabled}}}}}\n")[0], 200)
            for page in pages:
                self.assertEqual(page.result().sum("iptraf_interface_receive_packets_total"), 179)


def capture_of(connections):
    """A capture file with a SYN of so many TCP connections, as bytes."""
    records = []
    for number in range(connections):
        source = socket.inet_aton(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        ip = b"\x45\0\0\x28\0\0\0\0\x40\x06\0\0" + source + socket.inet_aton("192.0.2.1")
        ip = ip[:10] + lab.checksum(ip) + ip[12:]
        frame = lab.ethernet(ip + struct.pack(">HHIIBBHHH", 40000, 443, 1, 0, 0x50, 0x02, 1024, 0, 0))
        records.append(struct.pack("<IIII", 1_700_000_000, number, len(frame), len(frame)) + frame)
    return struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) + b"".join(records)


class Streaming(unittest.TestCase):
    CONNECTIONS = 5000 if lab.SANITIZE else 20000

    @classmethod
    def setUpClass(cls):
        file = cls.enterClassContext(tempfile.NamedTemporaryFile(suffix=".pcap"))
        file.write(capture_of(cls.CONNECTIONS))
        file.flush()
        cls.exporter = cls.enterClassContext(lab.Exporter(f"--capture.file={file.name}",
                                                          "--web.listen-address=127.0.0.1:0"))
        cls.exporter.page_when(lambda p: p.sum("iptraf_capture_packets_total") == cls.CONNECTIONS, "the file is read")
        cls.port = cls.exporter.tcp_port()

    def slow_reader(self):
        """A client that has read the beginning of the answer and no more."""
        client = socket.socket()
        self.addCleanup(client.close)
        client.settimeout(lab.PATIENCE_SECONDS)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", self.port))
        client.sendall(b"GET /api/v1/connections HTTP/1.0\r\n\r\n")
        return client, client.recv(100)

    def test_a_large_answer_is_whole_however_it_is_asked_for(self):
        for headers in ({}, {"Accept-Encoding": "gzip"}):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=lab.PATIENCE_SECONDS)
            connection.request("GET", "/api/v1/connections", headers=headers)
            answer = connection.getresponse()
            self.assertEqual(answer.getheader("Transfer-Encoding"), "chunked")
            body = answer.read()
            connection.close()
            rows = json.loads(gzip.decompress(body) if headers else body)["data"]
            self.assertEqual(len({row["a"]["address"] for row in rows}), self.CONNECTIONS)

    def test_head_of_a_large_answer(self):
        status, _headers, body = self.exporter.request("HEAD", "/api/v1/connections")
        self.assertEqual((status, body), (200, b""))

    def test_slow_readers_hold_up_nobody(self):
        readers = [self.slow_reader() for _ in range(10)]
        for _ in range(20):
            self.assertEqual(self.exporter.page().sum("iptraf_capture_packets_total"), self.CONNECTIONS)
            self.assertEqual(len(json.loads(self.exporter.get("/api/v1/connections?limit=5")[1])["data"]), 5)
        self.assertEqual(len(readers), 10)

    def test_a_slow_reader_gets_its_answer_in_the_end(self):
        client, data = self.slow_reader()
        self.assertEqual(len(json.loads(self.exporter.get("/api/v1/connections?limit=5")[1])["data"]), 5)
        while piece := client.recv(1 << 20):
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        self.assertNotIn(b"chunked", head)
        self.assertEqual(len(json.loads(body)["data"]), self.CONNECTIONS)


if __name__ == "__main__":
    unittest.main()
