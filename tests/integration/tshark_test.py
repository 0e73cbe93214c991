#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tshark as a second opinion: connections, stations, protocols and message types of every capture that both read."""
import collections
import concurrent.futures
import json
import re
import tempfile
import unittest

import lab

FIELDS = ("frame.protocols", "ip.proto", "ip.len", "ip.checksum", "ip.checksum.status", "ip.src", "ip.dst", "ipv6.nxt",
          "ipv6.plen", "ipv6.src", "ipv6.dst", "ipv6.hopopts.nxt", "ipv6.routing.nxt", "ipv6.fraghdr.nxt",
          "ipv6.dstopts.nxt", "ah.next_header", "tcp.srcport", "tcp.dstport", "icmp.type", "icmp.code", "icmpv6.type",
          "icmpv6.code", "ospf.version", "ospf.msg", "arp.opcode")
# No reassembly, so that each frame speaks for itself.
PREFERENCES = ("ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE",
               "ip.check_checksum:TRUE")
# These carry whole frames or packets, which are not unwrapped here.
DISABLED = ("gre", "openflow", "pwethheuristic")
# A wrong header checksum is seen by no collector that is compared; 0 was left to the hardware.
TRUSTED = "not (ip.checksum.status == 0 and ip.checksum != 0)"
# The captures span years: nothing may expire before the end.
FOREVER = """collectors:
  tcp: {timeout: 36500d, closed_persistence: 36500d}
  lan_station: {idle: 36500d}
"""

EXTENSIONS = {0: "ipv6.hopopts.nxt", 43: "ipv6.routing.nxt", 44: "ipv6.fraghdr.nxt", 60: "ipv6.dstopts.nxt",
              51: "ah.next_header"}
PROTOCOLS = {1: "icmp", 2: "igmp", 4: "ipip", 6: "tcp", 8: "egp", 9: "igp", 17: "udp", 41: "ipv6", 46: "rsvp",
             47: "gre", 50: "esp", 51: "ah", 58: "icmpv6", 88: "igrp", 89: "ospf", 103: "pim", 112: "vrrp",
             115: "l2tp", 132: "sctp"}
ICMP = {0: "echo_reply", 3: "dest_unreach", 4: "source_quench", 5: "redirect", 8: "echo_request", 9: "router_adv",
        10: "router_sol", 11: "time_exceeded", 12: "parameter_problem", 13: "timestamp_req", 14: "timestamp_rep",
        15: "info_req", 16: "info_rep", 17: "addr_mask_req", 18: "addr_mask_rep"}
ICMPV6 = {1: "dest_unreach", 2: "packet_too_big", 3: "time_exceeded", 4: "parameter_problem", 128: "echo_request",
          129: "echo_reply", 130: "mld_query", 131: "mld_report", 132: "mld_done", 133: "router_sol",
          134: "router_adv", 135: "neighbor_sol", 136: "neighbor_adv", 137: "redirect", 143: "mldv2_report"}
UNREACHABLE = dict(enumerate(
    "network host protocol port df_set src_route_failed dest_net_unknown dest_host_unknown src_isolated "
    "net_comm_denied host_comm_denied net_unreach_for_tos host_unreach_for_tos packet_filtered precedence_violation "
    "precedence_cutoff".split()))
UNREACHABLE_V6 = dict(enumerate(
    "no_route admin_prohibited beyond_scope address port policy_failed reject_route".split()))
OSPF = {1: "hello", 2: "db_description", 3: "ls_request", 4: "ls_update", 5: "ls_ack"}
ARP = {1: "request", 2: "reply", 3: "rarp_request", 4: "rarp_reply"}

# Captures that one of them does not read to the end: (exit status of tshark, of the exporter).
NOT_COMPARED = {
    "dpkt__examples_data_truncated_dns_2.pcap": (2, 3),  # cut in mid-record
    "libpcap__pcapng-invalid-vers-1.pcapng": (2, 2),  # no version that exists
    "pcapplusplus__Packet++Test_PacketExamples_GrePackets.pcap": (0, 3),  # interfaces differ: libpcap refuses
    "pcapplusplus__Pcap++Test_PcapExamples_many_interfaces-1.pcapng": (0, 3),  # the same
    "scapy__test_pcaps_bad_rsn_parsing_overrides_ssid.pcap": (2, 2),  # 802.11, and damaged
}


