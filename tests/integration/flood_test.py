#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods of tuples and of stations: tables stay bounded, counts exact, and connections that talk stay known."""
import json
import pathlib
import random
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

import lab

SYNS = 400_000
LIVE_SYNS = 100_000
CONNECTIONS = 5
TALK_EVERY = 3000  # packets of the flood between two rounds of the established connections
CAPACITY = 4096
MACS = 50_000
MAX_STATIONS = 1024
MEMORY_KIB = 64 * 1024

SYN, ACK, PUSH = 2, 16, 8
FLOODED, SERVER = struct.unpack("!II", socket.inet_aton("10.99.0.1") + socket.inet_aton("10.9.0.1"))
RECORD = struct.Struct("<IIII")
HEADERS = struct.Struct("!6s6sH BBHHHBBHII HHIIBBHHH")
TO_NOBODY, FROM = b"\x02\0\0\0\0\xee", b"\x02\0\0\0\0\x0f"


class PcapFile:
    """A capture in memory: a packet every 10 microseconds."""

    def __init__(self):
        self.parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)]
        self.packets = 0

    def add(self, frame):
        ticks = self.packets * 10
        self.parts.append(RECORD.pack(1_700_000_000 + ticks // 1_000_000, ticks % 1_000_000, len(frame), len(frame)))
        self.parts.append(frame)
        self.packets += 1

    def write(self, path):
        pathlib.Path(path).write_bytes(b"".join(self.parts))
        return path


def segment(source, destination, numbers, flags, payload=b"", macs=(TO_NOBODY, FROM)):
    """A frame with a TCP segment; source and destination are (address, port), numbers are (sequence, acknowledged)."""
    total = 40 + len(payload)
    # The words of the IPv4 header that are not addresses: version, total length, time to live and protocol.
    words = 0x4500 + total + 0x4006 + sum((x[0] >> 16) + (x[0] & 0xffff) for x in (source, destination))
    while words >> 16:
        words = (words & 0xffff) + (words >> 16)
    return HEADERS.pack(*macs, 0x0800, 0x45, 0, total, 0, 0, 64, 6, ~words & 0xffff, source[0], destination[0],
                        source[1], destination[1], *numbers, 0x50, flags, 65535, 0, 0) + payload


class Established:
    """Connections with data both ways, as frames."""

    def __init__(self, file):
        self.file = file
        self.said = 0
        for client in self.clients():
            file.add(segment(client, (SERVER, 80), (0, 0), SYN))
            file.add(segment((SERVER, 80), client, (0, 1), SYN | ACK))
            file.add(segment(client, (SERVER, 80), (1, 1), ACK))
        self.talk()

    @staticmethod
    def clients():
        return [(SERVER + 1 + number, 40_000) for number in range(CONNECTIONS)]

    def talk(self):
        number = 1 + 10 * self.said
        for client in self.clients():
            self.file.add(segment(client, (SERVER, 80), (number, number), PUSH | ACK, bytes(10)))
            self.file.add(segment((SERVER, 80), client, (number, number + 10), PUSH | ACK, bytes(10)))
        self.said += 1

    def packets_of_a_side(self):
        """Of the client and of the server."""
        return 2 + self.said, 1 + self.said


def syn_flood(path, syns):
    """SYNs from random sources, no two the same, between which established connections talk."""
    file = PcapFile()
    established = Established(file)
    for i, source in enumerate(random.Random(1).sample(range(0x20000000, 0x60000000), syns)):
        file.add(segment((source, 1024 + i % 60_000), (FLOODED, 80), (source, 0), SYN))
        if i % TALK_EVERY == TALK_EVERY - 1:
            established.talk()
    file.write(path)
    return file, established


def mac_flood(path):
    file = PcapFile()
    packet = lab.ipv4_udp(1000, 2000, 18)
    for number in random.Random(2).sample(range(1 << 32), MACS):
        file.add(lab.ethernet(packet, destination=TO_NOBODY, source=b"\x02\x01" + number.to_bytes(4, "big")))
    file.write(path)
    return file


def anonymous_kib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("RssAnon:")).split()[1])


def table(page, name, **labels):
    return page.sum(f"iptraf_table_{name}", **labels)


class FloodTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.config = folder / "config.yml"
        cls.config.write_text(f"collectors: {{tcp: {{max_connections: {CAPACITY}}}, "
                              f"lan_station: {{max_stations: {MAX_STATIONS}}}}}\n", encoding="utf-8")
        cls.prepare(folder)

    @classmethod
    def prepare(cls, folder):
        raise NotImplementedError

    def expect_conserved(self, page):
        """What began either ended or is open."""
        opened = page.sum("iptraf_tcp_connections_opened_total")
        ended = page.sum("iptraf_tcp_connections_ended_total")
        is_open = sum(page.sum("iptraf_tcp_connections", state=x) for x in ("opening", "established", "closing"))
        self.assertEqual(opened - ended, is_open)
        evicted = page.sum("iptraf_tcp_connections_ended_total", reason="evicted")
        self.assertEqual(evicted, table(page, "evictions_total", table="tcp", reason="half_open"))

    def expect_stations(self, page, packets):
        """Every packet has one source, which is counted by its address or as other."""
        family = "iptraf_lan_station_transmit_packets_total"
        rows = {dict(labels)["mac"]: value for (name, labels), value in page.samples.items() if name == family}
        other = rows.pop("other")
        self.assertLessEqual(len(rows), MAX_STATIONS)
        self.assertEqual(table(page, "entries", table="lan_station"), len(rows))
        self.assertEqual(sum(rows.values()) + other, packets)
        self.assertGreater(other, 0)
        return rows, other


class Offline(FloodTest):
    @classmethod
    def prepare(cls, folder):
        cls.syns = folder / "syns.pcap"
        cls.file, cls.established = syn_flood(cls.syns, SYNS)
        cls.macs = folder / "macs.pcap"
        mac_flood(cls.macs)

    def test_half_open_connections_are_evicted_one_by_one_and_nothing_else_is(self):
        status, text, log = lab.exporter_once(self.syns, f"--config.file={self.config}")
        self.assertEqual((status, log), (0, ""))
        page = lab.Page(text)
        opened = SYNS + CONNECTIONS
        self.assertEqual(table(page, "capacity", table="tcp"), CAPACITY)
        self.assertEqual(table(page, "entries", table="tcp"), CAPACITY)
        self.assertEqual(table(page, "evictions_total", table="tcp", reason="half_open"), opened - CAPACITY)
        self.assertEqual(table(page, "evictions_total", table="tcp"), opened - CAPACITY)
        self.assertEqual(page.sum("iptraf_tcp_connections_opened_total", start="syn"), opened)
        self.assertEqual(page.sum("iptraf_tcp_connections_opened_total"), opened)
        self.assertEqual(page.sum("iptraf_tcp_connections", state="established"), CONNECTIONS)
        self.assertEqual(page.sum("iptraf_tcp_connections", state="opening"), CAPACITY - CONNECTIONS)
        self.expect_conserved(page)
        self.assertEqual(page.sum("iptraf_tcp_packets_total", flags="syn"), opened)
        for family in ("iptraf_tcp_packets_total", "iptraf_capture_packets_total"):
            self.assertEqual(page.sum(family), self.file.packets, family)

    def test_connections_that_talk_keep_their_rows_with_every_packet(self):
        _status, text, _log = lab.exporter_once(self.syns, f"--config.file={self.config}", "--format=json")
        rows = json.loads(text)["connections"]
        self.assertEqual(len(rows), CAPACITY)
        packets = {row["a"]["address"]: (row["a"]["packets"], row["b"]["packets"], row["partial"])
                   for row in rows if row["state"] == "established"}
        wanted = {socket.inet_ntoa(address.to_bytes(4, "big")): (*self.established.packets_of_a_side(), False)
                  for address, _port in Established.clients()}
        self.assertEqual(packets, wanted)

    def test_with_default_limits_the_memory_stays_bounded(self):
        with lab.Exporter(f"--capture.file={self.syns}") as daemon:
            page = daemon.page_when(lambda page: page.sum("iptraf_capture_packets_total") == self.file.packets,
                                    "the flood is counted")
            self.assertLess(anonymous_kib(daemon.process), MEMORY_KIB)
            capacity = table(page, "capacity", table="tcp")
            self.assertEqual(table(page, "entries", table="tcp"), capacity)
            self.assertEqual(table(page, "evictions_total", table="tcp"), SYNS + CONNECTIONS - capacity)

    def test_stations_beyond_the_table_count_as_other(self):
        status, text, _log = lab.exporter_once(self.macs, f"--config.file={self.config}")
        self.assertEqual(status, 0)
        page = lab.Page(text)
        rows, other = self.expect_stations(page, MACS)
        self.assertEqual(len(rows), MAX_STATIONS)
        # The first packet names two stations, its source and the destination of all; each later one a source.
        self.assertEqual(other, MACS - (MAX_STATIONS - 1))
        self.assertEqual(page.sum("iptraf_lan_station_receive_packets_total"), MACS)


