#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The HTTP server under abuse: crowds of hostile clients, pipelining, odd requests, few descriptors. Whoever asks
properly is answered all the while, and the exporter stays as small as it was."""
import collections
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import select
import socket
import ssl
import tempfile
import time
import unittest

import flood_frames
import lab
import secure_lab
from http_crowd import Crowd, may_open

CAPTURE = lab.CAPTURES / "tcpreplay__test_test.pcap"
PACKETS = 179
SCRAPE = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
LONG_HEAD = b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 60_000
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"  # 404 when it is taken for a request

# 64 connections, 32 places for who has few, 64 on their way out, 128 that wait, 32 sockets that are read away,
# listeners, and what runs beside.
MAX_DESCRIPTORS = 64 + 32 + 64 + 128 + 32 + 40
# The library's 512 KiB for each connection, and room for pages and for the allocator.
MAX_GROWTH_KIB = lab.memory_bound((64 + 32 + 64) * 512 + 32 * 1024)


def needs_ten_thousand(test):
    """Under sanitizers so many take minutes, and show nothing that a few hundred do not."""
    test = unittest.skipIf(lab.SANITIZE, "the sanitizer is too slow for it")(test)
    return unittest.skipUnless(may_open(12_000), "needs root or a limit of 12000 files")(test)


class Watched:
    """Memory and descriptors of a process, and the most of them that was seen."""

    def __init__(self, pid):
        self.pid = pid
        self.base_kib = self.most_kib = lab.anonymous_kib(self.pid)
        self.most_descriptors = self.descriptors()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def look(self):
        self.most_kib = max(self.most_kib, lab.anonymous_kib(self.pid))
        self.most_descriptors = max(self.most_descriptors, self.descriptors())

    def check(self, test):
        test.assertLess(self.most_descriptors, MAX_DESCRIPTORS)
        test.assertLess(self.most_kib - self.base_kib, MAX_GROWTH_KIB)


def scrape_once(port, context=None):
    """The page over one connection."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=lab.PATIENCE_SECONDS)
    connection = http.client.HTTPConnection("localhost", port)
    connection.sock = context.wrap_socket(plain, server_hostname="localhost") if context else plain
    try:
        status, _headers, text = secure_lab.ask(connection, "/metrics")
    finally:
        connection.close()
    assert status == 200, text
    return lab.Page(text)


def scrape(port, context=None):
    """The page. A connection that is pushed out before its request has come is opened again."""
    def attempt():
        try:
            return scrape_once(port, context)
        except (OSError, http.client.HTTPException):
            return None
    return lab.wait_until(attempt, "a scrape is answered")


class Crowds:
    """Each crowd at a server over plain TCP or TLS; `start_server` sets `exporter`, `port`, `context` and `hello`."""

    def endure(self, kind, clients, data=b"", scrapes=5):
        """Scrapes while the crowd comes, and `scrapes` times more when it is there."""
        watched = Watched(self.exporter.process.pid)
        with Crowd(kind, self.port, clients, data) as crowd:
            while not crowd.is_here():
                self.scrape_once(watched)
            for _ in range(scrapes):
                self.scrape_once(watched)
        watched.check(self)

    def scrape_once(self, watched):
        page = scrape(self.port, self.context)
        self.assertEqual(page.sum("iptraf_interface_receive_packets_total"), PACKETS)
        watched.look()

    @needs_ten_thousand
    def test_ten_thousand_idle_connections(self):
        self.endure("stay", 10_000)

    def test_500_clients_that_send_a_byte_at_a_time(self):
        self.endure("drip", 500, self.hello or LONG_HEAD)

    def test_clients_that_are_killed_at_any_moment(self):
        self.endure("vanish", 100, self.hello or SCRAPE * 2)


