#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input by the thousand: packets of the bundled captures, cut, with lengths that lie and with flipped bits, and
capture files with damaged structure. No crash, no hang; every packet is counted, and what is wrong has a reason."""
import collections
import concurrent.futures
import json
import pathlib
import random
import struct
import tempfile
import unittest

import lab

SEED = 1
MUTANTS_OF_A_LINK_TYPE = 4000
LONGEST = 300  # bytes of a packet that are kept: headers, and some more
DAMAGES_OF_A_FILE = 25
MAGICS = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}
REASONS = {"version", "header_length", "total_length", "truncated_on_wire", "extension", "transport_header"}
RAW, IPV4, IPV6 = 101, 228, 229
IEEE802_11_RADIO = 127  # is not decoded
WORDS_OF_DEATH = ("terminate called", "bad_alloc", "Segmentation", "Sanitizer", "runtime error")
STRUCTURES = ("tcpreplay__test_test.pcap", "tcpdump__tcp-handshake-nano.pcap", "tcpdump__isup.pcap",
              "gopacket__pcapgo_tests_be_test007.pcapng", "ndpi__steam.pcapng",
              "pcapplusplus__Packet++Test_PacketExamples_IcmpPackets.pcap")
Outcome = collections.namedtuple("Outcome", "status words packets reasons", defaults=("", 0, {}))
OUTCOMES = {
    "dpkt__examples_data_truncated_dns_2.pcap": Outcome(3, "is damaged behind record 1: truncated dump file", 1),
    "libpcap__pcapng-invalid-vers-1.pcapng": Outcome(2, "unsupported pcapng savefile version 0.1"),
    "pcapplusplus__Packet++Test_PacketExamples_GrePackets.pcap": Outcome(3, "whose interfaces differ"),
    "pcapplusplus__Pcap++Test_PcapExamples_many_interfaces-1.pcapng": Outcome(3, "whose interfaces differ"),
    "scapy__test_pcaps_bad_rsn_parsing_overrides_ssid.pcap": Outcome(2, "link type 127 (IEEE802_11_RADIO"),
    "tcpdump__bgp_vpn_rt-oobr.pcap": Outcome(0, "", 38, {"truncated_on_wire": 36}),
    "tcpdump__gre-heapoverflow-2.pcap": Outcome(0, "", 2),  # a wrong header checksum
    "tcpdump__heap-overflow-1.pcap": Outcome(0, "", 1, {"version": 1}),
    "tcpdump__ip6_frag_asan.pcap": Outcome(0, "", 1),  # cut by the snapshot length
    "tcpdump__ipv4_invalid_hdr_length.pcap": Outcome(0, "", 1, {"header_length": 1}),
    "tcpdump__ipv4_invalid_total_length.pcap": Outcome(0, "", 1, {"total_length": 1}),
    "tcpdump__ipv6_39_byte_header.pcap": Outcome(0, "", 1),  # cut by the snapshot length
}


def records(path):
    """(link type, [packet bytes]) of a pcap file; none of another one."""
    data = path.read_bytes()
    order = MAGICS.get(data[:4])
    if order is None:
        return 0, []
    packets, at = [], 24
    while at + 16 <= len(data):
        captured = struct.unpack_from(order + "I", data, at + 8)[0]
        packets.append(data[at + 16:at + 16 + min(captured, LONGEST)])
        at += 16 + captured
    return struct.unpack_from(order + "I", data, 20)[0] & 0xffff, packets


def seeds():
    """The packets of all bundled captures by link type."""
    found = collections.defaultdict(list)
    for path in sorted(lab.CAPTURES.glob("*.pcap")):
        link_type, packets = records(path)
        found[link_type] += [packet for packet in packets if len(packet) > 1]
    found[RAW] += found[IPV4] + found[IPV6]
    return {link_type: packets for link_type, packets in found.items() if packets and link_type != IEEE802_11_RADIO}


def mutate(packet, chance):
    """(captured bytes, length on the wire) of a packet with one kind of damage."""
    packet = bytearray(packet)
    kind = chance.choice(("cut on the wire", "cut when captured", "lying length", "bits", "bytes", "spliced"))
    if kind.startswith("cut"):
        length = len(packet)
        del packet[chance.randrange(len(packet) + 1):]
        return bytes(packet), len(packet) if kind == "cut on the wire" else length
    if kind == "lying length":
        at = chance.randrange(len(packet) - 1)
        packet[at:at + 2] = struct.pack(">H", chance.choice((0, 1, 7, 19, 20, 39, 40, 255, 1500, 0x7fff, 0xffff)))
    elif kind == "bits":
        for _ in range(chance.randrange(1, 5)):
            packet[chance.randrange(min(len(packet), 64))] ^= 1 << chance.randrange(8)
    elif kind == "bytes":
        for _ in range(chance.randrange(1, 9)):
            packet[chance.randrange(len(packet))] = chance.choice((0, 0xff, chance.randrange(256)))
    else:
        at, length = chance.randrange(len(packet)), chance.randrange(1, 24)
        packet[at:at] = packet[at:at + length]
    return bytes(packet), len(packet) + chance.choice((0, 0, 0, 1, 1000))


def mutants(packets, chance):
    """First every packet cut at each of its bytes in turn, then damage at random."""
    cuts = [(packet[:length], length) for packet in packets[:10] for length in range(min(len(packet), 100))]
    chosen = chance.sample(cuts, min(len(cuts), MUTANTS_OF_A_LINK_TYPE // 4))
    return chosen + [mutate(chance.choice(packets), chance) for _ in range(MUTANTS_OF_A_LINK_TYPE - len(chosen))]


def write(path, link_type, captured):
    parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link_type)]
    for number, (data, wire) in enumerate(captured):
        parts += [struct.pack("<IIII", 1_700_000_000 + number // 1000, number % 1000, len(data), wire), data]
    path.write_bytes(b"".join(parts))
    return path


def damage(data, chance):
    """A capture file with one place of its structure damaged."""
    data = bytearray(data)
    kind = chance.randrange(4)
    if kind == 0:
        del data[chance.randrange(len(data)):]
    elif kind == 1:
        at = chance.randrange(min(len(data), 200) // 4) * 4
        data[at:at + 4] = chance.choice((bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\1\0\0\0"))
    elif kind == 2:
        for _ in range(chance.randrange(1, 20)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    else:
        at = chance.randrange(len(data))
        del data[at:at + chance.randrange(1, 64)]
    return bytes(data)


class BadInput(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def survives(self, log, what):
        for word in WORDS_OF_DEATH:
            self.assertNotIn(word, log, what)

    @staticmethod
    def reasons(page):
        found = collections.Counter()
        for direction in ("receive", "transmit"):
            name = f"iptraf_interface_{direction}_malformed_packets_total"
            for (family, labels), value in page.samples.items():
                if family == name and value > 0:
                    found[dict(labels)["reason"]] += value
        return dict(found)


class Mutants(BadInput):
    def test_every_damaged_packet_is_counted_and_what_is_wrong_has_a_reason(self):
        chance = random.Random(SEED)
        seen = collections.Counter()
        for link_type, packets in seeds().items():
            captured = mutants(packets, chance)
            path = write(self.folder / f"{link_type}.pcap", link_type, captured)
            with self.subTest(link_type=link_type):
                seen.update(self.expect_conserved(path, captured))
        self.assertEqual(set(seen), REASONS)

    def expect_conserved(self, path, captured):
        status, text, log = lab.exporter_once(path, "--capture.device-label=m")
        self.survives(log, path.name)
        self.assertEqual((status, log), (0, ""))
        page = lab.Page(text)
        packets = page.sum("iptraf_interface_receive_packets_total")
        self.assertEqual((packets, page.sum("iptraf_capture_packets_total")), (len(captured), len(captured)))
        self.assertEqual(page.sum("iptraf_packet_size_receive_bytes_count"), packets)
        self.assertEqual(page.sum("iptraf_interface_receive_bytes_total"), sum(wire for _data, wire in captured))
        by_reason = self.reasons(page)
        without_protocol = page.sum("iptraf_interface_receive_packets_total", transport="none")
        judged = sum(value for reason, value in by_reason.items() if reason not in ("transport_header", "extension"))
        self.assertLessEqual(judged, without_protocol)
        ip_packets = packets - without_protocol
        self.assertEqual(page.sum("iptraf_ip_traffic_packets_total"), ip_packets)
        self.expect_two_threads_alike(path, page)
        return by_reason

    def expect_two_threads_alike(self, path, page):
        """Shards share no state: what one thread counts, two count together."""
        config = self.folder / "threads.yml"
        config.write_text("capture: {threads: 2}\n", encoding="utf-8")
        status, text, log = lab.exporter_once(path, "--capture.device-label=m", f"--config.file={config}")
        self.assertEqual((status, log), (0, ""))
        families = ("iptraf_interface_", "iptraf_packet_size_", "iptraf_lan_station_", "iptraf_ip_traffic_")
        self.assertEqual(lab.Page(text).of_device("m", *families), page.of_device("m", *families))

    def test_the_rows_of_damaged_packets_are_sound_json(self):
        chance = random.Random(SEED)
        for link_type, packets in seeds().items():
            path = write(self.folder / f"{link_type}.pcap", link_type, mutants(packets, chance))
            status, text, log = lab.exporter_once(path, "--format=json")
            self.assertEqual((status, log), (0, ""), link_type)
            self.assertLessEqual(len(json.loads(text)["packets"]), 512)


class DamagedFiles(BadInput):
    def test_a_damaged_structure_ends_with_words_behind_what_was_read(self):
        chance = random.Random(SEED)
        jobs = []
        for name in STRUCTURES:
            data = (lab.CAPTURES / name).read_bytes()[:20_000]
            for number in range(DAMAGES_OF_A_FILE):
                path = self.folder / f"{number}.{name}"
                path.write_bytes(damage(data, chance))
                jobs.append(path)
        statuses = collections.Counter()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for path, (status, text, log) in zip(jobs, pool.map(lab.exporter_once, jobs), strict=True):
                self.survives(log, path.name)
                self.assertIn(status, (0, 2, 3), f"{path.name}: {log}")
                self.assertEqual(status == 0, log == "", f"{path.name}: {log}")
                self.assertEqual(status == 2, text == "", path.name)
                if text:
                    page = lab.Page(text)
                    self.assertEqual(page.sum("iptraf_capture_file_truncated"), int(status == 3), path.name)
                    self.assertEqual(page.sum("iptraf_interface_receive_packets_total"),
                                     page.sum("iptraf_capture_packets_total"), path.name)
                statuses[status] += 1
        self.assertEqual(set(statuses), {0, 2, 3})

    def test_each_malformed_capture_has_its_outcome(self):
        for name, wanted in OUTCOMES.items():
            with self.subTest(name):
                status, text, log = lab.exporter_once(lab.CAPTURES / name)
                self.survives(log, name)
                self.assertEqual(status, wanted.status)
                self.assertIn(wanted.words, log)
                self.assertEqual(log == "", wanted.words == "")
                page = lab.Page(text)
                self.assertEqual(page.sum("iptraf_interface_receive_packets_total"), wanted.packets)
                self.assertEqual(self.reasons(page), wanted.reasons)


if __name__ == "__main__":
    unittest.main()