def lost_frame(source, destination, size):
    """A frame that tshark counts for both its stations and the exporter for none."""
    return {f"{mac} {way}_{what}": (value, 0) for mac, way in ((source, "transmit"), (destination, "receive"))
            for what, value in (("packets", 1), ("bytes", size))}


UNTRUSTED_STATIONS = ("f0:4d:a2:3d:5d:a3", "c0:d6:82:36:03:2b")

# Where they differ for a reason: {(capture, view): {key: (tshark, exporter)}}.
DIFFERENCES = {
    # tshark walks the AH of IPv4 to the TCP behind it; here AH is the protocol.
    ("libpcap__filter_AH-IPcomp-IPv4.pcap", "connections"): {
        "150.0.1.1 80 > 50.0.1.1 1026": (6, 0),
        "50.0.1.1 1026 > 150.0.1.1 80": (4, 0),
    },
    # The TCP is that of IPv6 inside IPv6, which is not unwrapped.
    ("libpcap__filter_AH-IPcomp-IPv6.pcap", "connections"): {
        "2003::8c00:1 80 > 4000::1 12764": (9, 0),
        "4000::1 12764 > 2003::8c00:1 80": (6, 0),
    },
    # One datagram in 11 fragments: without reassembly tshark sees the ports of the first alone.
    ("pcapplusplus__ExamplesTest_pcap_examples_frag_http_req.pcap", "connections"): {
        "172.16.133.54 64415 > 216.137.33.81 80": (1, 11),
    },
    ("pcapplusplus__ExamplesTest_pcap_examples_frag_http_req.pcap", "connection bytes"): {
        "172.16.133.54 64415 > 216.137.33.81 80": (164, 10 * 164 + 60),
    },
    # A malformed IP header is seen by no collector that is compared; tshark reads on as far as it can.
    ("tcpdump__ipv4_invalid_hdr_length.pcap", "stations"): lost_frame(*UNTRUSTED_STATIONS, 98),
    ("tcpdump__ipv4_invalid_total_length.pcap", "stations"): lost_frame(*UNTRUSTED_STATIONS, 98),
    ("tcpdump__ipv4_invalid_total_length.pcap", "protocols"): {"udp bytes": (85, 0), "udp packets": (1, 0)},
    # Of the 40 bytes of the IPv6 header 25 were captured: it is not read, although its protocol is among them.
    ("tcpdump__ipv6_39_byte_header.pcap", "stations"): lost_frame(*UNTRUSTED_STATIONS, 118),
    ("tcpdump__ipv6_39_byte_header.pcap", "protocols"): {"udp bytes": (104, 0), "udp packets": (1, 0)},
}


def numbers(text):
    return [int(x, 0) for x in text.split(",") if x]


class Frame:
    """The outermost IP packet of a frame, as tshark's fields tell it."""

    def __init__(self, line):
        self.fields = dict(zip(FIELDS, line.split("\t")))
        names = [] if self.has_wrong_checksum() else self.fields["frame.protocols"].split(":")
        layer = next((x for x in names if x in ("ip", "ipv6")), None)
        self.version = {"ip": 4, "ipv6": 6, None: None}[layer]
        self.protocol = self.outer_protocol()
        # Behind the first IP header and its extension headers: a quoted or tunnelled header is not that of the frame.
        behind = names[names.index(layer) + 1:] if layer else []
        self.transport = next((x for x in behind if not x.startswith("ipv6.") and x != "ah"), "")

    def all(self, field):
        return numbers(self.fields[field])

    def first(self, field):
        return next(iter(self.all(field)), None)

    def has_wrong_checksum(self):
        return self.first("ip.checksum.status") == 0 and self.first("ip.checksum") != 0

    def outer_protocol(self):
        if self.version != 6:
            return self.first("ip.proto")
        headers = {number: iter(self.all(field)) for number, field in EXTENSIONS.items()}
        protocol = self.first("ipv6.nxt")
        while protocol in headers:
            following = next(headers[protocol], None)
            if following is None:
                return protocol
            protocol = following
        return protocol

    def ip_bytes(self):
        return self.first("ip.len") if self.version == 4 else 40 + self.first("ipv6.plen")

    def protocol_name(self):
        foreign = {4: 58, 6: 1}[self.version]
        return "other" if self.protocol == foreign else PROTOCOLS.get(self.protocol, "other")

    def hosts(self):
        source, destination = ("ip.src", "ip.dst") if self.version == 4 else ("ipv6.src", "ipv6.dst")
        return [self.fields[x].split(",")[0] for x in (source, destination)]


