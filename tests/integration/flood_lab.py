# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of floods share: small limits, and what every page has to hold whatever comes."""
import pathlib
import tempfile
import unittest

import lab

CAPACITY = 4096
MAX_STATIONS = 1024
MAX_PORTS = 200
MAX_SERIES = 12_000  # fewer than all tables at their capacity would have
MEMORY_KIB = lab.memory_bound(64 * 1024)
TABLES = ("tcp", "service", "lan_station", "fragment", "ethertype")
SETTINGS = (f"collectors: {{tcp: {{max_connections: {CAPACITY}}}, lan_station: {{max_stations: {MAX_STATIONS}}}, "
            f"service: {{additional_ports: [1024-65535], max_ports: {MAX_PORTS}}}}}\n"
            f"limits: {{max_series: {MAX_SERIES}}}\n")


def table(page, name, **labels):
    return page.sum(f"iptraf_table_{name}", **labels)


def received(page, **labels):
    return page.sum("iptraf_interface_receive_packets_total", **labels)


def malformed(page):
    """By reason, those that occurred."""
    family = "iptraf_interface_receive_malformed_packets_total"
    return {dict(labels)["reason"]: value for (name, labels), value in page.samples.items()
            if name == family and value}


class FloodTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.config = cls.folder / "config.yml"
        cls.config.write_text(SETTINGS, encoding="utf-8")
        cls.prepare()

    @classmethod
    def prepare(cls):
        """Makes what all tests of the class read."""

    def expect_bounded(self, page, process, max_series=MAX_SERIES):
        """No table above its capacity, no more series than allowed, memory within its bound."""
        for name in TABLES:
            self.assertLessEqual(table(page, "entries", table=name), table(page, "capacity", table=name), name)
        self.assertLessEqual(len(page.samples), max_series)
        self.assertLess(lab.anonymous_kib(process.pid), MEMORY_KIB)

    def expect_conserved(self, page):
        """What began either ended or is open."""
        opened = page.sum("iptraf_tcp_connections_opened_total")
        ended = page.sum("iptraf_tcp_connections_ended_total")
        is_open = sum(page.sum("iptraf_tcp_connections", state=x) for x in ("opening", "established", "closing"))
        self.assertEqual(opened - ended, is_open)
        evicted = page.sum("iptraf_tcp_connections_ended_total", reason="evicted")
        self.assertEqual(evicted, table(page, "evictions_total", table="tcp", reason="half_open") +
                         table(page, "evictions_total", table="tcp", reason="idle"))

    def expect_each_counted_once(self, page, packets):
        """Captured, by interface, by size, and by protocol or EtherType: the same number of packets."""
        self.assertEqual(page.sum("iptraf_capture_packets_total"), packets)
        self.assertEqual(received(page) + page.sum("iptraf_interface_transmit_packets_total"), packets)
        self.assertEqual(page.sum("iptraf_packet_size_receive_bytes_count") +
                         page.sum("iptraf_packet_size_transmit_bytes_count"), packets)
        untrusted = sum(page.sum(f"iptraf_interface_{way}_packets_total", network=network, transport="none")
                        for way in ("receive", "transmit") for network in ("ipv4", "ipv6"))
        self.assertEqual(page.sum("iptraf_ip_traffic_packets_total") +
                         page.sum("iptraf_ip_traffic_non_ip_packets_total"), packets - untrusted)
        self.expect_conserved(page)

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
