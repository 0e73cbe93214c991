#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods in capture files: every packet counted once and by its reason, every table and the page bounded."""
import json
import random
import socket
import unittest

import flood_frames
import lab
from flood_frames import CONNECTIONS, PORTS, SERVER, Established, PcapFile
from flood_lab import (CAPACITY, MAX_PORTS, MAX_STATIONS, MEMORY_KIB, SETTINGS, FloodTest, malformed, received,
                       table)

SYNS = 400_000
MACS = 50_000
FRAGMENTED = 12_000
STACKS = 10_000
CHAINS_OF_EACH = 500
ERRORS = 30_000
COLLIDING = 45_000
MIXED = 4000
PASSES = 60
GROWTH_KIB = lab.memory_bound(8192)  # each web thread keeps memory for a page's text; four bytes for each packet would be more
FEW_SERIES = 3000


class Flooded(FloodTest):
    """A flood is read by a daemon, whose memory can be asked for."""

    def daemon(self, file, *flags, settings=SETTINGS):
        config = self.folder / "settings.yml"
        config.write_text(settings, encoding="utf-8")
        capture = file.write(self.folder / "flood.pcap")
        return self.enterContext(lab.Exporter(f"--capture.file={capture}", f"--config.file={config}", *flags))

    def page_of(self, frames, settings=SETTINGS, **bounds):
        """The page behind all frames, or behind a file of them."""
        file = frames if isinstance(frames, PcapFile) else PcapFile(frames)
        daemon = self.daemon(file, settings=settings)
        page = daemon.page_when(lambda page: page.sum("iptraf_capture_packets_total") == file.packets,
                                "the flood is counted")
        self.expect_bounded(page, daemon.process, **bounds)
        self.expect_each_counted_once(page, file.packets)
        return page


class Syns(FloodTest):
    @classmethod
    def prepare(cls):
        cls.syns = cls.folder / "syns.pcap"
        cls.file, cls.established = flood_frames.syn_flood(cls.syns, SYNS)

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
        self.assertEqual(page.sum("iptraf_tcp_packets_total", flags="syn"), opened)
        self.assertEqual(page.sum("iptraf_tcp_packets_total"), self.file.packets)
        self.expect_each_counted_once(page, self.file.packets)

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
            self.assertLess(lab.anonymous_kib(daemon.process.pid), MEMORY_KIB)
            capacity = table(page, "capacity", table="tcp")
            self.assertEqual(table(page, "entries", table="tcp"), capacity)
            self.assertEqual(table(page, "evictions_total", table="tcp"), SYNS + CONNECTIONS - capacity)


class Tuples(Flooded):
    def test_tuples_that_collide_without_a_key_are_told_apart_and_found_again(self):
        frames = list(flood_frames.colliding_tuples(COLLIDING))
        page = self.page_of(frames + frames, settings="")
        self.assertEqual(page.sum("iptraf_tcp_connections_opened_total", start="syn"), COLLIDING)
        self.assertEqual(page.sum("iptraf_tcp_connections", state="opening"), COLLIDING)
        self.assertEqual(table(page, "entries", table="tcp"), COLLIDING)
        self.assertEqual(table(page, "evictions_total", table="tcp"), 0)

    def test_forged_icmp_errors_end_no_connection_and_a_true_one_ends_its_own(self):
        file = PcapFile()
        Established(file)
        numbers = random.Random(8)
        for i, stranger in enumerate(flood_frames.random_addresses(9, ERRORS)):
            client = Established.clients()[i % CONNECTIONS]
            # What the client has sent ends with 10, and all of it is acknowledged: 11 alone would be believed.
            file.add(flood_frames.port_unreachable(client, (SERVER, 80), numbers.randrange(12, 1 << 32)))
            file.add(flood_frames.port_unreachable((stranger, 1024), (SERVER, 80), stranger))
        file.add(flood_frames.port_unreachable(Established.clients()[0], (SERVER, 80), 11))
        page = self.page_of(file)
        self.assertEqual(page.sum("iptraf_ip_traffic_icmp_packets_total", version="4", type="dest_unreach",
                                  code="port"), 2 * ERRORS + 1)
        self.assertEqual(page.sum("iptraf_tcp_connections_ended_total", reason="unreachable"), 1)
        self.assertEqual(page.sum("iptraf_tcp_connections_ended_total"), 1)
        self.assertEqual(page.sum("iptraf_tcp_connections", state="established"), CONNECTIONS - 1)
        self.assertEqual(page.sum("iptraf_tcp_connections_opened_total"), CONNECTIONS)