def tshark(capture):
    """Exit status, frames and the lines of the two tables of tshark for one capture."""
    options = [x for preference in PREFERENCES for x in ("-o", preference)]
    options += [x for protocol in DISABLED for x in ("--disable-protocol", protocol)]
    fields = [x for field in FIELDS for x in ("-e", field)]
    done = lab.run("tshark", "-n", "-r", capture, *options, "-T", "fields", "-E", "occurrence=a", *fields,
                   "-z", f"conv,tcp,{TRUSTED}", "-z", f"endpoints,eth,{TRUSTED}", check=False, text=True)
    lines = done.stdout.splitlines()
    begin = next((i for i, line in enumerate(lines) if line.startswith("=====")), len(lines))
    return done.returncode, [Frame(line) for line in lines[:begin]], lines[begin:]


CONVERSATION = re.compile(r"(\S+):(\d+)\s+<->\s+(\S+):(\d+)\s+(\d+) \d+ \w+\s+(\d+) \d+ \w+\s")
ENDPOINT = re.compile(r"((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\s+\d+\s+\d+\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*$")


def conversations(table):
    """Packets of each direction of each tuple."""
    counts = collections.Counter()
    for line in table:
        match = CONVERSATION.match(line)
        if match:
            a, b = f"{match[1]} {match[2]}", f"{match[3]} {match[4]}"
            counts[f"{a} > {b}"] += int(match[6])
            counts[f"{b} > {a}"] += int(match[5])
    return counts


def endpoints(table):
    counts = collections.Counter()
    for match in filter(None, map(ENDPOINT.match, table)):
        for what, value in zip(("transmit_packets", "transmit_bytes", "receive_packets", "receive_bytes"),
                               match.groups()[1:]):
            counts[f"{match[1]} {what}"] += int(value)
    return counts


def connection_bytes(frames):
    """IP bytes of each direction of each tuple."""
    counts = collections.Counter()
    for frame in frames:
        if frame.transport == "tcp" and frame.first("tcp.srcport") is not None:
            source, destination = frame.hosts()
            ports = frame.first("tcp.srcport"), frame.first("tcp.dstport")
            counts[f"{source} {ports[0]} > {destination} {ports[1]}"] += frame.ip_bytes()
    return counts


def protocols(frames):
    counts = collections.Counter()
    for frame in frames:
        if frame.version and frame.protocol is not None:
            counts[f"{frame.protocol_name()} packets"] += 1
            counts[f"{frame.protocol_name()} bytes"] += frame.ip_bytes()
    return counts


def icmp_key(frame, version, field, words, codes, unreachable):
    kind = words.get(frame.first(f"{field}.type"), "unknown")
    code = codes.get(frame.first(f"{field}.code"), "unknown") if frame.first(f"{field}.type") == unreachable else ""
    return f"icmp {version} {kind} {code}"


def messages(frames):
    """ICMP, OSPF and ARP messages by type."""
    counts = collections.Counter()
    for frame in frames:
        if frame.transport == "icmp" and frame.version == 4:
            counts[icmp_key(frame, 4, "icmp", ICMP, UNREACHABLE, 3)] += 1
        elif frame.transport == "icmpv6" and frame.version == 6:
            counts[icmp_key(frame, 6, "icmpv6", ICMPV6, UNREACHABLE_V6, 1)] += 1
        elif frame.transport == "ospf":
            counts[f"ospf {frame.first('ospf.version')} {OSPF.get(frame.first('ospf.msg'), 'other')}"] += 1
        elif frame.version is None and frame.first("arp.opcode") is not None:
            counts[f"arp {ARP.get(frame.first('arp.opcode'), 'other')}"] += 1
    return counts


