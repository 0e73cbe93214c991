#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods on a wire while the page is scraped: tables stay bounded, and a connection that talks stays known."""
import json
import shutil
import socket
import struct
import subprocess
import sys
import unittest

import flood_frames
import lab
from flood_frames import PcapFile
from flood_lab import CAPACITY, FloodTest, table

LIVE_SYNS = 100_000
MACS = 50_000
MIXED = 6000
ERRORS = 6000
TALKER, LISTENER = ("10.9.0.2", 7001), ("10.9.0.1", 7000)

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
peer = socket.create_connection(("10.9.0.1", 7000), source_address=("10.9.0.2", 7001))
count = 0
while not select.select([sys.stdin], [], [], 0.002)[0]:
    peer.sendall(bytes(10))
    assert peer.recv(10)
    count += 1
    if count == 1:
        print("established", flush=True)
print(count, flush=True)
"""


def endpoint(address, port):
    return struct.unpack("!I", socket.inet_aton(address))[0], port


def seen(page):
    """Packets that reached the program or were dropped before it."""
    return page.sum("iptraf_capture_packets_total") + page.sum("iptraf_capture_dropped_packets_total")


@unittest.skipUnless(lab.can_make_namespaces(), "needs root and network namespaces")
@unittest.skipUnless(shutil.which("trafgen") and shutil.which("tcpreplay"), "needs trafgen and tcpreplay")
class Live(FloodTest):
    def setUp(self):
        self.watched = self.enterContext(lab.Namespace("w"))
        self.peer = self.enterContext(lab.Namespace("p"))
        self.watched.ip(f"link add va address 02:00:00:00:00:0a type veth peer name vb netns {self.peer.name}")
        for namespace, device, address in ((self.watched, "va", "10.9.0.1"), (self.peer, "vb", "10.9.0.2")):
            namespace.ip(f"addr add {address}/24 dev {device}")
            namespace.ip(f"link set {device} up")
        self.passed_before = self.passed()
        self.exporter = self.enterContext(
            self.watched.exporter("--capture.interface=va", f"--config.file={self.config}"))

    def passed(self):
        """Packets that the kernel counted on the watched device, both ways."""
        link = json.loads(self.watched.ip("-s -j link show dev va").stdout)[0]
        return link["stats64"]["rx"]["packets"] + link["stats64"]["tx"]["packets"]

    def start(self, namespace, script, first_line):
        process = namespace.popen(sys.executable, "-c", script, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  text=True)
        self.addCleanup(process.__exit__, None, None, None)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), first_line + "\n")
        return process

    def connections(self):
        """Those of the two that talk; a flood's random ports may be theirs too."""
        rows = json.loads(self.exporter.get("/api/v1/connections")[1])["data"]
        return [row for row in rows
                if {(row[end]["address"], row[end]["port"]) for end in "ab"} == {TALKER, LISTENER}]

    def start_talking(self):
        """Ends when its standard input does, and then says how often it was answered."""
        self.start(self.watched, SERVE, "listening")
        talker = self.start(self.peer, TALK, "established")
        lab.wait_until(lambda: [row["state"] for row in self.connections()] == ["established"],
                       "the connection is established")
        return talker

    def flood(self, packets, *command):
        """The page from behind the packets that a command sent into the watched device; those before are judged."""
        pages = []
        with self.peer.popen(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as sender:
            while sender.poll() is None:
                pages.append(self.exporter.page())
        self.assertEqual(sender.returncode, 0)
        pages.append(self.exporter.page_when(lambda page: seen(page) >= packets, "the flood has passed"))
        for page in pages:
            self.expect_bounded(page, self.exporter.process)
            self.expect_each_counted_once(page, page.sum("iptraf_capture_packets_total"))
        return pages[-1]

    def replay(self, file):
        capture = file.write(self.folder / "flood.pcap")
        return self.flood(file.packets, "tcpreplay", "-q", "--topspeed", "-i", "vb", str(capture))

    def expect_talk_survived(self, talker):
        """And that every packet on the wire was captured or is counted as dropped."""
        self.assertEqual([(row["state"], row["partial"]) for row in self.connections()], [("established", False)])
        talker.stdin.close()
        self.assertGreater(int(talker.stdout.readline()), 1, "it talked during the flood")
        self.exporter.page_when(lambda page: seen(page) == self.passed() - self.passed_before,
                                "what was captured and dropped is what the kernel counted")
        self.assertEqual(self.exporter.stop(), 0)

    def test_a_connection_that_talks_outlives_a_syn_flood(self):
        talker = self.start_talking()
        syns = self.folder / "syns.trafgen"
        syns.write_text("{ eth(da=02:00:00:00:00:0a), ipv4(saddr=drnd(), daddr=10.99.0.1, ttl=64), "
                        "tcp(sport=drnd(), dport=80, seq=drnd(), syn) }\n", encoding="utf-8")
        page = self.flood(LIVE_SYNS, "trafgen", "--conf", str(syns), "--dev", "vb", "--num", str(LIVE_SYNS),
                          "--cpus", "1", "--no-sock-mem")
        self.assertEqual(table(page, "capacity", table="tcp"), CAPACITY)
        self.assertGreater(table(page, "evictions_total", table="tcp", reason="half_open"), 0)
        self.expect_talk_survived(talker)

    def test_a_connection_that_talks_outlives_all_floods_at_once_and_errors_that_quote_it(self):
        talker = self.start_talking()
        errors = [flood_frames.port_unreachable(endpoint(*TALKER), endpoint(*LISTENER), number << 16)
                  for number in range(ERRORS)]
        page = self.replay(PcapFile(errors + flood_frames.mixed_floods(MIXED) + errors))
        self.assertEqual(page.sum("iptraf_tcp_connections_ended_total", reason="unreachable"), 0)
        for name in ("tcp", "service", "lan_station", "fragment"):
            self.assertGreater(table(page, "evictions_total", table=name), 0, name)
        self.expect_talk_survived(talker)

    def test_a_flood_of_stations_fills_the_table_and_no_more(self):
        page = self.replay(PcapFile(flood_frames.mac_flood(MACS)))
        self.expect_stations(page, page.sum("iptraf_capture_packets_total"))
        self.assertEqual(self.exporter.stop(), 0)


if __name__ == "__main__":
    unittest.main()