class Keys(Flooded):
    """What gets series of its own: stations and ports."""

    def test_stations_beyond_the_table_count_as_other(self):
        page = self.page_of(flood_frames.mac_flood(MACS))
        rows, other = self.expect_stations(page, MACS)
        self.assertEqual(len(rows), MAX_STATIONS)
        # The first packet names two stations, its source and the destination of all; each later one a source.
        self.assertEqual(other, MACS - (MAX_STATIONS - 1))
        self.assertEqual(table(page, "evictions_total", table="lan_station", reason="full"), other)
        self.assertEqual(page.sum("iptraf_lan_station_receive_packets_total"), MACS)

    def test_a_scan_of_all_ports_names_the_first_and_counts_the_rest_as_other(self):
        page = self.page_of([*flood_frames.tcp_scan(), *flood_frames.udp_scan()])
        ports = len(PORTS)
        # Named are the scanner's own port and those scanned first, all of TCP.
        self.assertEqual(table(page, "entries", table="service"), MAX_PORTS)
        self.assertEqual(table(page, "evictions_total", table="service", reason="full"), 2 * ports - MAX_PORTS)
        self.assertEqual(table(page, "evictions_total", table="service", reason="budget"), 0)
        family = "iptraf_service_in_packets_total"
        for protocol, named in (("tcp", MAX_PORTS), ("udp", 0)):
            self.assertEqual(page.sum(family, protocol=protocol), ports)
            self.assertEqual(page.sum(family, protocol=protocol, port="other"), ports - named)
            self.assertEqual(page.sum("iptraf_service_out_packets_total", protocol=protocol), ports)
        self.assertEqual(page.sum("iptraf_tcp_connections_opened_total"), ports)
        self.assertEqual(table(page, "evictions_total", table="tcp", reason="half_open"), ports - CAPACITY)

    def test_a_scan_of_all_ports_stays_below_the_limit_of_series(self):
        settings = ("collectors: {service: {additional_ports: [1024-65535], max_ports: 131070}}\n"
                    f"limits: {{max_series: {FEW_SERIES}}}\n")
        page = self.page_of([*flood_frames.tcp_scan(), *flood_frames.udp_scan()], settings=settings,
                            max_series=FEW_SERIES)
        named = table(page, "entries", table="service")
        self.assertGreater(named, 0)
        self.assertEqual(table(page, "evictions_total", table="service", reason="budget"), 2 * len(PORTS) - named)
        self.assertEqual(table(page, "evictions_total", table="service", reason="full"), 0)
        self.assertEqual(page.sum("iptraf_service_in_packets_total"), 2 * len(PORTS))
        self.assertEqual(page.sum("iptraf_service_in_packets_total", port="other"), 2 * len(PORTS) - named)