class Ours:
    """The same views as the exporter tells them."""

    def __init__(self, capture, *flags):
        self.status, text, _log = lab.exporter_once(capture, *flags)
        self.page = lab.Page(text)
        document = lab.exporter_once(capture, "--format=json", *flags)[1]
        self.document = json.loads(document) if document else None

    def connections(self, what):
        counts = collections.Counter()
        for row in self.document["connections"]:
            for source, destination in ((row["a"], row["b"]), (row["b"], row["a"])):
                counts[f"{source['address']} {source['port']} > {destination['address']} {destination['port']}"] += \
                    source[what]
        return counts

    def stations(self):
        return collections.Counter({f"{row['mac']} {way}_{what}": row[f"{way}_{what}"]
                                    for row in self.document["stations"] if row["link_type"] == "ethernet"
                                    for way in ("transmit", "receive") for what in ("packets", "bytes")})

    def family(self, name):
        for (family, labels), value in self.page.samples.items():
            if family == f"iptraf_ip_traffic_{name}_total":
                yield dict(labels), value

    def protocols(self):
        counts = collections.Counter()
        for what in ("packets", "bytes"):
            counts.update({f"{labels['protocol']} {what}": value for labels, value in self.family(what)})
        return counts

    def messages(self):
        counts = collections.Counter()
        for labels, value in self.family("icmp_packets"):
            counts[f"icmp {labels['version']} {labels['type']} {labels['code']}"] += value
        for labels, value in self.family("ospf_packets"):
            counts[f"ospf {labels['version']} {labels['type']}"] += value
        counts.update({f"arp {labels['operation']}": value for labels, value in self.family("arp_packets")})
        return counts


def differences(theirs, ours):
    return {key: (theirs[key], ours[key]) for key in sorted(theirs.keys() | ours.keys()) if theirs[key] != ours[key]}


def compare(capture):
    """(tshark's status, the exporter's, {view: differences}, how much there was to compare)."""
    status, frames, table = tshark(capture)
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as config:
        config.write(FOREVER)
        config.flush()
        ours = Ours(capture, f"--config.file={config.name}")
    if ours.document is None or status != 0 or ours.status != 0:
        return status, ours.status, {}, 0
    views = {"connections": (conversations(table), ours.connections("packets")),
             "connection bytes": (connection_bytes(frames), ours.connections("bytes")),
             "stations": (endpoints(table), ours.stations()),
             "protocols": (protocols(frames), ours.protocols()),
             "messages": (messages(frames), ours.messages())}
    sizes = sum(sum(1 for value in theirs.values() if value) for theirs, _ours in views.values())
    return status, ours.status, {view: differences(*pair) for view, pair in views.items()}, sizes


class SecondOpinion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            lab.run("tshark", "--version")
        except FileNotFoundError as error:
            raise AssertionError("tshark is not installed: run deploy/install_packages.sh test") from error
        captures = sorted(x for x in lab.CAPTURES.iterdir() if x.suffix in (".pcap", ".pcapng"))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            cls.results = dict(zip([x.name for x in captures], pool.map(compare, captures)))

    def test_both_read_the_same_captures(self):
        statuses = {name: statuses for name, (*statuses, _views, _size) in self.results.items() if any(statuses)}
        self.assertEqual(statuses, {name: list(both) for name, both in NOT_COMPARED.items()})

    def test_they_differ_where_the_table_says_so_and_nowhere_else(self):
        self.maxDiff = None
        found = {(name, view): what for name, (_a, _b, views, _size) in self.results.items()
                 for view, what in views.items() if what}
        for line in sorted(found.keys() | DIFFERENCES.keys()):
            with self.subTest(capture=line[0], view=line[1]):
                self.assertEqual(found.get(line, {}), DIFFERENCES.get(line, {}), "(tshark, exporter)")

    def test_there_was_something_to_compare(self):
        self.assertGreater(sum(size for *_statuses, _views, size in self.results.values()), 400)


if __name__ == "__main__":
    unittest.main()