class PlainCrowds(Crowds, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.exporter = cls.enterClassContext(lab.Exporter(f"--capture.file={CAPTURE}",
                                                          "--web.listen-address=127.0.0.1:0"))
        cls.port, cls.context, cls.hello = cls.exporter.tcp_port(), None, b""

    def test_200_clients_that_ask_without_end_and_do_not_read(self):
        self.endure("pour", 200, SCRAPE)

    def test_heads_without_an_end(self):
        for begin in (LONG_HEAD, b"GET /metrics?" + b"a&" * 30_000,
                      b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 9_000,
                      b"\r\n" * 30_000):
            self.endure("pour", 100, begin, scrapes=5)

    def test_bodies_without_an_end(self):
        post = b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\n"
        self.endure("pour", 100, post + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 9_000, scrapes=5)
        self.endure("drip", 100, post + b"Content-Length: 4000\r\n\r\n" + b"a" * 3999, scrapes=5)


class TlsCrowds(Crowds, secure_lab.Secure):
    """What the crowds send is the begin of a handshake, again and again."""

    def setUp(self):
        self.exporter = self.start(secure_lab.TLS)
        self.port, self.context = self.exporter.port, self.client()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        with self.assertRaises(ssl.SSLWantReadError):
            self.client().wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
        self.hello = outgoing.read()

    def test_200_clients_that_ask_after_the_handshake_and_do_not_read(self):
        watched = Watched(self.exporter.process.pid)
        for _ in range(200):
            connection = self.exporter.connect(self.context)
            self.addCleanup(connection.close)
            connection.sock.settimeout(0)
            try:
                connection.sock.sendall(SCRAPE * 100)
            except (ssl.SSLError, OSError):
                continue
        for _ in range(5):
            self.scrape_once(watched)
        watched.check(self)

    def test_a_client_of_another_address_is_served_at_once_whoever_begins_handshakes(self):
        with Crowd("pour", self.port, 200, self.hello) as crowd:
            lab.wait_until(crowd.is_here, "the crowd is here")
            for _ in range(20):
                page = scrape_once(self.port, self.context)
                self.assertEqual(page.sum("iptraf_interface_receive_packets_total"), PACKETS)

    def test_a_plain_request_on_a_tls_port_is_closed(self):
        for request in (SCRAPE, b"\x16\x03\x01\xff\xff" + bytes(70_000), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            self.assertNotIn(b"HTTP/1", exchange(self.port, request))
        self.scrape_once(Watched(self.exporter.process.pid))


class ReadersOfLargePages(unittest.TestCase):
    CONNECTIONS = 12_000  # whose rows are more than the kernel takes for a client that does not read
    READERS = 80 if lab.SANITIZE else 300  # more than may be connected; or than are answered and wait
    LONG_ANSWERS = 32

    def reader(self, address, port):
        """Takes in as good as nothing."""
        client = self.enterContext(socket.socket())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.bind((address, 0))
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET /api/v1/connections HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return client

    def scrape_beside_readers(self, address, port):
        readers = []
        for number in range(self.READERS):
            readers.append(self.reader(address, port))
            if number % 10 == 0:
                scrape(port)
        for _ in range(10):
            scrape(port)
        return readers

    @staticmethod
    def status_of(client):
        """Of the answer, as far as it is here."""
        try:
            return client.recv(len("HTTP/1.1 200"), socket.MSG_DONTWAIT)[-3:]
        except OSError:
            return b""

    def test_they_keep_nobody_out(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        file, _established = flood_frames.syn_flood(folder / "connections", self.CONNECTIONS)
        (folder / "config.yml").write_text("web: {timeout: 5m}", encoding="utf-8")
        exporter = self.enterContext(lab.Exporter(f"--capture.file={folder}/connections",
                                                  f"--config.file={folder}/config.yml",
                                                  "--web.listen-address=127.0.0.1:0"))
        exporter.page_when(lambda page: page.sum("iptraf_capture_packets_total") == file.packets, "it is read")
        readers = self.scrape_beside_readers("127.0.0.2", exporter.tcp_port())
        self.assertGreaterEqual(collections.Counter(map(self.status_of, readers))[b"200"], self.LONG_ANSWERS)
        self.scrape_beside_readers("127.0.0.1", exporter.tcp_port())  # the scraper's own address
        self.assertEqual(exporter.stop(), 0)


def exchange(port, request):
    """All that the server answers to these bytes up to the end of the connection. The client ends its side when an
    answer has begun or none comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=lab.PATIENCE_SECONDS) as client:
        answer = b""
        try:
            client.sendall(request)
            select.select([client], [], [], 1)
            client.shutdown(socket.SHUT_WR)
            while piece := client.recv(65536):
                answer += piece
        except ConnectionError:
            pass
        return answer


def read_answer(file, method):
    """Status, headers and body of the next answer of a connection; None at its end. Takes no byte too much."""
    line = file.readline()
    if not line:
        return None
    status = int(re.fullmatch(rb"HTTP/1\.1 (\d{3}) [ -~]+\r\n", line)[1])
    headers = dict(field.split(b": ", 1) for field in iter(lambda: file.readline().rstrip(b"\r\n"), b""))
    body = b""
    if method != "HEAD" and headers.get(b"Transfer-Encoding") == b"chunked":
        while size := int(file.readline(), 16):
            body += file.read(size)
            assert file.readline() == b"\r\n"
        assert file.readline() == b"\r\n"
    elif method != "HEAD":
        body = file.read(int(headers[b"Content-Length"]))
    return status, headers, body


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        config = cls.enterClassContext(tempfile.NamedTemporaryFile("w", suffix=".yml"))
        config.write("web: {timeout: 1s}\n")
        config.flush()
        cls.exporter = cls.enterClassContext(lab.Exporter(f"--capture.file={CAPTURE}", f"--config.file={config.name}",
                                                          "--web.listen-address=127.0.0.1:0"))
        cls.exporter.page_when(lambda p: p.sum("iptraf_capture_packets_total") == PACKETS, "the capture is read")
        cls.port = cls.exporter.tcp_port()

    def tearDown(self):
        self.assertEqual(self.exporter.get("/-/healthy")[0], 200)

    def status(self, request):
        """Of the first answer; None when the connection ends without one. What follows must be no other answer."""
        answer = exchange(self.port, request)
        self.assertNotIn(b"404 Not Found", answer[12:], request[:80])
        return int(answer.split(b" ", 2)[1]) if answer else None

    def test_hundreds_of_requests_in_one_write_are_answered_in_order(self):
        kinds = [("GET", "/metrics", b"", 200, b"# HELP"), ("HEAD", "/metrics", b"", 200, b""),
                 ("GET", "/-/healthy", b"", 200, b"iptraf_exporter is healthy."),
                 ("POST", "/-/reload", b"ignored", 200, b"The configuration was reloaded."),
                 ("GET", "/api/v1/connections", b"", 200, b'{"status":"success"'), ("HEAD", "/", b"", 200, b""),
                 ("GET", "/nothing", b"", 404, b"There is nothing"), ("DELETE", "/metrics", b"", 405, b"This path"),
                 ("HEAD", "/api/v1/interfaces", b"", 200, b""), ("GET", "/x%", b"", 400, b"The path")]
        sent = kinds * 40
        requests = b"".join(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n".encode() +
                            (b"Content-Length: %d\r\n" % len(body) if body else b"") + b"\r\n" + body
                            for method, path, body, _status, _begin in sent)
        with socket.create_connection(("127.0.0.1", self.port), timeout=lab.PATIENCE_SECONDS) as client:
            with concurrent.futures.ThreadPoolExecutor(1) as writer, client.makefile("rb") as file:
                writing = writer.submit(client.sendall, requests)
                for method, path, _body, status, begin in sent:
                    got = read_answer(file, method)
                    self.assertEqual((got[0], got[2][:len(begin)]), (status, begin), (method, path))
                writing.result()
                client.shutdown(socket.SHUT_WR)
                self.assertIsNone(read_answer(file, "GET"))

    def test_a_scrape_every_10_ms_beside_the_api_is_whole_and_takes_no_memory(self):
        watched = Watched(self.exporter.process.pid)
        def scrape_all(count):
            ends = time.monotonic()
            for _ in range(count):
                ends += 0.01
                page = scrape(self.port)
                self.assertEqual(page.sum("iptraf_interface_receive_packets_total"), PACKETS)
                self.assertEqual(page.sum("iptraf_scrape_collector_success"), 6)
                time.sleep(max(0, ends - time.monotonic()))
        def ask_all(count):
            for _ in range(count):
                status, text = self.exporter.get("/api/v1/connections")
                self.assertEqual((status, json.loads(text)["status"]), (200, "success"))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for worker in [pool.submit(scrape_all, 50), pool.submit(ask_all, 20)]:
                worker.result()
            before, descriptors = lab.anonymous_kib(watched.pid), watched.descriptors()
            for worker in [pool.submit(scrape_all, 200), pool.submit(ask_all, 80)]:
                worker.result()
        self.assertLess(lab.anonymous_kib(watched.pid), before + lab.memory_bound(4096))
        lab.wait_until(lambda: watched.descriptors() <= descriptors, "no descriptor is left over")

    def test_requests_that_can_be_read_in_two_ways_are_refused(self):
        post = b"POST /-/reload HTTP/1.1\r\nHost: x\r\n"
        chunks = b"0\r\n\r\n" + SMUGGLED
        for request in (
                post + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
                post + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + chunks,
                post + b"Content-Length: 0\r\nContent-Length: 30\r\n\r\n" + SMUGGLED,
                post + b"Content-Length: 30, 30\r\n\r\n" + SMUGGLED,
                post + b"Content-Length : 3\r\n\r\nabc" + SMUGGLED,
                post + b"Content-Length\t: 3\r\n\r\nabc" + SMUGGLED,
                post + b"Transfer-Encoding : chunked\r\n\r\n" + chunks,
                b"POST /-/reload HTTP/1.1\r\n Host: x\r\nContent-Length: 3\r\n\r\nabc" + SMUGGLED,
                *(post + b"Content-Length: " + length + b"\r\n\r\n" + SMUGGLED
                  for length in (b"-1", b"+3", b"0x3", b"3a", b"", b"3 3", b"1e1")),
                *(post + b"Transfer-Encoding: " + coding + b"\r\n\r\n" + chunks
                  for coding in (b"gzip", b"gzip, chunked", b"chunked, chunked", b"identity", b"xchunked",
                                 b"chunked;q=1")),
                *(post + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\nabc\r\n" + chunks
                  for size in (b"-3", b"+3", b"0x3", b"zz", b"")),
                post + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n" + chunks,
                b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: x\r\nX\0Y: z\r\n\r\n",
                *(b"GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n" + line + b"\r\n" + SMUGGLED
                  for line in (b":", b": x", b":x", b"\0", b"\0x: y")),
                post + b":\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED):
            self.assertIn(self.status(request), (400, 501), request)
        self.assertEqual(self.status(post + b"Content-Length: 99999999999999999999\r\n\r\n"), 413)
        for size in (b"f" * 16, b"f" * 17):
            self.assertIn(self.status(post + b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\nabc"), (413, None))

    def test_old_line_forms_are_refused_and_empty_lines_before_a_request_are_not(self):
        for request in (b"GET / HTTP/1.1\nHost: x\n\n", b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\rY: b\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
                        b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
                        b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n: no name\r\n\r\n"):
            self.assertEqual(self.status(request + SMUGGLED), 400, request)
        self.assertEqual(self.status(b"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"), 200)

    def test_other_forms_of_the_address_and_other_protocols_have_their_answer(self):
        for request, statuses in (
                (b"GET http://x/-/healthy HTTP/1.1\r\nHost: x\r\n\r\n", {200}),
                (b"GET HTTP://x HTTP/1.1\r\nHost: x\r\n\r\n", {200}),
                (b"GET http:///-/healthy HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
                (b"GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
                (b"GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
                (b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", {400, 405}),
                (b"CONNECT / HTTP/1.1\r\nHost: x\r\n\r\n", {400, 405}),
                (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", {400, 405}),
                (b"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", {405}),
                (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", {400, 405}),
                (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", {400, None}),
                (b"GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", {400, None}),
                (b" GET / HTTP/1.1\r\nHost: x\r\n\r\n", {400, None}),
                (b"GET /\r\n", {400, None}), (b"GET /\r\n\r\n", {400, None}),
                (b"GET / HTTP/1.0\r\n\r\n", {200}),
                (b"GET / HTTP/0.8\r\nHost: x\r\n\r\n", {400, 505}),
                (b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", {400, 505}),
                (b"GET / http/1.1\r\nHost: x\r\n\r\n", {400, 505}),
                (b"GET / HTTP/1.10\r\nHost: x\r\n\r\n", {400, 505}),
                (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", {400, 505}),
                (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", {200}),
                (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(range(256)) * 2 + b"\r\n\r\n", {400, None}),
                (bytes(range(256)) * 4, {400, None}), (b"", {None})):
            self.assertIn(self.status(request), statuses, request[:80])

    def test_paths_lead_nowhere_else(self):
        for path in (b"/../etc/passwd", b"/..", b"/./metrics", b"/metrics/../metrics", b"/%2e%2e/%2e%2e/etc/passwd",
                     b"/%2e%2e%2fetc%2fpasswd", b"/..\\..\\etc\\passwd", b"/%5c..%5cetc", b"//metrics",
                     b"//evil.example/",
                     b"/metrics%2f", b"/metrics;x=y", b"/metrics#x", b"/%c0%ae%c0%ae/metrics", b"/%c0%af", b"/%ff%fe",
                     b"/\xff\xfe", b"/%252e%252e/", b"/metrics%20", b"/METRICS", b"/" + b"%2e" * 2700,
                     b"/" + b"../" * 2700,
                     b"/api/v1/..%2f..%2fmetrics", b"/api/v1/%0d%0aX-Injected:%20y"):
            answer = exchange(self.port, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 404 "), (path[:80], answer[:80]))
            self.assertNotIn(b"\nX-Injected", answer)
        for path in (b"/%00", b"/metrics%00", b"/metrics%", b"/metrics%2", b"/%zz", b"/%u002e", b"metrics", b"*",
                     b"\\"):
            self.assertEqual(self.status(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n"), 400, path)
        self.assertEqual(self.status(b"GET /%6detrics HTTP/1.1\r\nHost: x\r\n\r\n"), 200)

    def test_giant_addresses_and_heads_have_their_status(self):
        def get(target, headers=b"Host: x\r\n"):
            return self.status(b"GET " + target + b" HTTP/1.1\r\n" + headers + b"\r\n")
        self.assertEqual(get(b"/metrics?" + b"&".join([b"collect[]=service"] * 450)), 200)
        self.assertEqual(get(b"/metrics?" + b"&" * 8000), 200)
        for size in (10_000, 100_000, 500_000, 2_000_000):
            self.assertEqual(get(b"/metrics?" + b"a&" * (size // 2)), 414, size)
            self.assertEqual(get(b"/metrics?" + b"collect[]=" * (size // 10)), 414, size)
            self.assertEqual(get(b"/" + b"a" * size), 414, size)
        for header in (b"X: y\r\n", b"X:\r\n", b"Cookie: a=b\r\n"):
            self.assertEqual(get(b"/", b"Host: x\r\n" + header * 1000), 200, header)
            for count in (4000, 40_000, 200_000):
                self.assertIn(get(b"/", b"Host: x\r\n" + header * count), (431, None), (header, count))
        for size in (20_000, 300_000, 2_000_000):
            self.assertEqual(get(b"/", b"Host: x\r\nX: " + b"y" * size + b"\r\n"), 431, size)
            self.assertIn(get(b"/", b"Host: x\r\n" + b"X" * size + b": y\r\n"), (431, None), size)
            self.assertIn(get(b"/", b"Host: x\r\nCookie: " + b"a;" * (size // 2) + b"\r\n"), (431, None), size)

    def test_the_host_in_the_address_is_the_one_that_is_judged(self):
        for target, host, status in ((b"http://evil.example/", b"localhost", 403),
                                     (b"http://localhost/", b"evil.example", 200),
                                     (b"http://localhost@evil.example/", b"localhost", 403)):
            request = b"GET " + target + b"api/v1/interfaces HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
            self.assertEqual(self.status(request), status, target)

    def test_what_a_client_may_wish_for_changes_no_page(self):
        whole = exchange(self.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").split(b"\r\n\r\n", 1)[1]
        for header in (b"Range: bytes=0-1,2-3,-5", b"If-None-Match: *",
                       b"If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT",
                       b"TE: trailers", b"Accept: image/png", b"Accept-Encoding: br, *;q=0",
                       b"Accept-Encoding: gzip;q=0", b"Accept-Encoding: gzip;q=x", b"Accept-Encoding: " + b"," * 9000, b"Expect: nothing",
                       b"Connection: keep-alive, Host", b"X-HTTP-Method-Override: DELETE",
                       b"X-Forwarded-For: 10.0.0.1"):
            answer = exchange(self.port, b"GET / HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n")
            self.assertEqual((answer[:12], answer.split(b"\r\n\r\n", 1)[1]), (b"HTTP/1.1 200", whole), header[:40])

    def test_a_body_is_waited_for_and_no_longer_than_it_is_allowed_to_be(self):
        post = b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
        self.assertEqual(re.findall(rb"HTTP/1.1 (\d+)", exchange(self.port, post + b"3\r\n\r\nabc")), [b"100", b"200"])
        self.assertEqual(re.findall(rb"HTTP/1.1 (\d+)", exchange(self.port, post + b"5000\r\n\r\n")), [b"413"])

    def test_many_short_connections_leave_nothing_behind(self):
        watched = Watched(self.exporter.process.pid)
        descriptors = watched.descriptors()
        for _ in range(3000):
            socket.create_connection(("127.0.0.1", self.port), timeout=lab.PATIENCE_SECONDS).close()
        scrape(self.port)
        lab.wait_until(lambda: watched.descriptors() <= descriptors, "every connection is closed")
        self.assertLess(lab.anonymous_kib(watched.pid) - watched.base_kib, lab.memory_bound(4096))


class ConfiguredHeaders(secure_lab.Secure):
    CONFIGURATION = "http_server_config: {headers: {X-Frame-Options: deny, Strict-Transport-Security: max-age=7}}\n"

    def setUp(self):
        self.port = self.start(self.CONFIGURATION).port

    def test_every_answer_to_a_request_that_can_be_read_has_them(self):
        get, post = b"GET / HTTP/1.1\r\n", b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\n"
        for request, status in (
                (get + b"Host: x\r\n\r\n", 200), (b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", 200),
                (b"GET /% HTTP/1.1\r\nHost: x\r\n\r\n", 400), (get + b"Host: x\r\nContent-Length: 1\r\n\r\na", 400),
                (b"POST /-/reload HTTP/1.1\r\nHost: x\r\n\r\n", 403), (b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n", 404),
                (b"PUT / HTTP/1.1\r\nHost: x\r\n\r\n", 405), (post + b"Content-Length: 9999\r\n\r\n", 413),
                (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
                (b"GET /?" + b"a&" * 90_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
                (get + b"Host: x\r\nX: " + b"y" * 17_000 + b"\r\n\r\n", 431)):
            with socket.create_connection(("127.0.0.1", self.port), timeout=lab.PATIENCE_SECONDS) as client:
                client.sendall(request)
                with client.makefile("rb") as file:
                    got, headers, _body = read_answer(file, request.split(b" ")[0].decode())
            self.assertEqual((got, headers[b"X-Frame-Options"], headers[b"Strict-Transport-Security"]),
                             (status, b"deny", b"max-age=7"), request[:80])

    def test_the_answer_to_what_cannot_be_read_is_a_fixed_text_without_a_byte_of_it(self):
        for request in (b"GET /marker\r\n\r\n", b"GET /marker HTTP/7.7\r\n\r\n", b"GET /marker marker/1.1\r\n\r\n",
                        b"GET /marker HTTP/1.1\r\nHost: marker\r\nmarker\r\n\r\n",
                        b"POST /marker HTTP/1.1\r\nHost: marker\r\nContent-Length: marker\r\n\r\n",
                        b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nmarker\r\n",
                        b"GET /" + b"marker" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"marker" * 100_000 + b"\r\n\r\n"):
            answer = exchange(self.port, request)
            self.assertRegex(answer[:12], rb"\AHTTP/1.1 (?:400|413|414|431|505)\Z", request[:80])
            self.assertIn(b"\r\nConnection: close\r\n", answer)
            self.assertNotIn(b"marker", answer)


@needs_ten_thousand
class ManyConnections(unittest.TestCase):
    def test_ten_thousand_connections_that_may_stay_stay_and_others_are_served(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as config:
            config.write("web: {max_connections: 10000, timeout: 1h}\n")
            config.flush()
            exporter = self.enterContext(lab.Exporter(
                f"--capture.file={CAPTURE}", f"--config.file={config.name}", "--web.listen-address=127.0.0.1:0",
                prefix=("prlimit", "--nofile=12000:12000")))
        port, watched = exporter.tcp_port(), Watched(exporter.process.pid)
        with Crowd("stay", port, 10_500) as crowd:
            while not crowd.is_here() or watched.descriptors() < 10_000:
                self.assertEqual(scrape(port).sum("iptraf_interface_receive_packets_total"), PACKETS)
            watched.look()
            self.assertLess(watched.most_descriptors, 10_000 + MAX_DESCRIPTORS)
            self.assertLess(watched.most_kib - watched.base_kib, 64 * 1024)
        self.assertEqual(exporter.stop(), 0)


class FewDescriptors(unittest.TestCase):
    LIMIT = 48

    def test_it_waits_without_spinning_and_serves_again_when_they_are_free(self):
        exporter = self.enterContext(lab.Exporter(
            f"--capture.file={CAPTURE}", "--web.listen-address=127.0.0.1:0",
            prefix=("prlimit", f"--nofile={self.LIMIT}:{self.LIMIT}")))
        port, watched = exporter.tcp_port(), Watched(exporter.process.pid)
        with Crowd("stay", port, 2000) as crowd:
            while not crowd.is_here():
                self.assertEqual(scrape(port).sum("iptraf_interface_receive_packets_total"), PACKETS)
            for _ in range(5):
                self.assertEqual(scrape(port).sum("iptraf_interface_receive_packets_total"), PACKETS)
            self.assertLessEqual(watched.descriptors(), self.LIMIT)
            before, begin = watched.processor_seconds(), time.monotonic()
            lab.wait_until(lambda: time.monotonic() - begin > 1, "a second of waiting is measured")
            self.assertLess(watched.processor_seconds() - before, (time.monotonic() - begin) / 2)
        for _ in range(20):
            self.assertEqual(scrape(port).sum("iptraf_interface_receive_packets_total"), PACKETS)
        self.assertEqual(exporter.stop(), 0)


if __name__ == "__main__":
    unittest.main()