class Headers(Flooded):
    def test_fragments_without_end_push_out_the_oldest_and_a_whole_datagram_keeps_its_ports(self):
        frames = list(flood_frames.fragment_flood(FRAGMENTED))
        frames[len(frames) // 2:len(frames) // 2] = flood_frames.whole_datagram(123)
        page = self.page_of(frames)
        remembered = 3 * FRAGMENTED + 1  # a tiny first fragment has no port to remember
        self.assertEqual(table(page, "entries", table="fragment"), table(page, "capacity", table="fragment"))
        self.assertEqual(table(page, "evictions_total", table="fragment", reason="full"),
                         remembered - table(page, "capacity", table="fragment"))
        self.assertEqual(table(page, "evictions_total", table="fragment", reason="expired"), 0)
        self.assertEqual(malformed(page), {"transport_header": FRAGMENTED})
        self.assertEqual(received(page, network="ipv4", transport="udp"), 2 * FRAGMENTED + 2)
        self.assertEqual(received(page, network="ipv4", transport="tcp"), 2 * FRAGMENTED)
        self.assertEqual(page.sum("iptraf_service_in_packets_total", protocol="udp", port="123"), 2)
        self.assertEqual(page.sum("iptraf_service_in_packets_total", protocol="udp", port="53"), FRAGMENTED)
        self.assertEqual(page.sum("iptraf_service_in_packets_total"), FRAGMENTED + 2)
        self.assertEqual(page.sum("iptraf_tcp_connections_opened_total"), 0)

    def test_fragments_that_wait_are_forgotten_after_thirty_seconds(self):
        file = PcapFile(flood_frames.fragment_flood(FRAGMENTED))
        file.pause(31)
        file.add(next(flood_frames.udp_scan()))
        page = self.page_of(file)
        self.assertEqual(table(page, "entries", table="fragment"), 0)
        self.assertEqual(table(page, "evictions_total", table="fragment", reason="expired"),
                         table(page, "capacity", table="fragment"))

    def test_stacks_of_tags_are_walked_to_the_limit_and_deeper_ones_count_by_their_ethertype(self):
        page = self.page_of([*flood_frames.vlan_stacks(STACKS, 30),
                             *flood_frames.vlan_stacks(STACKS, flood_frames.WALKED_TAGS),
                             *flood_frames.vlan_stacks(STACKS, flood_frames.WALKED_TAGS + 1),
                             *flood_frames.cut_vlan_stacks(STACKS)])
        self.assertEqual(received(page, network="ipv4", transport="udp"), 2 * STACKS)
        self.assertEqual(received(page, network="other", transport="none"), 2 * STACKS)
        self.assertEqual(malformed(page), {"truncated_on_wire": STACKS})
        self.assertEqual(page.sum("iptraf_ip_traffic_non_ip_packets_total", ethertype="0x8100"), 2 * STACKS)
        self.assertEqual(page.sum("iptraf_service_in_packets_total", port="53"), 2 * STACKS)
        self.assertEqual(table(page, "entries", table="ethertype"), 1)

    def test_extension_chains_are_walked_to_the_limit_and_longer_ones_count_as_other(self):
        page = self.page_of([*flood_frames.ipv6_chains(CHAINS_OF_EACH),
                             *flood_frames.ipv6_chains_that_do_not_fit(STACKS)])
        walked = CHAINS_OF_EACH * (flood_frames.WALKED_EXTENSIONS + 1)
        longer = CHAINS_OF_EACH * len(flood_frames.CHAINS) - walked
        self.assertEqual(received(page, network="ipv6", transport="tcp"), walked)
        self.assertEqual(received(page, network="ipv6", transport="other"), longer)
        self.assertEqual(received(page, network="ipv6", transport="none"), STACKS)
        self.assertEqual(malformed(page), {"extension": STACKS})
        self.assertEqual(page.sum("iptraf_ip_traffic_packets_total", protocol="other"), longer)
        self.assertEqual(page.sum("iptraf_tcp_connections_opened_total"), walked)


class Mixed(Flooded):
    def test_all_floods_at_once_take_no_more_memory_the_longer_they_last(self):
        file = PcapFile(flood_frames.mixed_floods(MIXED))
        daemon = self.daemon(file, "--capture.loop")

        def page_behind(packets):
            return daemon.page_when(lambda page: page.sum("iptraf_capture_packets_total") >= packets,
                                    f"{packets} packets are counted")

        first = page_behind(file.packets)
        held_kib = lab.anonymous_kib(daemon.process.pid)
        last = page_behind(first.sum("iptraf_capture_packets_total") + PASSES * file.packets)
        self.assertLess(lab.anonymous_kib(daemon.process.pid) - held_kib, GROWTH_KIB)
        self.assertEqual(first.samples.keys(), last.samples.keys())
        for page in (first, last):
            self.expect_bounded(page, daemon.process)
            self.expect_each_counted_once(page, page.sum("iptraf_capture_packets_total"))
        for name, reason in (("tcp", "half_open"), ("service", "full"), ("lan_station", "full"),
                             ("fragment", "full")):
            self.assertGreater(table(last, "evictions_total", table=name, reason=reason), 0, name)


if __name__ == "__main__":
    unittest.main()