SERVE = """
import socket
listener = socket.create_server(("10.9.0.1", 7000))
print("listening", flush=True)
peer = listener.accept()[0]
while data := peer.recv(4096):
    peer.sendall(data)
"""
TALK = """
import select, socket, sys
peer = socket.create_connection(("10.9.0.1", 7000))
count = 0
while not select.select([sys.stdin], [], [], 0.002)[0]:
    peer.sendall(bytes(10))
    assert peer.recv(10)
    count += 1
    if count == 1:
        print("established", flush=True)
print(count, flush=True)
"""


@unittest.skipUnless(lab.can_make_namespaces(), "needs root and network namespaces")
class Live(FloodTest):
    @classmethod
    def prepare(cls, folder):
        cls.syns = folder / "syns.trafgen"
        cls.syns.write_text("{ eth(da=02:00:00:00:00:0a), ipv4(saddr=drnd(), daddr=10.99.0.1, ttl=64), "
                            "tcp(sport=drnd(), dport=80, seq=drnd(), syn) }\n", encoding="utf-8")
        cls.macs = folder / "macs.pcap"
        mac_flood(cls.macs)

    def setUp(self):
        self.watched = self.enterContext(lab.Namespace("w"))
        self.peer = self.enterContext(lab.Namespace("p"))
        self.watched.ip(f"link add va address 02:00:00:00:00:0a type veth peer name vb netns {self.peer.name}")
        for namespace, device, address in ((self.watched, "va", "10.9.0.1"), (self.peer, "vb", "10.9.0.2")):
            namespace.ip(f"addr add {address}/24 dev {device}")
            namespace.ip(f"link set {device} up")
        self.exporter = self.enterContext(
            self.watched.exporter("--capture.interface=va", f"--config.file={self.config}"))

    def start(self, namespace, script, first_line):
        process = namespace.popen(sys.executable, "-c", script, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True)
        self.addCleanup(process.__exit__, None, None, None)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), first_line + "\n")
        return process

    def flood(self, packets, *command):
        """Pages that were read while a command sent packets into the watched device, and one from behind it."""
        pages = []
        with self.peer.popen(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sender:
            while sender.poll() is None:
                pages.append(self.exporter.page())
        self.assertEqual(sender.returncode, 0)
        pages.append(self.exporter.page_when(
            lambda page: page.sum("iptraf_capture_packets_total") +
            page.sum("iptraf_capture_dropped_packets_total") >= packets, "the flood has passed"))
        return pages

    def connections(self):
        rows = json.loads(self.exporter.get("/api/v1/connections")[1])["data"]
        return [row for row in rows if 7000 in (row["a"]["port"], row["b"]["port"])]

    def test_a_connection_that_talks_outlives_a_syn_flood(self):
        self.start(self.watched, SERVE, "listening")
        talker = self.start(self.peer, TALK, "established")
        wait = "the connection is established"
        lab.wait_until(lambda: [row["state"] for row in self.connections()] == ["established"], wait)
        pages = self.flood(LIVE_SYNS, "trafgen", "--conf", str(self.syns), "--dev", "vb", "--num", str(LIVE_SYNS),
                           "--cpus", "1", "--no-sock-mem")
        for page in pages:
            self.assertLessEqual(table(page, "entries", table="tcp"), CAPACITY)
            self.expect_conserved(page)
        page = pages[-1]
        self.assertEqual(table(page, "capacity", table="tcp"), CAPACITY)
        self.assertGreater(table(page, "evictions_total", table="tcp", reason="half_open"), 0)
        self.assertEqual([(row["state"], row["partial"]) for row in self.connections()], [("established", False)])
        self.assertLess(anonymous_kib(self.exporter.process), MEMORY_KIB)
        talker.stdin.close()
        self.assertGreater(int(talker.stdout.readline()), 1, "it talked during the flood")
        self.assertEqual(self.exporter.stop(), 0)

    def test_a_flood_of_stations_fills_the_table_and_no_more(self):
        page = self.flood(MACS, "tcpreplay", "-q", "--topspeed", "-i", "vb", str(self.macs))[-1]
        self.expect_stations(page, page.sum("iptraf_capture_packets_total"))
        self.assertLess(anonymous_kib(self.exporter.process), MEMORY_KIB)
        self.assertEqual(self.exporter.stop(), 0)


if __name__ == "__main__":
    unittest.main()
